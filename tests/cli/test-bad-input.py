#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bad input and bad state: each has its own message and exit code, and leaves log and registers as they were."""
import contextlib
import os
import stat

from program import MALFORMED, NONCE, OK, REFUSED, SYSTEM, TRY_AGAIN, UNAVAILABLE, UNCERTAIN, USAGE, State, elements, \
    folder, run, state, tap, unchanged, without_rights

HEX48 = "00" * 48
SHA256 = "11" * 32

# [arguments, exit code, phrases of the message], on a state of the registers of tdx that has a few records.
REFUSED_ARGUMENTS = [
    (("extend", "rtmr4", "--event", "x"), USAGE, ("unknown register rtmr4: there are rtmr0 to rtmr3",)),
    (("extend", "pcr:0", "--event", "x"), USAGE, ("unknown register pcr:0",)),
    (("extend", "pcr:99999999999", "--event", "x"), USAGE, ("unknown register",)),
    (("extend", "", "--event", "x"), USAGE, ("unknown register",)),
    (("extend", "mrtd", "--event", "x"), USAGE, ("mrtd is static", "tally registers")),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48[2:]}"), USAGE, ("sha384 digest has 48 bytes", "94 hex digits")),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48}00"), USAGE, ("sha384 digest has 48 bytes", "98 hex digits")),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48[1:]}"), USAGE, ("sha384 digest has 48 bytes", "95 hex digits")),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48[1:]}g"), USAGE, ("a digest is not hex",)),
    (("extend", "rtmr2", "--digest", f"md5:{HEX48}"), USAGE, ("--digest is ALGORITHM:HEX", "md5")),
    (("extend", "rtmr2", "--digest", HEX48), USAGE, ("--digest is ALGORITHM:HEX",)),
    (("extend", "rtmr2", "--digest", ""), USAGE, ("--digest is ALGORITHM:HEX",)),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48},"), USAGE, ("--digest is ALGORITHM:HEX",)),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48},sha384:{HEX48}"), USAGE, ("bank sha384 twice",)),
    (("extend", "rtmr2", "--digest", f"sha256:{SHA256}"), USAGE, ("rtmr2 has 1 bank", "tally registers")),
    (("extend", "rtmr2", "--digest", f"sha384:{HEX48},sha256:{SHA256}"), USAGE, ("rtmr2 has 1 bank",)),
    (("extend", "rtmr2", "--event", ""), USAGE, ("name must be 1 to 255 bytes",)),
    (("extend", "rtmr2", "--event", "a" * 256), USAGE, ("name must be 1 to 255 bytes",)),
    (("extend", "rtmr2", "--event", "bell\a"), USAGE, ("name must be 1 to 255 bytes of UTF-8 without control",)),
    (("extend", "rtmr2", "--event", b"\xff"), USAGE, ("name must be 1 to 255 bytes of UTF-8",)),
    (("extend", "rtmr2", "--event", "x", "--type", ""), USAGE, ("type must be 1 to 255 bytes",)),
    (("extend", "rtmr2", "--event", "x", "--type", "tally.pin"), USAGE, ("the authority's own",)),
    (("extend", "rtmr2", "--event", "x", "--type", "digest-only"), USAGE, ("the authority's own",)),
    (("extend", "rtmr2", "--event", "x", "--data", "hex:0"), USAGE, ("the data is not hex",)),
    (("extend", "rtmr2", "--event", "x", "--data", "hex:0g"), USAGE, ("the data is not hex",)),
    (("extend", "rtmr2", "--event", "x", "--data", "base64:A"), USAGE, ("the data is not base64",)),
    (("extend", "rtmr2", "--event", "x", "--data", "base64:AB"), USAGE, ("the data is not base64",)),
    (("extend", "rtmr2", "--event", "x", "--data", "base64:AA="), USAGE, ("the data is not base64",)),
    (("extend", "rtmr2", "--event", "x", "--data", "base64:A=AA"), USAGE, ("the data is not base64",)),
    (("extend", "rtmr2", "--event", "x", "--data", "/nonexistent"), USAGE,
     ("the data can't be opened (/nonexistent): No such file",)),
    (("extend", "rtmr2", "--event", "x", "--data", "/"), USAGE, ("the data can't be read (/): Is a directory",)),
    (("extend", "rtmr2", "--event", "x", "--file", "/nonexistent"), USAGE,
     ("the file can't be opened (/nonexistent): No such file",)),
    (("extend", "rtmr2", "--event", "x", "--file", "/"), USAGE, ("the file can't be read (/): Is a directory",)),
    (("evidence",), USAGE, ("bound to a nonce", "--nonce HEX")),
    (("evidence", "--nonce", "00" * 31), USAGE, ("the nonce is too short: it has 31 bytes and must have 32 to 64",)),
    (("evidence", "--nonce", "00" * 65), USAGE, ("the nonce is too long: it has 65 bytes and must have 32 to 64",)),
    (("evidence", "--nonce", ""), USAGE, ("the nonce is too short: it has 0 bytes",)),
    (("evidence", "--nonce", NONCE[1:]), USAGE, ("the nonce is not hex",)),
    (("evidence", "--nonce", "not hex"), USAGE, ("the nonce is not hex",)),
    (("evidence", "--nonce", "base64:AAAA"), USAGE, ("the nonce is too short: it has 3 bytes",)),
    (("evidence", "--nonce", NONCE, "--key-binding", "spki"), USAGE, ("--key-binding is TYPE:HEX",)),
    (("evidence", "--nonce", NONCE, "--key-binding", "spki:00"), USAGE, ("96 hex digits",)),
    (("evidence", "--nonce", NONCE, "--key-binding", f":{HEX48}"), USAGE, ("--key-binding is TYPE:HEX",)),
    (("evidence", "--nonce", NONCE, "--audience", "a" * 256), USAGE, ("at most 255 bytes",)),
    (("report",), USAGE, ("bound to a nonce",)),
    (("report", "--nonce", "00" * 31), USAGE, ("the nonce is too short: it has 31 bytes and must have 32 to 64",)),
    (("report", "--nonce", "00" * 65), USAGE, ("the nonce is too long: it has 65 bytes and must have 32 to 64",)),
    (("report", "--raw", "--nonce", NONCE), USAGE, ("raw REPORT_DATA has exactly 64 bytes, not 32",)),
    (("report", "--raw", "--nonce", "00" * 64, "--audience", "a"), USAGE, ("--raw binds the nonce alone",)),
    (("registers", "lock", "rtmr2"), UNAVAILABLE, ("rtmr2 can't be locked",)),
    (("extend", "rtmr2", "--event", "x", "--nonce", NONCE), USAGE, ("unknown option --nonce",)),
]


@contextlib.contextmanager
def used_state(*options):
    with state(*options) as soft:
        for name in ("a", "b", "c"):
            soft.run("extend", "rtmr2", "--event", name, "--data", "hex:00").expect(OK)
        yield soft


def test_arguments():
    with used_state() as soft, unchanged(soft):
        for arguments, code, phrases in REFUSED_ARGUMENTS:
            soft.run(*arguments).expect_problem(code, *phrases)


def test_messages_do_not_steer_the_terminal():
    with used_state() as soft, unchanged(soft):
        for evil in ("\x1b[2J", "\u202egpj", "\u009b2J", b"\xff\xfe"):
            for arguments in (("extend", evil, "--event", "x"), ("extend", "rtmr2", "--event", "x", "--file", evil),
                              (evil,), ("help", evil), ("extend", "--" + "x", evil)):
                done = soft.run(*arguments).expect(USAGE)
                if any(c in done.err for c in ("\x1b", "\u202e", "\u009b")):
                    raise tap.Failure(f"{arguments!r} is repeated as it is: {done.err!r}")


def test_data_that_is_too_large():
    with used_state() as soft:
        largest = 1024 * 1024 - 4096
        with unchanged(soft):
            soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(largest + 1)).expect_problem(
                USAGE, f"{largest + 1} bytes", "--file")
        soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(largest)).expect(OK)


def test_a_full_log():
    with state("--capacity", 64 * 1024) as soft:
        done = soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(2000))
        while done.code == OK:
            done = soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(2000))
        done.expect_problem(REFUSED, "the log is full", "nothing was extended")
        with unchanged(soft):
            soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(2000)).expect_problem(REFUSED, "is full")
        # Evidence and reading go on.
        soft.run("registers").expect(OK)
        if os.path.getsize(soft.file("log")) > 64 * 1024:
            raise tap.Failure("the log is larger than its capacity")


def test_a_taken_once_name():
    with used_state() as soft:
        soft.run("extend", "rtmr2", "--event", "o", "--once", "--data", "hex:00").expect(OK)
        with unchanged(soft):
            soft.run("extend", "rtmr2", "--event", "o", "--once", "--data", "hex:01").expect_problem(
                REFUSED, "once name `o`", "choose another name")
            soft.run("extend", "rtmr3", "--event", "o", "--once", "--data", "hex:00").expect_problem(REFUSED, "`o`")


def test_no_permission():
    rights = without_rights()
    with used_state() as soft:
        os.chmod(os.path.dirname(soft.path), 0o755)
        if not rights:
            os.chmod(soft.path, 0)
        with contextlib.ExitStack() as stack:
            stack.callback(os.chmod, soft.path, 0o750)
            before = soft.contents() if rights else None
            for arguments in (("extend", "rtmr2", "--event", "x"), ("registers",), ("log", "show"), ("replay", "--live"),
                              ("registers", "lock", "rtmr2"), ("evidence", "--nonce", NONCE), ("doctor",)):
                done = soft.run(*arguments, **rights).expect(REFUSED)
                if "Permission denied" not in done.err + done.out:
                    raise tap.Failure(f"{arguments}: {done.out}{done.err}")
            soft.run("extend", "rtmr2", "--event", "x", **rights).expect_problem(REFUSED, "Permission denied", "as root")
            if rights:
                tap.expect_equal(soft.contents(), before, "log and registers")


def test_readable_but_not_writable():
    rights = without_rights()
    with used_state() as soft:
        os.chmod(os.path.dirname(soft.path), 0o755)
        os.chmod(soft.path, 0o555)
        for name in os.listdir(soft.path):
            os.chmod(soft.file(name), 0o444)
        with contextlib.ExitStack() as stack:
            stack.callback(os.chmod, soft.path, 0o750)
            with unchanged(soft):
                soft.run("extend", "rtmr2", "--event", "x", **rights).expect_problem(REFUSED, "tally:")
                soft.run("registers", **rights).expect(OK)


def test_a_directory_that_can_not_be_made():
    rights = without_rights()
    with folder() as path:
        os.chmod(path, 0o555 if not rights else 0o755)
        soft = State(os.path.join(path, "deep", "soft"))
        soft.run("extend", "rtmr2", "--event", "x", **rights).expect_problem(REFUSED, path, "Permission denied")
        os.chmod(path, 0o755)
        tap.expect_equal(os.listdir(path), [], "what stands in the folder")
    with folder() as path:
        with open(f"{path}/file", "wb"):
            pass
        for soft in (State(f"{path}/file"), State(f"{path}/file/deep"), State("/proc/none/deep")):
            done = soft.run("extend", "rtmr2", "--event", "x").expect_problem(SYSTEM, soft.path)
            if "measured" in done.err:
                raise tap.Failure(f"{soft.path}: that nothing was measured there is not why: {done.err}")
        State(f"{path}/file").run("registers").expect_problem(SYSTEM, "Not a directory")


def test_an_event_whose_end_is_unknown():
    with used_state() as soft:
        files = {}
        # The slot of a `once` event, and a register that a stranger moved in the meantime: which of the two it was
        # that was cut short can't be told.
        for step, arguments in (("before", ()), ("once", ("--event", "o", "--once")), ("stranger", ("--event", "s"))):
            if arguments:
                soft.run("extend", "rtmr2", *arguments).expect(OK)
            files[step] = {name: read(soft.file(name)) for name in ("log", "registers", "intent")}
            if arguments:
                for name, content in files["before"].items():
                    write(soft.file(name), content)
        write(soft.file("registers"), files["stranger"]["registers"])
        write(soft.file("intent"), files["once"]["intent"])
        soft.run("extend", "rtmr2", "--event", "o", "--once").expect_problem(UNCERTAIN, "`o`", "is unknown", "tally log show")
        soft.run("extend", "rtmr2", "--event", "o", "--once", "--json").expect(UNCERTAIN)
        shown = soft.run("log", "show", "--json").expect(OK).objects()
        tap.expect_equal([r["control"]["word"] for r in shown if "control" in r], ["header", "gap"], "control records")
        soft.run("extend", "rtmr2", "--event", "p", "--once").expect(OK)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def damage(path, at, value):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(value)


# What happened to the file of the registers.
STATE_DAMAGE = [
    ("emptied", lambda path: os.truncate(path, 0)),
    ("cut", lambda path: os.truncate(path, 100)),
    ("overwritten", lambda path: damage(path, 0, os.urandom(os.path.getsize(path)))),
    ("zeroed", lambda path: damage(path, 0, bytes(os.path.getsize(path)))),
]


def test_corrupt_registers():
    for name, happens in STATE_DAMAGE:
        with used_state() as soft:
            happens(soft.file("registers"))
            with unchanged(soft):
                for arguments in (("extend", "rtmr2", "--event", "x"), ("registers",), ("evidence", "--nonce", NONCE)):
                    soft.run(*arguments).expect_problem(MALFORMED, soft.file("registers"), "damaged")
                done = soft.run("doctor").expect(MALFORMED)
                if "damaged" not in done.out:
                    raise tap.Failure(f"{name}: doctor does not tell: {done.out}")


def test_a_key_that_is_gone_or_none():
    for content in (None, b"no key\n"):
        with used_state() as soft:
            if content is None:
                os.remove(soft.file("key.pem"))
            else:
                damage(soft.file("key.pem"), 0, content)
            with unchanged(soft):
                soft.run("evidence", "--nonce", NONCE).expect_problem(MALFORMED, soft.file("key.pem"))


def offsets_of_records(log):
    """Where each record begins: a record is four elements."""
    found, at = [], 0
    for number, (_, value) in enumerate(elements(log)):
        if number % 4 == 0:
            found.append(at)
        at += 5 + len(value)
    return found


def test_a_log_that_is_corrupt_in_the_middle():
    # [what, offset in the second record, the byte there]: structure, number, digest, content.
    for what, at, value in (("tag", 0, b"\x77"), ("number", 12, b"\x09"), ("digest", 30, b"\xee"), ("length", 1, b"\xff"),
                            ("content", 120, b"\xee")):
        with used_state() as soft:
            damage(soft.file("log"), offsets_of_records(soft.log())[2] + at, value)
            with unchanged(soft):
                soft.run("extend", "rtmr2", "--event", "x").expect_problem(MALFORMED, soft.file("log"), "damaged")
                soft.run("extend", "rtmr3", "--event", "x").expect_problem(MALFORMED, "tally doctor")
                soft.run("evidence", "--nonce", NONCE).expect(MALFORMED)
                tap.expect_equal(soft.run("doctor").code in (OK, MALFORMED), True, f"doctor on a damaged {what}")


def test_a_log_that_lost_its_end():
    with used_state() as soft:
        # The newest record alone would be taken for one that was never appended, and comes back from the slot.
        os.truncate(soft.file("log"), offsets_of_records(soft.log())[2])
        with unchanged(soft):
            soft.run("extend", "rtmr2", "--event", "x").expect_problem(MALFORMED, "damaged", "lost")


def test_a_torn_tail_is_no_damage():
    with used_state() as soft:
        log = soft.log()
        newest = offsets_of_records(log)[-1]
        number = int.from_bytes(log[newest + 5:newest + 13], "big")
        with open(soft.file("log"), "ab") as file:
            file.write(log[newest:newest + 5] + (number + 1).to_bytes(8, "big") + log[newest + 13:-30])
        soft.run("extend", "rtmr2", "--event", "x").expect(OK)
        tap.expect_equal(soft.log()[:len(log)], log, "what was acknowledged")


def test_a_directory_is_for_soft_alone():
    with folder() as path:
        run("extend", "rtmr2", "--event", "x", "--provider", "tdx", "--dir", path).expect(UNAVAILABLE)
        tap.expect_equal(os.listdir(path), [], "what stands in the folder")


def test_output_that_can_not_be_written():
    with used_state() as soft, unchanged(soft):
        soft.run("evidence", "--nonce", NONCE, "--output", "/nonexistent/file").expect_problem(USAGE, "/nonexistent/file")
        soft.run("evidence", "--nonce", NONCE, "--output", "/dev/full").expect_problem(7, "/dev/full", "No space left")


def test_state_files_keep_their_modes():
    with used_state() as soft:
        modes = {name: stat.S_IMODE(os.stat(soft.file(name)).st_mode) for name in ("lock", "log", "key.pem")}
        tap.expect_equal(modes, {"lock": 0o600, "log": 0o640, "key.pem": 0o600}, "modes")


def test_a_held_lock_is_waited_for_and_then_refused():
    import fcntl
    with used_state() as soft, open(soft.file("lock"), "r+b") as lock, unchanged(soft):
        fcntl.flock(lock, fcntl.LOCK_EX)
        soft.run("extend", "rtmr2", "--event", "x").expect_problem(TRY_AGAIN, soft.file("lock"), "try again")


if __name__ == "__main__":
    tap.main(globals())
