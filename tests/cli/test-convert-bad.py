#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log convert and export with bad logs and bad outputs: what is said, the exit code, and no half of a file."""
import contextlib
import os
import stat

from program import MALFORMED, OK, REFUSED, SYSTEM, USAGE, folder, run, state, tap

TARGETS = ("tally", "cel-tlv", "cel-cbor", "cel-json", "tcg2", "ccel", "aael", "systemd")
FORMS = ("cel-tlv", "cel-cbor", "cel-json", "tcg2", "systemd")


@contextlib.contextmanager
def forms():
    """(folder, {format: bytes}) of the same three events; "tally" is the log itself."""
    with state("--soft-preset", "tpm") as soft, folder() as path:
        for i, register in enumerate(("pcr8", "pcr11", "pcr8")):
            soft.run("extend", register, "--event", f"event-{i}", "--data", f"hex:0{i}").expect(OK)
        found = {"tally": soft.log()}
        for form in FORMS:
            found[form] = soft.run("log", "export", "--format", form).bytes
        yield path, found


def expect_refused(path, log, code, *phrases, options=()):
    """Every target refuses the log, and nothing is written anywhere."""
    out = os.path.join(path, "out")
    for target in TARGETS:
        for output in (("--output", out), ()):
            done = run("log", "convert", "-", "--to", target, *options, *output, stdin=log)
            # Another target may have a reason of its own before the fault is reached.
            if target in ("cel-json", "cel-cbor") or done.code != REFUSED:
                done.expect_problem(code, *phrases)
            tap.expect_equal(done.bytes, b"", f"standard output, {target}")
        tap.expect_equal(os.listdir(path), [], "files")


def test_truncated():
    with forms() as (path, logs):
        for form in ("tally", *FORMS):
            for cut in (2, len(logs[form]) // 2):
                log = logs[form][:-cut]
                for target in ("cel-json", "cel-cbor", "tcg2"):
                    out = os.path.join(path, "out")
                    done = run("log", "convert", "-", "--to", target, "--from", form, "--output", out, stdin=log)
                    done.expect_problem(MALFORMED, "byte")
                    tap.expect_equal(os.listdir(path), [], f"files, {form} less {cut} bytes")


def test_doubled():
    with forms() as (path, logs):
        for form in ("tally", "cel-cbor", "cel-json", "tcg2"):
            expect_refused(path, logs[form] * 2, MALFORMED, "byte", options=("--from", form))


def record_ends(log):
    """Where records of a log of ours end: four elements each."""
    ends, at, count = [], 0, 0
    while at < len(log):
        at += 5 + int.from_bytes(log[at + 1:at + 5], "big")
        count += 1
        if count % 4 == 0:
            ends.append(at)
    return ends


def test_reordered_or_with_a_hole():
    with forms() as (path, logs):
        log = logs["tally"]
        ends = record_ends(log)
        first, second, third = log[ends[0]:ends[1]], log[ends[1]:ends[2]], log[ends[2]:]
        for name, records in (("swapped", second + first + third), ("a hole", first + third), ("twice", first + first)):
            out = os.path.join(path, "out")
            for target in ("cel-json", "cel-cbor", "cel-tlv", "tally"):
                done = run("log", "convert", "-", "--to", target, "--output", out, stdin=log[:ends[0]] + records)
                done.expect_problem(MALFORMED, "byte")
                tap.expect_equal(os.listdir(path), [], f"files, {name}")


def test_mixed():
    """A log that goes on in another format is none."""
    with forms() as (path, logs):
        for a in ("tally", *FORMS):
            for b in FORMS:
                if a == b or (a, b) == ("tally", "cel-tlv"):
                    continue
                done = run("log", "convert", "-", "--to", "cel-json", "--from", a, "--output", os.path.join(path, "out"),
                           stdin=logs[a] + logs[b])
                done.expect_problem(MALFORMED, "byte")
                tap.expect_equal(os.listdir(path), [], f"files, {a} and {b}")


def test_the_wrong_format_by_name():
    with forms() as (path, logs):
        for form in FORMS:
            for name in ("tally", "cel-tlv", "cel-cbor", "cel-json", "tcg2", "ccel", "systemd", "ima", "ima-ascii", "dstack"):
                if {name, form} <= {"tcg2", "ccel"} or name == form or (name, form) == ("tally", "cel-tlv"):
                    continue
                done = run("log", "convert", "-", "--from", name, "--to", "cel-json", stdin=logs[form])
                tap.expect_equal((done.code, done.bytes), (MALFORMED, b""), f"{form} as {name}: {done.err}")


def test_other_files():
    files = {"empty": b"", "elf": b"\x7fELF" + bytes(60), "text": b"hello\n", "json": b'{"a": 1}', "array": b"[1, 2]",
             "zeros": bytes(4096), "ones": b"\xff" * 4096, "utf-16": "log".encode("utf-16"), "cbor": b"\x83\x01\x02\x03"}
    with folder() as path:
        for name, data in files.items():
            expect_refused(path, data, MALFORMED)
            tap.expect_equal(os.listdir(path), [], f"files, {name}")
        for source in (path, os.path.join(path, "nothing")):
            run("log", "convert", source, "--to", "cel-json").expect_problem(USAGE)


def test_outputs_that_can_not_be_written():
    with forms() as (path, logs):
        convert = ("log", "convert", "-", "--to", "cel-json")
        for output, code, phrase in ((os.path.join(path, "no", "out"), USAGE, "No such file"), (path, USAGE, "directory"),
                                     ("/dev/full", SYSTEM, "No space left"), ("x" * 300, SYSTEM, "too long")):
            run(*convert, "--output", output, stdin=logs["tcg2"]).expect_problem(code, phrase)
        tap.expect_equal(os.listdir(path), [], "files")
        tap.expect_equal(stat.S_ISCHR(os.stat("/dev/full").st_mode), True, "/dev/full is still a device")


def test_links_and_pipes_stay_what_they_are():
    with forms() as (path, logs):
        link, target = os.path.join(path, "link"), os.path.join(path, "target")
        with open(target, "wb") as file:
            file.write(b"before")
        os.symlink("target", link)
        done = run("log", "convert", "-", "--to", "cel-json", "--output", link, stdin=logs["tcg2"])
        tap.expect_equal((done.code, os.path.islink(link)), (OK, True), "a link")
        with open(target, "rb") as file:
            tap.expect_equal(file.read()[:1], b"[", "what it names")
        done = run("log", "convert", "-", "--to", "cel-json", "--output", "/dev/stdout", stdin=logs["tcg2"])
        tap.expect_equal((done.code, done.bytes[:1]), (OK, b"["), "a pipe")


def test_the_output_is_no_log_that_is_read():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        soft.run("extend", "pcr8", "--event", "event", "--data", "hex:00").expect(OK)
        before = soft.log()
        for name in ("log", "registers", "new"):
            soft.run("log", "export", "--format", "cel-json", "--output", soft.file(name)).expect_problem(USAGE, "write over")
        copy, link = os.path.join(path, "copy"), os.path.join(path, "link")
        with open(copy, "wb") as file:
            file.write(before)
        os.symlink(copy, link)
        for name in (copy, link):
            run("log", "convert", copy, "--to", "cel-json", "--output", name).expect_problem(USAGE, "write over")
        with open(copy, "rb") as file:
            tap.expect_equal((file.read(), soft.log()), (before, before), "the logs")
        tap.expect_equal(os.path.exists(soft.file("new")), False, "a file among the authority's")


def test_a_header_alone():
    """A CC log without events, whose header names a register that no TPM's log begins with."""
    header = (2).to_bytes(4, "little") + (3).to_bytes(4, "little") + bytes(20)
    event = b"Spec ID Event03\0" + bytes(4) + b"\x00\x02\x69\x02" + b"\1\0\0\0\x0c\0\x30\0" + b"\0"
    log = header + len(event).to_bytes(4, "little") + event
    with folder() as path:
        for target in ("tcg2", "ccel", "cel-tlv"):
            out = os.path.join(path, target)
            tap.expect_equal(run("log", "convert", "-", "--from", "ccel", "--to", target, "--output", out, stdin=log).code,
                             OK, target)
            run("log", "show", out, "--format", target).expect(OK)
        for target, phrase in (("tally", "none of tally's own"), ("aael", "banks")):
            run("log", "convert", "-", "--from", "ccel", "--to", target, stdin=log).expect_problem(REFUSED, phrase)


if __name__ == "__main__":
    tap.main(globals())
