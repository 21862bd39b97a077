#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log convert and export: what comes back, what others read, and what is refused without half a file."""
import json
import os
import re
import shutil

from program import MALFORMED, OK, REFUSED, USAGE, Result, elements, folder, records, run, state, tap

EVERYTHING = ("cel-json", "cel-cbor")


def converted(source, target, folder_path):
    """The bytes of source in the format of target; standard error says how many records they are."""
    path = os.path.join(folder_path, "out." + target)
    done = run("log", "convert", source, "--to", target, "--output", path)
    if done.code != OK:
        return done
    tap.expect_equal(re.match(r"\d+ records written as " + target, done.err) is not None, True, "what is told")
    with open(path, "rb") as file:
        return file.read()


def filled(soft, register="rtmr3"):
    soft.run("extend", register, "--event", "first", "--data", "hex:00ff").expect(OK)
    soft.run("extend", register, "--event", "app", "--file", "/proc/self/exe").expect(OK)


def values(path):
    found = run("replay", path, "--json").expect(OK).object()
    return [(register["name"], register["value"]) for register in found["registers"]]


def test_our_log_comes_back_byte_by_byte():
    for preset in ("tdx", "tpm", "cca"):
        with state("--soft-preset", preset) as soft, folder() as path:
            filled(soft, {"tdx": "rtmr3", "tpm": "pcr8", "cca": "rem1"}[preset])
            for target in EVERYTHING:
                copy = os.path.join(path, target)
                with open(copy, "wb") as file:
                    file.write(converted(soft.file("log"), target, path))
                tap.expect_equal(converted(copy, "tally", path), soft.log(), f"{preset}: {target} and back")
                tap.expect_equal(values(copy), values(soft.file("log")), f"{preset}: replay of {target}")
                shown = [run("log", "show", name, "--json").expect(OK).objects() for name in (copy, soft.file("log"))]
                for a, b in zip(*shown):
                    for key in ("number", "register", "numbering", "content", "digests", "event", "control"):
                        tap.expect_equal(a.get(key), b.get(key), key)


def test_cel_json_is_json():
    with state() as soft, folder() as path:
        filled(soft)
        parsed = json.loads(converted(soft.file("log"), "cel-json", path))
        for found, record in zip(parsed, records(soft.log())):
            tap.expect_equal(found["recnum"], record["number"], "number")
            tap.expect_equal(found["pcr"], record["index"], "register")
            tap.expect_equal(found["content"]["event_data"], record["data"].hex(), "content")
            tap.expect_equal([d["digest"] for d in found["digests"]], [d.hex() for d in record["digests"].values()], "digests")


def little(data, at, size=4):
    return int.from_bytes(data[at:at + size], "little")


def tcg2_events(log):
    """[(index, type, {algorithm: digest}, event)] behind the header, as the PC Client specification has them."""
    at = 32 + little(log, 28)
    sizes = {4: 20, 11: 32, 12: 48, 13: 64, 18: 32}
    found = []
    while at < len(log) and log[at:at + 4] != b"\xff" * 4:
        index, kind, count = little(log, at), little(log, at + 4), little(log, at + 8)
        at += 12
        digests = {}
        for _ in range(count):
            algorithm = little(log, at, 2)
            digests[algorithm] = log[at + 2:at + 2 + sizes[algorithm]]
            at += 2 + sizes[algorithm]
        size = little(log, at)
        found.append((index, kind, digests, log[at + 4:at + 4 + size]))
        at += 4 + size
    return found


def measured(log):
    return [record for record in records(log) if record["type"] != 3]


def test_exports_count_registers_as_their_readers_do():
    with state("--soft-preset", "tdx") as soft, folder() as path:
        filled(soft, "rtmr3")
        filled(soft, "rtmr0")
        expected = [(r["index"] + 1, 6, r["digests"], r["data"]) for r in measured(soft.log())]
        for target in ("ccel", "aael"):
            done = soft.run("log", "export", "--format", target, "--output", os.path.join(path, target))
            tap.expect_equal((done.code, "control records left out" in done.err), (OK, True), "the export")
            with open(os.path.join(path, target), "rb") as file:
                log = file.read()
            tap.expect_equal(tcg2_events(log), expected, target)
            tap.expect_equal(values(os.path.join(path, target))[:4], values(soft.file("log"))[:4], f"replay of {target}")
        tap.expect_equal((log[:8], log[32:56], log[-8:]), (b"\0\0\0\0\3\0\0\0", bytes(24), b"\xff" * 8), "CoCo's form")
        soft.run("log", "export", "--format", "cel-tlv", "--output", os.path.join(path, "cel"))
        with open(os.path.join(path, "cel"), "rb") as file:
            found = elements(file.read())
        tap.expect_equal([tag for tag, _ in found], [0, 108, 3, 5] * len(expected), "tags")
        tap.expect_equal([int.from_bytes(v, "big") for tag, v in found if tag == 0], list(range(len(expected))), "numbers")
        tap.expect_equal([v[0] for tag, v in found if tag == 108], [index for index, *_ in expected], "registers")


def test_tpm2_eventlog_reads_an_export():
    tool = shutil.which("tpm2_eventlog")
    if not tool:
        raise tap.Skip("tpm2_eventlog is not installed")
    with state("--soft-preset", "tpm") as soft, folder() as path:
        filled(soft, "pcr8")
        filled(soft, "pcr11")
        out = os.path.join(path, "tcg2")
        soft.run("log", "export", "--format", "tcg2", "--output", out)
        done = tap.run([tool, out])
        tap.expect_equal(done.returncode, 0, done.stderr)
        values_of = re.findall(r"^    +(\d+) *: 0x([0-9a-f]{64})$", done.stdout.split("pcrs:")[1].split("sha384")[0], re.M)
        tap.expect_equal(dict(values_of), {n: soft.value("pcr" + n, "sha256").hex() for n in ("8", "11")}, "SHA-256 PCRs")


def test_systemd_lines():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        filled(soft, "pcr11")
        out = os.path.join(path, "log")
        soft.run("log", "export", "--format", "systemd", "--output", out)
        with open(out, "rb") as file:
            pieces = file.read().split(b"\x1e")
        tap.expect_equal((pieces[0], all(piece.endswith(b"}\n") for piece in pieces[1:])), (b"", True), "framing")
        lines = [json.loads(piece) for piece in pieces[1:]]
        tap.expect_equal([line["pcr"] for line in lines], [11, 11], "PCRs")
        tap.expect_equal(["recnum" in line for line in lines], [False, False], "no numbers")
        tap.expect_equal([value for name, value in values(out) if name == "pcr11"],
                         [value for name, value in values(soft.file("log")) if name == "pcr11"], "replay")


def gap_record(number):
    """A control record that says gap: docs/formats/log.md, 3. What follows its signature is not looked at here."""
    def tlv(tag, value):
        return bytes([tag]) + len(value).to_bytes(4, "big") + value
    content = tlv(0, (3).to_bytes(4, "big")) + tlv(1, b"tally gap".ljust(16, b"\0"))
    return tlv(0, number.to_bytes(8, "big")) + tlv(1, b"\0") + tlv(3, tlv(12, bytes(48))) + tlv(5, content)


def test_what_cannot_be_said_leaves_no_file():
    with state("--soft-preset", "tdx") as soft, folder() as path:
        filled(soft)
        out, gap = os.path.join(path, "out"), os.path.join(path, "gap")
        with open(gap, "wb") as file:
            file.write(soft.log() + gap_record(len(records(soft.log()))))
        with open(out, "wb") as file:
            file.write(b"before")
        for arguments, phrase in (
                (("log", "convert", gap, "--to", "ccel"), "gap"),
                (("log", "convert", gap, "--to", "cel-tlv"), "gap"),
                (("log", "convert", soft.file("log"), "--to", "tcg2"), "not a PCR"),
                (("log", "convert", soft.file("log"), "--to", "systemd"), "not a PCR")):
            for redirect in (("--output", out), ()):
                done = run(*arguments, *redirect)
                done.expect_problem(REFUSED, phrase)
                tap.expect_equal(done.bytes, b"", "standard output")
        tap.expect_equal(sorted(os.listdir(path)), ["gap", "out"], "files")
        with open(out, "rb") as file:
            tap.expect_equal(file.read(), b"before", "the file that was there")
        tap.expect_equal(isinstance(converted(gap, "cel-json", path), bytes), True, "cel-json keeps a gap")
        cut = soft.log()[:-1]
        done = run("log", "convert", "-", "--to", "cel-json", stdin=cut)
        done.expect_problem(MALFORMED, "byte")
        tap.expect_equal(done.bytes, b"", "standard output")


def test_command_lines():
    for arguments in (("convert",), ("convert", "a", "--to", "pcap"), ("convert", "a"), ("export",),
                      ("export", "a", "--format", "tcg2"), ("export", "--format", "tcg-sha1"),
                      ("convert", "a", "--to", "tcg2", "--register", "pcr1"), ("show", "a", "--to", "tcg2")):
        run("log", *arguments).expect_problem(USAGE)
    run("log", "convert", "/nowhere", "--to", "cel-json").expect(USAGE)


def vector_logs():
    root = os.environ.get("TALLY_VECTORS")
    if not root:
        raise tap.Skip("TALLY_VECTORS is not set")
    for name, ending in (("tpm-eventlog", ".bin"), ("ccel", ".ccel.bin"), ("cel", ".cel"), ("cel", ".json")):
        for file in sorted(os.listdir(os.path.join(root, name))):
            if file.endswith(ending) and not file.endswith(".expected.json"):
                yield os.path.join(root, name, file)


# An event of no PCR, 0xffffffff: CEL has no such number.
UNSAID = {"go-attestation-option_rom.bin"}
# No event is measured, so nothing in CEL tells the banks.
WITHOUT_BANKS = {"go-attestation-short_no_action.bin", "tpm2-tools-specid-vendordata.bin"}


def test_real_logs_come_back():
    same = 0
    for log in vector_logs():
        with folder() as path:
            forms = {}
            for target in (*EVERYTHING, "cel-tlv"):
                data = converted(log, target, path)
                if isinstance(data, Result):
                    tap.expect_equal((data.code, os.path.basename(log) in UNSAID), (REFUSED, True), f"{log}: {data.err}")
                    continue
                forms[target] = os.path.join(path, target)
                with open(forms[target], "wb") as file:
                    file.write(data)
                expected = [] if os.path.basename(log) in WITHOUT_BANKS else values(log)
                tap.expect_equal(values(forms[target]), expected, f"{log}: replay of {target}")
            listings = {target: converted(form, "cel-json", path) for target, form in forms.items()}
            tap.expect_equal(len(set(listings.values())) <= 1, True, f"{log}: the same records in every form")
            back = "ccel" if log.endswith(".ccel.bin") else "tcg2"
            again = converted(forms["cel-json"], back, path) if forms and log.endswith(".bin") else None
            with open(log, "rb") as file:
                original = file.read()
            # A CCEL's area is filled up behind its last event.
            same += isinstance(again, bytes) and original[:len(again)] == again
    tap.expect_equal(same > 30, True, f"firmware logs that come back byte by byte: {same}")


if __name__ == "__main__":
    tap.main(globals())
