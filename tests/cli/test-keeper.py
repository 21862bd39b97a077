#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally serve and the directory that it serves: one server for each, what dead ones leave, and whom a keeper obeys."""
import array
import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import time

from program import REFUSED, TALLY, folder, state, tap

PATIENCE = 60
STARTS = 24
STEP_SECONDS = 0.01  # between the ends of two servers: from before the first of them reads its options


def need_fuse():
    if not os.path.exists("/dev/fuse") or os.getuid() != 0:
        raise tap.Skip("this needs FUSE, and root")


def wait_for(claim, what):
    deadline = time.monotonic() + PATIENCE
    while not claim():
        if time.monotonic() > deadline:
            raise tap.Failure(what)
        time.sleep(0.002)


class Server:
    """A server, or the keeper of one, that was started and is not waited for."""

    def __init__(self, soft, mount, *options):
        self.mount = mount
        self.process = subprocess.Popen([TALLY, "serve", "--mount", mount, *soft.options, *options],
                                        stderr=subprocess.PIPE)

    def answers(self):
        with contextlib.suppress(OSError):
            return "tsm" in os.listdir(self.mount)
        return False

    def wait(self):
        wait_for(lambda: self.answers() or self.process.poll() is not None, "no tree is served")
        return self

    def kept(self):
        """The server whose keeper this is; 0 while there is none."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="utf-8") as children:
            return next((int(word) for word in children.read().split()), 0)

    def end(self, number=signal.SIGTERM):
        """(exit status, what it said)"""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode()


@contextlib.contextmanager
def place():
    """Where to mount, and a soft to serve there."""
    need_fuse()
    with state() as soft, folder() as path:
        mount = f"{path}/mount"
        try:
            yield soft, mount
        finally:
            while subprocess.run(["umount", "--lazy", mount], stderr=subprocess.DEVNULL, check=False).returncode == 0:
                pass


def is_clean(mount):
    return not os.path.ismount(mount) and (not os.path.exists(mount) or os.listdir(mount) == [])


def test_a_second_server_is_refused():
    with place() as (soft, mount):
        for keeper in ([], ["--keeper"]):
            first = Server(soft, mount, *keeper).wait()
            before = os.stat(mount).st_dev
            for options in ([], ["--keeper"]):
                soft.run("serve", "--mount", mount, *options).expect_problem(REFUSED, f"another server serves {mount}")
            tap.expect_equal((first.answers(), os.stat(mount).st_dev), (True, before), "the first goes on")
            tap.expect_equal(first.end(), (0, ""), "how the first ends")
            tap.expect_equal(is_clean(mount), True, "nothing is left")


def test_of_servers_that_start_at_once_one_serves():
    with place() as (soft, mount):
        os.mkdir(mount)
        starting = os.open(mount, os.O_RDONLY)
        fcntl.flock(starting, fcntl.LOCK_EX)  # as one does that is about to mount
        soft.run("serve", "--mount", mount).expect_problem(REFUSED, f"another server serves {mount}")
        os.close(starting)
        for _ in range(6):
            servers = [Server(soft, mount) for _ in range(3)]
            wait_for(lambda: sum(server.process.poll() is None for server in servers) == 1, "not one server is left")
            served = next(server for server in servers if server.process.poll() is None).wait()
            refused = [server.end() for server in servers if server is not served]
            tap.expect_none((told for told in refused if told[0] != REFUSED or "another server" not in told[1]), "refused")
            tap.expect_equal(served.end(), (0, ""), "how the one ends")
            tap.expect_equal(is_clean(mount), True, "nothing is left")


def test_what_a_dead_server_left_is_replaced():
    with place() as (soft, mount):
        Server(soft, mount).wait().end(signal.SIGKILL)
        refused = None
        try:
            os.listdir(mount)
        except OSError as error:
            refused = error.errno
        tap.expect_equal(refused, errno.ENOTCONN, "what a mount without a server says")
        second = Server(soft, mount).wait()
        tap.expect_equal(second.answers(), True, "it serves")
        said = f"tally: the server that was at {mount} has died: its mount is replaced\n"
        tap.expect_equal(second.end(), (0, said), "how it ends")
        tap.expect_equal(is_clean(mount), True, "nothing is left")


def test_a_server_that_is_told_to_end_while_it_starts_ends_well():
    with place() as (soft, mount):
        for i in range(STARTS):
            keeper = Server(soft, mount, "--keeper")
            wait_for(keeper.kept, "no server is started")
            time.sleep(i * STEP_SECONDS)
            tap.expect_equal(keeper.end((signal.SIGTERM, signal.SIGINT)[i % 2]), (0, ""), f"how it ends after {i} steps")
            tap.expect_equal(is_clean(mount), True, "nothing is left")


def test_without_a_keeper_it_ends_well_or_before_it_began():
    with place() as (soft, mount):
        for i in range(STARTS):
            server = Server(soft, mount)
            time.sleep(i * STEP_SECONDS)
            code, err = server.end()
            tap.expect_equal(code in (0, -signal.SIGTERM) and err == "", True, f"how it ends after {i} steps: {code} {err}")
            tap.expect_equal(is_clean(mount), True, "nothing is left")


def tell(name, lines, fd):
    """What a server would tell its keeper, in the name of this process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd >= 0 else []
        sender.sendmsg([lines.encode()], passed, 0, name)


def test_a_keeper_obeys_its_server_alone():
    with place() as (soft, mount):
        keeper = Server(soft, mount, "--keeper").wait()
        pid = keeper.kept()
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = dict(word.split(b"=", 1) for word in file.read().split(b"\0") if b"=" in word)
        name = b"\0" + variables[b"NOTIFY_SOCKET"][1:]
        before = os.stat(mount).st_dev
        for kept in ("mount", "state"):
            for words in (f"FDSTORE=1\nFDNAME={kept}", f"FDSTOREREMOVE=1\nFDNAME={kept}"):
                reader, writer = os.pipe()
                tell(name, words, reader if words.startswith("FDSTORE=") else -1)
                os.close(reader)
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda: keeper.kept() not in (0, pid) and keeper.answers(), "no server comes after it")
                tap.expect_equal(os.stat(mount).st_dev, before, f"the mount, after a stranger's {words!r}")
                os.close(writer)
                pid = keeper.kept()
        tap.expect_equal(keeper.end(), (0, ""), "how it ends")
        tap.expect_equal(is_clean(mount), True, "nothing is left")


if __name__ == "__main__":
    tap.main(globals())
