#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server that is killed again and again while clients of every kind use its mount: restart.py TALLY SERVER [DYING-SERVER].

Its keeper starts another one. Clients, inside a namespace of tally run, get answers or errors, none hangs, none reads a
wrong value; afterwards every extend that was answered is in the log once, and the registers are what the log says. With the server
that dies at a chosen reply (dying.c) it is killed before and after each reply of each operation; else at any time.
"""
import contextlib
import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = 40
PATIENCE = 60
sys.path.insert(0, os.path.join(HERE, "..", "house"))
import tap  # noqa: E402


def elements(data):
    """CEL-TLV: [(tag, value)]; a torn tail is none."""
    found, at = [], 0
    while at + 5 <= len(data):
        size = int.from_bytes(data[at + 1:at + 5], "big")
        found.append((data[at], data[at + 5:at + 5 + size]))
        at += 5 + size
    return found


def replay(log, index):
    """Every value that a register of SHA-384 had, and the digests that led there."""
    items, value = elements(log), bytes(48)
    values, digests = [value.hex()], []
    for start in range(0, len(items), 4):
        (_, _), (_, register), (_, listed), (_, content) = items[start:start + 4]
        digest = dict(elements(listed))[12]
        if register[0] == index and dict(elements(content))[0] != b"\x03":  # EV_NO_ACTION
            value = hashlib.sha384(value + digest).digest()
            values.append(value.hex())
            digests.append(digest.hex())
    return values, digests


class Server:
    """A keeper and, one after the other, its servers."""

    def __init__(self, program, folder):
        self.mount = f"{folder}/mount"
        self.options = ["--provider", "soft", "--dir", f"{folder}/soft"]
        self.keeper = subprocess.Popen([program, "serve", "--keeper", *self.options, "--mount", self.mount])
        self.wait(self.answers, "a tree")

    def wait(self, claim, what):
        end = time.monotonic() + PATIENCE
        while not claim():
            if time.monotonic() > end or self.keeper.poll() is not None:
                raise tap.Failure(f"{what} does not come")
            time.sleep(0.002)

    def pid(self):
        with open(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children", encoding="utf-8") as children:
            return next((int(word) for word in children.read().split()), 0)

    def answers(self):
        with contextlib.suppress(OSError):
            return bool(os.listdir(f"{self.mount}/tsm"))
        return False

    def kill(self, is_patient):
        """The server that serves now; a patient killer lets it come to answer, so that the keeper does not give up."""
        if is_patient:
            self.wait(self.answers, "an answer")
        self.wait(self.pid, "a server")
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(), 9)

    def end(self):
        self.keeper.terminate()
        return self.keeper.wait(timeout=PATIENCE)


def start_clients(tally, server, *arguments):
    return subprocess.Popen([tally, "run", "--mount", server.mount, "--", "/usr/bin/python3", f"{HERE}/restart-clients.py",
                             *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run_clients_through_deaths(tally, server):
    """What the clients saw, killed upon at every reply."""
    out, _ = start_clients(tally, server, os.environ["TSM_DIE_AT"]).communicate(timeout=10 * PATIENCE)
    return json.loads(out)


def run_clients(tally, server):
    """What the clients saw, killed upon so many times."""
    chance = random.Random(7)
    worker = start_clients(tally, server)
    tap.expect_equal(worker.stdout.readline(), "begun\n", "clients")
    for i in range(KILLS):
        time.sleep(chance.uniform(0, 0.2))
        if i % 8 == 7:
            server.keeper.send_signal(signal.SIGHUP)  # an orderly restart
        else:
            server.kill(is_patient=i % 3 != 0)
    out, _ = worker.communicate(timeout=4 * PATIENCE)
    return json.loads(out)


class Outcome:
    """One run, which all tests look at."""

    def __init__(self, tally, program, dying=None):
        self.folder = tempfile.TemporaryDirectory(prefix="tally-restart-")
        os.environ["TSM_DIE_AT"] = f"{self.folder.name}/die-at"
        server = Server(dying or program, self.folder.name)
        try:
            self.told = run_clients_through_deaths(tally, server) if dying else run_clients(tally, server)
            server.wait(server.answers, "an answer")
            self.code = server.end()
        finally:
            if server.keeper.poll() is None:
                server.keeper.kill()
                os.kill(server.pid() or server.keeper.pid, 9)
            subprocess.run(["umount", "--lazy", server.mount], stderr=subprocess.DEVNULL, check=False)
        self.replay = subprocess.run([tally, "replay", "--live", *server.options], capture_output=True, text=True, check=False)
        with open(f"{self.folder.name}/soft/log", "rb") as file:
            self.log = file.read()

    def clients(self):
        return [(name, client) for name, clients in self.told.items() for client in clients]

    def all(self, what):
        return [item for _, client in self.clients() for item in client[what]]


OUTCOME = None


def test_every_client_was_answered_again_and_again():
    for name, client in OUTCOME.clients():
        print(f"# {name}: {client['good']} good, {client['deaths']} deaths, errors {client['errors']}")
    tap.expect_none((name for name, client in OUTCOME.clients() if client["good"] < 2), "clients that got nowhere")
    tap.expect_equal(OUTCOME.code, 0, "how the keeper ends")


def test_each_operation_was_hit_at_each_of_its_replies():
    """What holds a file open needs one reply; all others open something, too, before and after whose reply they are hit."""
    tap.expect_none((name for name, client in OUTCOME.clients() if client["deaths"] < (1 if name == "Holder" else 4)),
                    "operations that deaths did not meet")


def test_requests_in_flight_failed_and_none_hung():
    tap.expect_none((name for name, client in OUTCOME.clients() if client["hangs"]), "clients that hang")
    tap.expect_equal(sum(client["aborted"] for _, client in OUTCOME.clients()) > 0, True, "requests that a death ended")


def test_nobody_saw_a_wrong_value_or_another_error():
    tap.expect_none((f"{name}: {client['wrong']}" for name, client in OUTCOME.clients() if client["wrong"]), "what was wrong")
    values, _ = replay(OUTCOME.log, 2)
    tap.expect_none(set(OUTCOME.all("values")) - set(values), "values that rtmr2 never had")
    tap.expect_none((len(log) for log in OUTCOME.all("logs") if not OUTCOME.log.startswith(bytes.fromhex(log))),
                    "logs that were never there")


def test_the_registers_are_what_the_log_says():
    tap.expect_equal(OUTCOME.replay.returncode, 0, f"tally replay --live: {OUTCOME.replay.stdout}{OUTCOME.replay.stderr}")


def test_what_was_answered_is_in_the_log_once():
    """Digests as such, events by their content."""
    digests = replay(OUTCOME.log, 2)[1] + replay(OUTCOME.log, 3)[1]
    for what, limits in (("extended", (1,)), ("perhaps", (0, 1))):
        bad = []
        for item in OUTCOME.all(what):
            count = digests.count(item) or OUTCOME.log.count(bytes.fromhex(item))
            if count not in limits:
                bad.append(f"{item[:32]} stands there {count} times")
        tap.expect_none(bad, what)
    tap.expect_equal(len(OUTCOME.all("extended")) > 10, True, "extends")


def test_names_of_the_server_before_are_free():
    with tempfile.TemporaryDirectory(prefix="tally-restart-") as folder:
        server = Server(sys.argv[2], folder)
        entries = [f"{server.mount}/tsm/{kind}/mine" for kind in ("report", "rtmrs")]
        for entry in entries:
            os.mkdir(entry)
            os.stat(f"{entry}/{'provider' if 'report' in entry else 'index'}")
        held = os.open(f"{entries[0]}/provider", os.O_RDONLY)
        server.kill(is_patient=True)
        server.wait(server.answers, "an answer")
        for entry in entries:
            server.wait(lambda path=entry: not os.path.exists(path), "the end of an entry")
            os.mkdir(entry)
        refused = None
        try:
            os.read(held, 16)
        except OSError as error:
            refused = error.errno
        tap.expect_equal(refused, errno.ESTALE, "what a file says that was open")
        os.close(held)
        tap.expect_equal(server.end(), 0, "how it ends")


def test_a_server_that_can_not_start_again_keeps_nobody_waiting():
    """Its keeper gives up: whoever waits, and whoever comes later, is told that nobody is connected."""
    with tempfile.TemporaryDirectory(prefix="tally-restart-") as folder:
        server = Server(sys.argv[2], folder)
        os.rename(f"{folder}/soft", f"{folder}/elsewhere")
        with open(f"{folder}/soft", "wb"):
            server.kill(is_patient=False)
        refused = None
        try:
            os.listdir(f"{server.mount}/tsm/report")
        except OSError as error:
            refused = error.errno
        tap.expect_equal(refused in (errno.ECONNABORTED, errno.ENOTCONN), True, f"what a client is told: {refused}")
        tap.expect_equal(server.keeper.wait(timeout=PATIENCE) != 0, True, "how the keeper ends")
        # The next one removes what is left of the mount.
        os.remove(f"{folder}/soft")
        tap.expect_equal(Server(sys.argv[2], folder).end(), 0, "how that ends")
        tap.expect_equal(os.listdir(server.mount), [], "what it leaves")


def main():
    global OUTCOME
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        print("1..0 # SKIP this needs FUSE, and root")
        return
    OUTCOME = Outcome(*sys.argv[1:])
    if len(sys.argv) < 4:
        del globals()["test_each_operation_was_hit_at_each_of_its_replies"]
    tap.main(globals())


main()
