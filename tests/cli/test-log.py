#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log show: our log read back as this file reads it, real logs as tpm2_eventlog reads them, and bad ones."""
import json
import os
import re
import shutil

from program import MALFORMED, OK, REFUSED, UNAVAILABLE, USAGE, event, folder, on_terminal, records, run, state, tap, without_rights

BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm", "log.bin")
IMA = os.path.join(tap.ROOT, "tests", "vectors", "ima")
ALGORITHMS = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512", 18: "sm3_256"}


def vectors():
    path = os.environ.get("TALLY_VECTORS")
    if not path:
        raise tap.Skip("TALLY_VECTORS is not set")
    return path


def shown(*arguments):
    return run("log", "show", *arguments, "--json").expect(OK).objects()


def filled(soft):
    soft.run("extend", "rtmr2", "--event", "first", "--data", "hex:00ff").expect(OK)
    soft.run("extend", "rtmr3", "--event", "app", "--file", "/proc/self/exe", "--once").expect(OK)
    soft.run("extend", "rtmr3", "--digest", "sha384:" + "07" * 48, "--event", "by-hand").expect(OK)
    soft.run("extend", "rtmr2", "--event", "last", "--type", "org.example").expect(OK)


def test_our_log_is_shown_as_it_is():
    with state() as soft:
        filled(soft)
        own = soft.run("log", "show", "--json").expect(OK).objects()
        expected = records(soft.log())
        tap.expect_equal(len(own), len(expected), "number of records")
        for found, record in zip(own, expected):
            tap.expect_equal((found["number"], found["index"], found["numbering"], found["content_type"]),
                             (record["number"], record["index"], "register", 5), "number and register")
            tap.expect_equal(found["digests"], {ALGORITHMS[k]: v.hex() for k, v in record["digests"].items()}, "digests")
            tap.expect_equal((found["event_type"], found["content"]), (record["type"], record["data"].hex()), "content")
            tap.expect_equal(found["is_measured"], record["type"] == 6, "what is measured")
        for found, record in zip(own[1:], expected[1:]):
            parts = event(record)
            tap.expect_equal([found["event"][key] for key in ("type", "name", "origin", "is_once")],
                             [parts[1].decode(), parts[2].decode(), parts[3].decode(), 6 in parts], "the event")
        tap.expect_equal([found.get("register") for found in own], ["rtmr0", "rtmr2", "rtmr3", "rtmr3", "rtmr2"], "registers")
        tap.expect_equal([found["event"]["is_authentic"] for found in own[1:]], [True, True, False, True], "authentic")
        tap.expect_equal(own[0]["control"]["word"], "header", "the first record")
        tap.expect_equal(own[0]["control"]["provider"], "soft", "the provider")
        tap.expect_equal(own, shown(soft.file("log")), "the own log and the same by its path")
        tap.expect_equal(own, run("log", "show", "-", "--json", stdin=soft.log()).expect(OK).objects(), "from a pipe")
        offsets = [found["offset"] for found in own] + [len(soft.log())]
        tap.expect_equal([b - a for a, b in zip(offsets, offsets[1:])], [found["size"] for found in own], "sizes")


def test_waiting_for_a_pipe_is_told_on_a_terminal_only():
    with state() as soft:
        soft.run("extend", "rtmr2", "--event", "app", "--data", "hex:00").expect(OK)
        pieces = [(soft.log()[:20], 1.2), (soft.log()[20:], 0.1)]
        code, seen = on_terminal("log", "show", "-", stdin=pieces)
        tap.expect_equal((code, "reading 1 s" in seen), (OK, True), f"exit code and progress in {seen!r}")
        code, seen = on_terminal("log", "show", "-", "--json", stdin=pieces)
        tap.expect_equal((code, "reading" in seen), (OK, False), f"exit code and progress with --json in {seen!r}")


def test_text_names_what_was_measured():
    with state() as soft:
        filled(soft)
        soft.run("log", "show").expect(OK).expect_text("[header]", "first", "00ff", "once", "by-hand", "digest-only",
                                                       "org.example", "5 records (tally), 4 of them measured")


def test_registers_select_records():
    with state() as soft:
        filled(soft)
        for selection, expected in (("rtmr3", [2, 3]), ("rtmr0,rtmr3", [0, 2, 3]), ("rtmr1", []), ("rtmr0-2", [0, 1, 4]),
                                    ("rtmr0-3", [0, 1, 2, 3, 4]), ("pcr:8", [1, 4])):
            found = soft.run("log", "show", "--register", selection, "--json").expect(OK).objects()
            tap.expect_equal([record["number"] for record in found], expected, selection)
        found = soft.run("log", "show", "--register", "rtmr0", "--register", "rtmr2", "--json").expect(OK).objects()
        tap.expect_equal([record["number"] for record in found], [0, 1, 4], "two options")
        for wrong in ("rtmr4", "rtmr2-9", "rtmr3-1", "rtmr", "", "rtmr0,"):
            soft.run("log", "show", "--register", wrong).expect_problem(USAGE, "unknown register", "rtmr0 to rtmr3")


def test_contents_do_not_steer_the_terminal():
    evil = "\x1b]0;title\a \u202egpj.exe \u009b2J back\\slash\n".encode()
    with state() as soft:
        soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=evil).expect(OK)
        soft.run("extend", "rtmr2", "--event", "y", "--data", "-", stdin="\u202egpj \\ \u200bz".encode()).expect(OK)
        done = soft.run("log", "show").expect(OK)
        if any(c in done.out for c in "\x1b\x07\u202e\u009b\u200b"):
            raise tap.Failure(f"shown as it is: {done.out!r}")
        done.expect_text("\\u{202e}gpj \\\\ \\u{200b}z")
        tap.expect_equal(soft.run("log", "show", "--json").expect(OK).objects()[1]["event"]["data"], evil.hex(), "JSON")


def test_imas_lists_are_shown():
    with open(os.path.join(IMA, "expected.json"), encoding="ascii") as file:
        answers = json.load(file)
    for name in ("templates", "violations"):
        for ending in ("bin", "txt"):
            found = shown(os.path.join(IMA, f"{name}.sha384.{ending}"))
            expected = answers[name]["records"]
            tap.expect_equal([(record["index"], record["ima"]["template"], record["digests"]) for record in found],
                             [(record["pcr"], record["template"], record["digests"]) for record in expected], "records")
            tap.expect_equal([record["ima"]["is_violation"] for record in found].count(True),
                             answers[name]["violations"], "violations")
    fields = shown(os.path.join(IMA, "templates.sha1.bin"))[9]["ima"]["fields"]
    tap.expect_equal([field["field"] for field in fields], ["d-ng", "n-ng", "evmsig", "xattrnames", "xattrlengths",
                                                            "xattrvalues", "iuid", "igid", "imode"], "fields of evm-sig")
    tap.expect_equal((fields[1]["text"], fields[6]["number"]), ("/bin/true", 1000), "a name and a number")
    run("log", "show", os.path.join(IMA, "violations.sha1.txt")).expect(OK).expect_text(
        "violation /var/log/wtmp", "ima-ng", "sha256:000102030405.. /bin/true", "4 records (ima-ascii)")


def test_a_relabelled_event_is_marked():
    with state() as soft, folder() as path:
        soft.run("extend", "rtmr2", "--event", "benign").expect(OK)
        soft.run("log", "show").expect(OK)
        forged = soft.log().replace(b"benign", b"malign")
        with open(f"{path}/log", "wb") as file:
            file.write(forged)
        run("log", "show", f"{path}/log").expect(OK).expect_text("malign", "not what its digest was made from")
        tap.expect_equal(shown(f"{path}/log")[1]["event"]["is_authentic"], False, "is_authentic")


def test_a_log_that_is_not_there():
    with folder() as path:
        run("log", "show", "--dir", f"{path}/none").expect_problem(UNAVAILABLE, f"no log at {path}/none/log")
        run("log", "show", f"{path}/none").expect_problem(USAGE, "the log can't be opened", "No such file")
        tap.expect_equal(os.listdir(path), [], "what stands in the folder")
    run("log").expect_problem(USAGE, "needs to be told what to do: show")
    run("log", "print").expect_problem(USAGE, "needs to be told what to do: show")
    run("log", "show", "a", "b").expect_problem(USAGE, "one log at most")


def test_a_directory_at_rest_needs_its_log_only():
    with state() as soft:
        filled(soft)
        own = soft.run("log", "show", "--json").expect(OK).objects()
        for name in os.listdir(soft.path):
            if name != "log":
                os.remove(soft.file(name))
        tap.expect_equal(shown("--dir", soft.path), own, "the log of a directory at rest")
        tap.expect_equal(sorted(os.listdir(soft.path)), ["log"], "what stands there afterwards")


def test_an_unfinished_record_is_told():
    with state() as soft:
        filled(soft)
        own, log = soft.run("log", "show", "--json").expect(OK).objects(), soft.log()
        with open(soft.file("log"), "ab") as file:
            file.write(log[:9])
        soft.run("log", "show").expect(OK).expect_text("9 bytes of an unfinished record follow")
        tap.expect_equal(soft.run("log", "show", "--json").expect(OK).objects(), own, "the records")
        # As a file among others it is what it is: cut.
        done = run("log", "show", soft.file("log"), "--json")
        tap.expect_equal((done.code, len(done.objects())), (MALFORMED, len(own)), "whole records and then a refusal")


def test_damage_ends_the_log_where_it_is():
    with state() as soft:
        filled(soft)
        own = soft.run("log", "show", "--json").expect(OK).objects()
        at = own[3]["offset"]
        with open(soft.file("log"), "r+b") as file:
            file.seek(at)
            file.write(b"\x77")
        for arguments in ((soft.file("log"),), ("--dir", soft.path)):
            done = run("log", "show", *arguments).expect(MALFORMED)
            if f"the log can't be read at byte {at}: " not in done.err:
                raise tap.Failure(done.err)
            done = run("log", "show", *arguments, "--json").expect(MALFORMED)
            tap.expect_equal([r["number"] for r in done.objects()], [0, 1, 2], "records before the damage")


def tpm2_eventlog(path):
    """(PCR, {algorithm: digest}) of every event but the header, as tpm2-tools has them."""
    if not shutil.which("tpm2_eventlog"):
        raise tap.Skip("tpm2_eventlog is missing")
    done = tap.run(["tpm2_eventlog", path])
    tap.expect_equal(done.returncode, 0, "exit code of tpm2_eventlog")
    found = []
    for text in re.split(r"^- EventNum: ", done.stdout.split("\npcrs:")[0], flags=re.M)[2:]:
        digests = dict(re.findall(r"- AlgorithmId: (\w+)\n\s+Digest: \"(\w+)\"", text))
        found.append((int(re.search(r"PCRIndex: (\d+)", text)[1]), digests))
    return found


def test_a_recorded_boot_is_what_tpm2_eventlog_sees():
    expected = tpm2_eventlog(BOOT)
    found = shown(BOOT)
    tap.expect_equal([(record["index"], record["digests"]) for record in found], expected, "events")
    tap.expect_equal({record["numbering"] for record in found}, {"pcr"}, "numbering")
    tap.expect_equal([record["register"] for record in found], [f"pcr{index}" for index, _ in expected], "registers")
    tap.expect_equal([r["number"] for r in shown(BOOT, "--register", "pcr4")],
                     [number for number, (index, _) in enumerate(expected, 1) if index == 4], "records of PCR 4")


def test_a_recorded_boot_in_words():
    run("log", "show", BOOT).expect(OK).expect_text('"SecureBoot", 1 bytes', '"kernel", 11655104 bytes', "EV_SEPARATOR",
                                                    '"Exit Boot Services Returned with Success"', "Linux initrd",
                                                    "25 records (tcg2), 25 of them measured")


def test_formats_are_found_out_or_named():
    with state() as soft, folder() as path:
        filled(soft)
        run("log", "show", soft.file("log"), "--format", "tally").expect(OK)
        run("log", "show", BOOT, "--format", "tcg2").expect(OK)
        run("log", "show", BOOT, "--format", "elf").expect_problem(USAGE, "unknown format elf", "tcg2")
        done = run("log", "show", BOOT, "--format", "cel-tlv").expect(MALFORMED)
        if "the log can't be read at byte 0" not in done.err:
            raise tap.Failure(done.err)
        for name, content in (("text", b"this is no log\n" * 9), ("zeros", bytes(4096)), ("noise", os.urandom(512))):
            with open(f"{path}/{name}", "wb") as file:
                file.write(content)
            run("log", "show", f"{path}/{name}").expect(MALFORMED)
        run("log", "show", "hex:").expect_problem(MALFORMED, "the log is empty")
        run("log", "show", "hex:0g").expect_problem(USAGE, "the log is not hex")


def test_real_logs_are_shown():
    root = vectors()
    for folder_name, ending in (("ccel", ".ccel.bin"), ("tpm-eventlog", ".bin"), ("cel", ".cel")):
        for name in sorted(os.listdir(os.path.join(root, folder_name))):
            if name.endswith(ending) and "short_no_action" not in name:
                path = os.path.join(root, folder_name, name)
                text = run("log", "show", path).expect(OK).out
                if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text):
                    raise tap.Failure(f"{path}: control characters in the text")
                shown(path)


def test_malformed_logs_are_refused():
    root = os.path.join(vectors(), "malformed")
    for name in sorted(os.listdir(root)):
        # An event without data is no fault: the manifest says so.
        if re.search(r"ccel|tpmlog|eventlog", name) and "event-size-zero" not in name:
            done = run("log", "show", os.path.join(root, name), "--json")
            tap.expect_equal(done.code, MALFORMED, f"exit code for {name}")


def test_a_prefix_is_refused_or_a_shorter_log():
    """Every prefix is tried where the readers are tested; here it is what the program makes of some."""
    with state() as soft, folder() as path:
        filled(soft)
        log = soft.log()
        ends = {r["offset"] for r in soft.run("log", "show", "--json").expect(OK).objects()[1:]} | {len(log)}
        for size in sorted(ends | {end - 1 for end in ends} | {end + 1 for end in ends if end < len(log)}):
            with open(f"{path}/log", "wb") as file:
                file.write(log[:size])
            done = run("log", "show", f"{path}/log", "--json")
            tap.expect_equal(done.code, OK if size in ends else MALFORMED, f"exit code for {size} bytes")


def test_without_rights():
    with folder() as path:
        os.chmod(path, 0o755)
        with open(f"{path}/log", "wb"):
            os.chmod(f"{path}/log", 0)
        run("log", "show", f"{path}/log", **without_rights()).expect_problem(REFUSED, "Permission denied")


if __name__ == "__main__":
    tap.main(globals())
