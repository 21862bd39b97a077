#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The transaction file of a served tree: the clients of docs/examples, and callers with rights, quotas and mounts of their own."""
import contextlib
import errno
import importlib.util
import json
import os
import shutil
import subprocess
import time

import program
from program import NONCE, OK, TALLY, USAGE, folder, run, state, tap

EXAMPLES = os.path.join(tap.ROOT, "docs", "examples")
RTMR3 = ["rtmr3"]


def load_client():
    """docs/examples/request.py as a module."""
    spec = importlib.util.spec_from_file_location("request", os.path.join(EXAMPLES, "request.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLIENT = load_client()


def need_fuse():
    if os.getuid() != 0:
        raise tap.Skip("to serve several users takes root")
    if not os.path.exists("/dev/fuse"):
        raise tap.Skip("there is no /dev/fuse")


@contextlib.contextmanager
def served(soft, *options, rules=None):
    """The path of a tree that everybody can reach; rules: of a policy of callers."""
    need_fuse()
    with folder() as path:
        os.chmod(path, 0o755)
        mount = os.path.join(path, "mount")
        os.mkdir(mount)
        if rules is not None:
            with open(f"{path}/callers.json", "w", encoding="utf-8") as file:
                json.dump({"tally-callers": 1, "rules": rules}, file)
            options = (*options, "--callers", f"{path}/callers.json")
        server = subprocess.Popen([TALLY, "serve", "--mount", mount, *soft.options, *options], stderr=subprocess.PIPE)
        try:
            while not os.path.exists(f"{mount}/tsm/request"):
                if server.poll() is not None:
                    raise tap.Failure(f"the server ended with {server.returncode}: {server.stderr.read().decode()}")
                time.sleep(0.02)
            yield mount
        finally:
            server.terminate()
            _, err = server.communicate(timeout=60)
            subprocess.run(["umount", "--lazy", mount], stderr=subprocess.DEVNULL, check=False)
        tap.expect_equal((server.returncode, err.decode()), (0, ""), "how the server ends")


def as_user(uid, work, groups=(), gid=None):
    """What work() returns in a process of this user: an object, or ["OSError", errno]."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setgroups(list(groups))
            os.setresgid(gid if gid is not None else uid, gid if gid is not None else uid, gid if gid is not None else uid)
            os.setresuid(uid, uid, uid)
            try:
                found = work()
            except OSError as error:
                found = ["OSError", error.errno]
            except SystemExit as error:
                found = ["refused", str(error.code)]
            os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def number(value):
    return int.from_bytes(value, "big")


def opened(mount):
    return os.open(f"{mount}/tsm/request", os.O_RDWR)


def append(mount, name="app", register="rtmr3", data=b"data"):
    """The number of the record."""
    elements = [CLIENT.element(CLIENT.REGISTER, register.encode()), CLIENT.element(CLIENT.TYPE, b"start"),
                CLIENT.element(CLIENT.NAME, name.encode()), CLIENT.element(CLIENT.DATA, data)]
    file = opened(mount)
    try:
        return number(CLIENT.ask(file, CLIENT.message(CLIENT.APPEND, *elements))[CLIENT.NUMBER])
    finally:
        os.close(file)


def log_of(mount):
    file = opened(mount)
    try:
        return b"".join(CLIENT.read_log(file, 0))
    finally:
        os.close(file)


def names_in(log):
    """Names of events in a log, with their origins."""
    found = []
    for record in program.records(log):
        if record["type"] == 6:
            event = program.event(record)
            found.append(f"{event[2].decode()} {event[3].decode()}")
    return found


def evidence_of(mount):
    file = opened(mount)
    try:
        answer = CLIENT.ask(file, CLIENT.message(CLIENT.EVIDENCE, CLIENT.element(CLIENT.NONCE, bytes.fromhex(NONCE))))
        log = b"".join(CLIENT.read_log(file, number(answer[CLIENT.FIRST]), number(answer[CLIENT.NEXT])))
        return (answer[CLIENT.FRONT] + log + answer[CLIENT.BACK]).hex()
    finally:
        os.close(file)


def expect_refused(found, text):
    if not isinstance(found, list) or found[0] != "refused" or text not in found[1]:
        raise tap.Failure(f"{found!r} in the place of a refusal with {text!r}")


def policy_for(soft, path, callers, rules):
    """A relying party's policy that accepts evidence of these callers, with these rules for rtmr3."""
    key = soft.run("doctor", "--json").expect(OK).object()["key"]
    listed = soft.run("registers", "--json").expect(OK).object()["registers"]
    claims = {f"soft.{r['name']}": next(iter(r["value"].values())) for r in listed if r["kind"] == "static"}
    registers = {f"soft.rtmr{i}": [] for i in range(3)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"tally-policy": 1, "soft": {"keys": [key]}, "callers": callers, "claims": claims,
                   "registers": {**registers, "soft.rtmr3": rules}}, file)
    return path


# --- the clients ---


def clients(path):
    """Each of the examples as a command."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise tap.Skip("there is no C compiler")
    done = tap.run([compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-o", f"{path}/request", f"{EXAMPLES}/request.c"])
    tap.expect_equal((done.returncode, done.stderr), (0, ""), "what the compiler says")
    return [["sh", f"{EXAMPLES}/request.sh"], ["python3", f"{EXAMPLES}/request.py"], [f"{path}/request"]]


def call(command, *arguments):
    return subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)


def test_each_client_appends_reads_and_attests():
    with state() as soft, folder() as path, served(soft) as mount:
        file = f"{mount}/tsm/request"
        for turn, client in enumerate(clients(path), 1):
            done = call(client, file, "append", "rtmr3", "start", "app", f"data {turn}")
            tap.expect_equal((done.returncode, done.stdout, done.stderr), (0, f"{turn}\n".encode(), b""), f"{client}")
            done = call(client, file, "log")
            tap.expect_equal(done.stdout == soft.log(), True, f"the log that {client} reads")
            done = call(client, file, "log", str(turn))
            tap.expect_equal([record["number"] for record in program.records(done.stdout)], [turn], "from there on")
            evidence = call(client, file, "evidence", NONCE)
            with open(f"{path}/evidence", "wb") as output:
                output.write(evidence.stdout)
            rules = [{"require": {"name": "app", "count": turn}}]
            policy = policy_for(soft, f"{path}/policy", ["0:0"], rules)
            run("verify", f"{path}/evidence", "--nonce", NONCE, "--policy", policy).expect(OK)


def test_each_client_tells_why_it_failed():
    with state() as soft, folder() as path, served(soft) as mount:
        for client in clients(path):
            done = call(client, f"{mount}/tsm/request", "append", "rtmr9", "start", "app", "data")
            tap.expect_equal((done.returncode, done.stdout), (1, b""), f"{client}")
            if b"Invalid argument" not in done.stderr or b"no register `rtmr9`" not in done.stderr:
                raise tap.Failure(f"{client} says {done.stderr!r}")


# --- callers ---


def test_by_default_only_root_may():
    with state() as soft, served(soft) as mount:
        tap.expect_equal(append(mount), 1, "root's record")
        tap.expect_equal(as_user(1000, lambda: append(mount)), ["OSError", errno.EACCES], "another user")
        for part in ("report", "rtmrs", "registers"):
            tap.expect_equal(as_user(1000, lambda part=part: os.listdir(f"{mount}/tsm/{part}")),
                             ["OSError", errno.EACCES], f"another user in {part}")
        tap.expect_equal(as_user(1000, lambda: open(f"{mount}/tsm/log", "rb").read().hex()), ["OSError", errno.EACCES],
                         "another user's look at the log")


def test_the_owner_of_a_tree_may_without_a_policy():
    with state() as soft, served(soft, "--owner", "1000:1000") as mount:
        tap.expect_equal(as_user(1000, lambda: append(mount, "mine")), 1, "the owner's record")
        tap.expect_equal(as_user(1001, lambda: append(mount)), ["OSError", errno.EACCES], "another user")
        tap.expect_equal(append(mount, "root's"), 2, "root's record")
        tap.expect_equal(names_in(soft.log()), ["mine 1000:1000", "root's 0:0"], "the log")


CONTAINER = [
    {"uid": 1000, "report": True, "evidence": True, "append": RTMR3, "log": "all"},
    {"uid": [1001, 1009], "append": RTMR3, "log": "own"},
    {"gid": 5000, "append": "all", "log": "label"},
]


def test_each_caller_has_the_rights_of_its_rule():
    with state() as soft, served(soft, "--label", "web", rules=CONTAINER) as mount:
        tap.expect_equal(as_user(1000, lambda: append(mount, "a")), 1, "what a user logs")
        tap.expect_equal(as_user(1001, lambda: append(mount, "b")), 2, "what one of a range logs")
        tap.expect_equal(as_user(2000, lambda: append(mount, "c", "rtmr2"), groups=[5000]), 3, "what one of a group logs")
        expect_refused(as_user(1001, lambda: append(mount, "d", "rtmr2")), "may not log events")
        expect_refused(as_user(1001, lambda: evidence_of(mount)), "may not have evidence")
        tap.expect_equal(as_user(2000, lambda: append(mount)), ["OSError", errno.EACCES], "one whom no rule names")
        tap.expect_equal(names_in(soft.log()), ["a 1000:1000@web", "b 1001:1001@web", "c 2000:2000@web"], "the log")


def test_each_caller_sees_its_records():
    with state() as soft:
        soft.run("extend", "rtmr3", "--event", "outside").expect(OK)
        with served(soft, "--label", "web", rules=CONTAINER) as mount:
            for uid, groups, name in ((1000, [], "a"), (1001, [], "b"), (2000, [5000], "c")):
                as_user(uid, lambda name=name: append(mount, name), groups=groups)
            mine = ["a 1000:1000@web", "b 1001:1001@web", "c 2000:2000@web"]
            tap.expect_equal(as_user(1000, lambda: names_in(log_of(mount))), ["outside 0:0", *mine], "all")
            tap.expect_equal(as_user(1001, lambda: names_in(log_of(mount))), mine[1:2], "its own")
            tap.expect_equal(as_user(2000, lambda: names_in(log_of(mount)), groups=[5000]), mine, "those of the mount")


def test_root_without_a_right_is_refused_in_the_whole_tree():
    """In a container root passes every mode: what counts is the policy of its mount."""
    with state() as soft, served(soft, "--label", "web", rules=CONTAINER) as mount:
        tsm = f"{mount}/tsm"
        refused = [lambda: opened(mount), lambda: os.mkdir(f"{tsm}/report/x"), lambda: os.listdir(f"{tsm}/report"),
                   lambda: os.mkdir(f"{tsm}/rtmrs/x"), lambda: os.listdir(f"{tsm}/rtmrs"), lambda: open(f"{tsm}/log", "rb"),
                   lambda: open(f"{tsm}/registers/rtmr3/digest", "rb"),
                   lambda: open(f"{mount}/measurements/rtmr3:sha384", "wb")]
        for i, work in enumerate(refused):
            try:
                work()
            except PermissionError:
                continue
            raise tap.Failure(f"attempt {i} was granted")


def test_a_right_opens_its_part_of_the_tree():
    rules = [{"uid": 0, "raw-report": True, "raw-extend": RTMR3, "registers": True}]
    with state() as soft, served(soft, rules=rules) as mount:
        os.mkdir(f"{mount}/tsm/report/x")
        with open(f"{mount}/tsm/report/x/inblob", "wb") as file:
            file.write(bytes(64))
        with open(f"{mount}/tsm/report/x/outblob", "rb") as file:
            tap.expect_equal(len(file.read()) > 100, True, "a report")
        os.rmdir(f"{mount}/tsm/report/x")
        with open(f"{mount}/measurements/rtmr3:sha384", "wb", buffering=0) as file:
            file.write(bytes(48))
        with open(f"{mount}/tsm/registers/rtmr3/digest", "rb") as file:
            tap.expect_equal(file.read(), program.sha384(bytes(96)), "the register")
        os.mkdir(f"{mount}/tsm/rtmrs/x")
        for refused, data in (("measurements/rtmr2:sha384", bytes(48)), ("tsm/rtmrs/x/append_event", b"event")):
            try:
                with open(f"{mount}/{refused}", "wb", buffering=0) as file:
                    file.write(data)
            except PermissionError:
                continue
            raise tap.Failure(f"{refused} was written")


def test_rights_are_those_of_who_opened():
    with state() as soft, served(soft, "--label", "web", rules=CONTAINER) as mount:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setresgid(1000, 1000, 1000)
            os.setresuid(1000, 1000, 1000)
            handed = opened(mount)
            found = os.fork()
            if found == 0:
                elements = [CLIENT.element(tag, text) for tag, text in
                            ((CLIENT.REGISTER, b"rtmr3"), (CLIENT.TYPE, b"t"), (CLIENT.NAME, b"handed"), (CLIENT.DATA, b""))]
                CLIENT.ask(handed, CLIENT.message(CLIENT.APPEND, *elements))
                os.write(writer, b"done")
                os._exit(0)
            os.waitpid(found, 0)
            os._exit(0)
        os.waitpid(child, 0)
        tap.expect_equal(os.read(reader, 4), b"done", "what the child did")
        os.close(reader)
        os.close(writer)
        tap.expect_equal(names_in(soft.log()), ["handed 1000:1000@web"], "the log")


def test_evidence_is_bound_to_its_caller():
    with state() as soft, folder() as path, served(soft, "--label", "web", rules=CONTAINER) as mount:
        as_user(1000, lambda: append(mount))
        evidence = f"hex:{as_user(1000, lambda: evidence_of(mount))}"
        rules = [{"require": {"name": "app", "origin": "1000:1000@web"}}]
        policy = policy_for(soft, f"{path}/policy", ["1000:1000@web"], rules)
        run("verify", evidence, "--nonce", NONCE, "--policy", policy).expect(OK)
        policy = policy_for(soft, f"{path}/policy", ["1000:1000"], rules)
        run("verify", evidence, "--nonce", NONCE, "--policy", policy).expect(program.REJECTED)


def test_two_mounts_share_one_log_and_no_rights():
    with state() as soft, served(soft, "--label", "web", rules=[{"uid": 1000, "append": RTMR3, "log": "label"}]) as web, \
            served(soft, "--label", "db", rules=[{"uid": 1001, "append": RTMR3, "log": "label"}]) as database:
        tap.expect_equal(as_user(1000, lambda: append(web, "w")), 1, "the first mount")
        tap.expect_equal(as_user(1001, lambda: append(database, "d")), 2, "the second mount")
        tap.expect_equal(as_user(1001, lambda: append(web)), ["OSError", errno.EACCES], "a user of the other mount")
        tap.expect_equal(as_user(1000, lambda: names_in(log_of(web))), ["w 1000:1000@web"], "what the first sees")
        tap.expect_equal(names_in(soft.log()), ["w 1000:1000@web", "d 1001:1001@db"], "the log")


# --- quotas ---


def test_open_requests_are_bounded():
    rules = [{"uid": 1000, "append": RTMR3, "quota": {"requests": 3}}, {"uid": 1001, "append": RTMR3}]
    with state() as soft, served(soft, rules=rules) as mount:
        def hold():
            held = [opened(mount) for _ in range(3)]
            try:
                opened(mount)
            except OSError as error:
                found = error.errno
            os.close(held.pop())
            # The kernel tells of a close a little later.
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with contextlib.suppress(OSError):
                    opened(mount)
                    return found
                time.sleep(0.01)
            return "a closed file is not given back"

        tap.expect_equal(as_user(1000, hold), errno.EDQUOT, "the fourth")
        tap.expect_equal(as_user(1001, lambda: append(mount)), 1, "another user")


def fill(mount):
    """How many events of 1000 bytes are taken, and why no more are."""
    for count in range(100):
        try:
            append(mount, data=bytes(1000))
        except SystemExit as error:
            return [count, str(error.code)]
    return [100, "no end"]


def test_log_bytes_are_bounded():
    rules = [{"uid": 1000, "append": RTMR3, "quota": {"log-bytes": 5000}}, {"uid": 1001, "append": RTMR3}]
    with state() as soft, served(soft, rules=rules) as mount:
        count, text = as_user(1000, lambda: fill(mount))
        tap.expect_equal((1 <= count < 5, "quota" in text), (True, True), "how it ends")
        tap.expect_equal(as_user(1001, lambda: append(mount)), count + 1, "another user's record")
        tap.expect_equal(len(names_in(soft.log())), count + 1, "events in the log")


def test_log_bytes_outlive_the_server():
    """Those of this mount's label; what others logged through another mount is not theirs here."""
    rules = [{"uid": [1000, 1001], "append": RTMR3, "quota": {"log-bytes": 5000}}]
    with state() as soft:
        with served(soft, "--label", "box", rules=rules) as mount:
            as_user(1001, lambda: fill(mount))
        with served(soft, rules=rules) as mount:
            before = [as_user(uid, lambda: fill(mount)[0]) for uid in (1000, 1001)]
            tap.expect_equal(before[0] == before[1] > 0, True, f"events of two users: {before}")
        with served(soft, rules=rules) as mount:
            tap.expect_equal([as_user(uid, lambda: fill(mount)[0]) for uid in (1000, 1001)], [0, 0], "events after a restart")
        tap.expect_equal(len(names_in(soft.log())), 3 * before[0], "events in the log")


def test_entries_are_bounded():
    rules = [{"uid": 0, "full": True, "quota": {"entries": 4}}]
    with state() as soft, served(soft, rules=rules) as mount:
        for i in range(4):
            os.mkdir(f"{mount}/tsm/report/{i}")
        try:
            os.mkdir(f"{mount}/tsm/report/more")
        except OSError as error:
            tap.expect_equal(error.errno, errno.EDQUOT, "the fifth")
        else:
            raise tap.Failure("the fifth entry was made")
        tap.expect_equal(sorted(os.listdir(f"{mount}/tsm/report")), ["0", "1", "2", "3"], "entries that were used just now")
        os.rmdir(f"{mount}/tsm/report/0")
        os.mkdir(f"{mount}/tsm/report/more")


def test_a_faulty_policy_serves_nobody():
    need_fuse()
    with state() as soft, folder() as path:
        for text, place in (("{", "line 1"), ('{"tally-callers": 1, "rules": [{"uid": 0, "full": 1}]}', "rules[0].full"),
                            ('{"tally-callers": 1, "rules": [], "rules": []}', "line 1")):
            with open(f"{path}/callers.json", "w", encoding="utf-8") as file:
                file.write(text)
            os.makedirs(f"{path}/mount", exist_ok=True)
            soft.run("serve", "--mount", f"{path}/mount", "--callers", f"{path}/callers.json").expect_problem(
                USAGE, "callers.json", place)


if __name__ == "__main__":
    tap.main(globals())
