#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Another user with the group of the directory, and without it: what he may read, and that he may change nothing."""
import contextlib
import os
import stat
import subprocess

import program
from program import NONCE, NOBODY, OK, REFUSED, Result, State, folder, public_copy, tap, unchanged

GROUP = 54321
# Whatever stands in the directory: [how its name begins, mode].
MODES = [("log", 0o640), ("once.", 0o640), ("segments/", 0o640), ("old/", 0o640), ("intent", 0o600), ("cache", 0o600),
         ("lock", 0o600), ("registers.lock", 0o600), ("registers", 0o640), ("key.pem", 0o600)]


def need_root():
    if os.getuid() != 0:
        raise tap.Skip("to run as another user takes root")


@contextlib.contextmanager
def shared():
    """A state in a directory as root's is, with a group."""
    need_root()
    with folder() as path:
        os.chmod(path, 0o755)
        soft = State(os.path.join(path, "soft"))
        os.mkdir(soft.path)
        os.chown(soft.path, 0, GROUP)
        os.chmod(soft.path, 0o750)
        yield soft


def as_user(soft, *arguments, groups=()):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TALLY_")}
    command = [public_copy(), *map(str, arguments), *soft.options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120, cwd="/",
                          env=environment, user=NOBODY, group=NOBODY, extra_groups=list(groups))
    return Result(arguments, done)


def extend(soft, name, *more):
    soft.run("extend", "rtmr2", "--event", name, *more).expect(OK)


def use(soft):
    """What leaves files behind: events, a cache, once names, trims, an attached log."""
    base = os.path.dirname(soft.path)
    extend(soft, "one", "--once")
    soft.run("extend", "rtmr1", "--event", "large", "--data", "-", stdin=b"x" * 100000).expect(OK)
    extend(soft, "two")
    soft.run("log", "trim", "--store", f"{base}/part1").expect(OK)
    extend(soft, "three", "--once")
    soft.run("log", "trim", "--store", f"{base}/part2").expect(OK)
    extend(soft, "four")
    soft.run("evidence", "--nonce", NONCE, "--output", f"{base}/evidence").expect(OK)


def check_modes(soft):
    seen = set()
    for parent, folders, names in os.walk(soft.path):
        for name in folders:
            status = os.stat(os.path.join(parent, name))
            tap.expect_equal(oct(stat.S_IMODE(status.st_mode)), oct(0o750), f"mode of {name}/")
            tap.expect_equal(status.st_gid, GROUP, f"group of {name}/")
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), soft.path)
            status = os.stat(os.path.join(parent, name))
            begin, mode = next((row for row in MODES if path.startswith(row[0])), (None, None))
            tap.expect_equal(begin is not None, True, f"a mode for {path}")
            tap.expect_equal(oct(stat.S_IMODE(status.st_mode)), oct(mode), f"mode of {path}")
            if mode & 0o040:
                tap.expect_equal(status.st_gid, GROUP, f"group of {path}")
            seen.add(begin)
    return seen


def test_files_have_modes_and_group():
    with shared() as soft:
        use(soft)
        seen = check_modes(soft)
        tap.expect_equal(seen >= {"log", "once.", "intent", "lock", "registers", "key.pem"}, True, str(sorted(seen)))


def test_a_member_reads():
    with shared() as soft:
        use(soft)
        for arguments in (["log", "show"], ["log", "show", "--json"], ["log", "follow", "--count", "2"], ["registers"],
                          ["replay", "--live"], ["log", "show", "--plot", "-"], ["doctor"]):
            with unchanged(soft):
                as_user(soft, *arguments, groups=[GROUP]).expect(OK)


def test_a_member_changes_nothing():
    with shared() as soft:
        use(soft)
        for arguments in (["extend", "rtmr2", "--event", "mine"], ["log", "trim", "--store", "/tmp/tally-group-part"],
                          ["registers", "lock", "rtmr2"], ["evidence", "--nonce", NONCE], ["report", "--nonce", NONCE]):
            with unchanged(soft):
                result = as_user(soft, *arguments, groups=[GROUP])
                tap.expect_equal(result.code in (program.UNAVAILABLE, REFUSED, program.USAGE), True,
                                 f"{arguments} ended with {result.code}: {result.err}")
                tap.expect_equal("ermission" in result.err or "may not" in result.err, True, result.err)
        tap.expect_equal(os.path.exists("/tmp/tally-group-part"), False, "a part of a trim that was refused")
        check_modes(soft)
        extend(soft, "five")


def test_others_read_nothing():
    with shared() as soft:
        use(soft)
        for arguments in (["log", "show"], ["log", "follow", "--count", "1"], ["registers"], ["replay", "--live"],
                          ["extend", "rtmr2", "--event", "mine"]):
            with unchanged(soft):
                result = as_user(soft, *arguments)
                tap.expect_equal(result.code != OK and result.bytes == b"", True, f"{arguments}: {result.out}{result.err}")
                tap.expect_equal("ermission" in result.err, True, result.err)


if __name__ == "__main__":
    tap.main(globals())
