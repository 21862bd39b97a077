#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally extend and registers: what stands in log and registers afterwards, computed here from docs/formats/log.md."""
import hashlib
import os

from program import OK, REFUSED, UNAVAILABLE, USAGE, State, event, folder, on_terminal, records, sha384, state, unchanged, tap

ZERO = bytes(48)
ORIGIN = f"{os.getuid()}:{os.getgid()}".encode()


def last(soft):
    return records(soft.log())[-1]


def test_an_event_extends_its_register_by_the_digest_of_its_content():
    with state() as soft:
        done = soft.run("extend", "rtmr2", "--event", "app-start", "--json").expect(OK).object()
        record = last(soft)
        tap.expect_equal(event(record), {1: b"event", 2: b"app-start", 3: ORIGIN, 4: b""}, "the event")
        tap.expect_equal(record["digests"], {12: sha384(record["data"])}, "the record's digest")
        tap.expect_equal((done["number"], done["is_existing"], done["gaps"]), (record["number"], False, 0), "the answer")
        tap.expect_equal(done["value"]["sha384"], sha384(ZERO, sha384(record["data"])).hex(), "the new value")
        tap.expect_equal(soft.value("rtmr2"), sha384(ZERO, sha384(record["data"])), "the register")


def test_text_names_record_and_value():
    with state() as soft:
        soft.run("extend", "rtmr2", "--event", "a").expect(OK).expect_text("record 1\n", soft.value("rtmr2").hex())


def test_a_file_is_logged_by_its_digest():
    with state() as soft, folder() as path:
        content = os.urandom(3 * 1024 * 1024 + 17)
        with open(f"{path}/app", "wb") as file:
            file.write(content)
        done = soft.run("extend", "rtmr2", "--event", "app", "--file", f"{path}/app", "--json").expect(OK).object()
        found = event(last(soft))
        expected = b"\x0c" + (48).to_bytes(4, "big") + sha384(content)
        tap.expect_equal(found, {1: b"file", 2: b"app", 3: ORIGIN, 5: expected}, "the event")
        tap.expect_equal(done["data_digest"], {"sha384": sha384(content).hex()}, "the answer")
        if len(soft.log()) > 4096:
            raise tap.Failure("the log holds the file")


def test_a_file_may_come_through_a_pipe():
    with state() as soft:
        soft.run("extend", "rtmr2", "--event", "app", "--file", "-", stdin=b"through a pipe").expect(OK)
        tap.expect_equal(event(last(soft))[5][5:], sha384(b"through a pipe"), "the digest")


def test_progress_is_told_on_a_terminal_only():
    with state() as soft:
        pieces = [(b"a" * 1000, 1.2), (b"b" * 1000, 0.1)]
        arguments = ("extend", "rtmr2", "--event", "app", "--file", "-", *soft.options)
        code, shown = on_terminal(*arguments, stdin=pieces)
        tap.expect_equal((code, "measuring - 0 MiB" in shown), (OK, True), f"exit code and progress in {shown!r}")
        tap.expect_equal(event(last(soft))[5][5:], sha384(b"a" * 1000 + b"b" * 1000), "the digest")
        code, shown = on_terminal(*arguments, "--json", stdin=pieces)
        tap.expect_equal((code, "measuring" in shown), (OK, False), f"exit code and progress with --json in {shown!r}")


def test_data_is_logged_as_it_is():
    with state() as soft, folder() as path:
        with open(f"{path}/data", "wb") as file:
            file.write(b"\x00from a file")
        cases = [("hex:00FFab", b"", b"\x00\xff\xab"), ("base64:AP+r", b"", b"\x00\xff\xab"),
                 ("base64:AP-rAA==", b"", b"\x00\xff\xab\x00"), ("base64:AP-rAA", b"", b"\x00\xff\xab\x00"),
                 ("-", b"from a pipe", b"from a pipe"), (f"{path}/data", b"", b"\x00from a file"), ("hex:", b"", b"")]
        for text, stdin, expected in cases:
            soft.run("extend", "rtmr1", "--event", "d", "--type", "org.example", "--data", text, stdin=stdin).expect(OK)
            tap.expect_equal(event(last(soft)), {1: b"org.example", 2: b"d", 3: ORIGIN, 4: expected}, text)


def test_digests_extend_as_they_are():
    with state("--soft-preset", "tpm") as soft:
        digests = {name: hashlib.new(name, b"x").digest() for name in ("sha1", "sha256", "sha384")}
        text = ",".join(f"{name}:{digest.hex()}" for name, digest in sorted(digests.items(), reverse=True))
        pcr = next(r["name"] for r in soft_registers(soft) if r["number"] == 15)
        soft.run("extend", pcr, "--digest", text, "--event", "by-hand").expect(OK)
        record = last(soft)
        tap.expect_equal(record["digests"], {4: digests["sha1"], 11: digests["sha256"], 12: digests["sha384"]}, "digests")
        tap.expect_equal(event(record)[1], b"digest-only", "the type")
        for name, digest in digests.items():
            old = bytes(len(digest))
            tap.expect_equal(soft.value(pcr, name), hashlib.new(name, old + digest).digest(), f"the {name} bank")


def soft_registers(soft):
    """The registers of a state, which is created if need be."""
    if not os.path.exists(soft.path):
        soft.run("evidence", "--nonce", "00" * 32, "--json")
    return soft.run("registers", "--json").expect(OK).object()["registers"]


def test_once_is_once():
    with state() as soft:
        first = soft.run("extend", "rtmr3", "--event", "o", "--once", "--json").expect(OK).object()
        tap.expect_equal(event(last(soft))[6], b"\x01", "the mark")
        with unchanged(soft):
            again = soft.run("extend", "rtmr3", "--event", "o", "--once", "--json").expect(OK).object()
        tap.expect_equal((again["number"], again["is_existing"]), (first["number"], True), "the second time")
        with unchanged(soft):
            soft.run("extend", "rtmr3", "--event", "o", "--once").expect(OK).expect_text("nothing was extended")


def test_pcr_numbers_find_their_register():
    with state() as soft:
        done = soft.run("extend", "pcr:8", "--event", "kernel", "--json").expect(OK).object()
        tap.expect_equal(done["register"], "rtmr2", "the register of PCR 8")


def test_registers_are_listed():
    with state() as soft:
        soft.run("extend", "rtmr0", "--event", "a").expect(OK)
        listed = soft.run("registers", "list", "--json").expect(OK).object()
        runtime = [r for r in listed["registers"] if r["kind"] == "runtime"]
        tap.expect_equal([r["name"] for r in runtime], ["rtmr0", "rtmr1", "rtmr2", "rtmr3"], "runtime registers")
        # spec: UEFI 2.10, 38.4.1: the PCRs of each RTMR
        tap.expect_equal([r["pcrs"] for r in runtime], ["1,7", "2-6", "8-15", ""], "the PCR map")
        tap.expect_equal({tuple(r["banks"]) for r in runtime}, {("sha384",)}, "banks")
        text = soft.run("registers").expect(OK)
        text.expect_text(*(r["name"] for r in listed["registers"]), soft.value("rtmr0").hex())
        tap.expect_equal(text.out, soft.run("registers", "list").expect(OK).out, "registers and registers list")


def test_a_locked_register_stays_as_it_is():
    with state("--soft-preset", "nsm") as soft:
        open_one = next(r["name"] for r in soft_registers(soft) if r["kind"] == "runtime" and not r["is_locked"])
        soft.run("extend", open_one, "--event", "a").expect(OK)
        locked = soft.run("registers", "lock", open_one, "--json").expect(OK).object()
        tap.expect_equal(locked["register"]["is_locked"], True, "the lock")
        with unchanged(soft):
            soft.run("extend", open_one, "--event", "b").expect_problem(REFUSED, f"{open_one} is locked")
            soft.run("registers", "lock", open_one).expect_problem(REFUSED, f"{open_one} is locked already")
        soft.run("registers").expect(OK).expect_text("locked")


def test_a_register_without_lock_says_so():
    with state() as soft:
        soft.run("extend", "rtmr0", "--event", "a").expect(OK)
        with unchanged(soft):
            soft.run("registers", "lock", "rtmr0").expect_problem(UNAVAILABLE, "rtmr0 can't be locked")
            soft.run("registers", "lock", "rtmr7").expect_problem(USAGE, "unknown register rtmr7: there are rtmr0 to rtmr3")


def test_registers_of_a_state_that_is_not_there():
    with folder() as path:
        soft = State(os.path.join(path, "none"))
        soft.run("registers").expect_problem(UNAVAILABLE, "tally extend")
        tap.expect_equal(os.path.exists(soft.path), False, "a directory that reading created")


def test_presets_have_the_registers_of_their_provider():
    for preset, name, banks in (("tdx", "rtmr3", ["sha384"]), ("cca", "rem3", ["sha256"]),
                                ("nsm", "pcr16", ["sha384"]), ("tpm", "pcr23", ["sha1", "sha256", "sha384"])):
        with state("--soft-preset", preset) as soft:
            found = {r["name"]: r for r in soft_registers(soft)}
            tap.expect_equal(found[name]["banks"], banks, f"banks of {preset} {name}")
            soft.run("extend", name, "--event", "a").expect(OK)


if __name__ == "__main__":
    tap.main(globals())
