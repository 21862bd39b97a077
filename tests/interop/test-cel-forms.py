#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""CEL-CBOR and CEL-JSON as others read them: well formed, deterministic, and the same records as in our listing."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import OK, run, state, tap  # noqa: E402

BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")
IMA = os.path.join(tap.ROOT, "tests", "vectors", "ima")
ALGORITHMS = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512", 18: "sm3-256"}
# Keys of a record, docs/formats/cel.md 2.
RECNUM, PCR, DIGESTS, TYPE, CONTENT, CC_MR = 0, 1, 3, 9, 10, 108
PCCLIENT = 5


def cbor():
    try:
        import cbor2
    except ImportError as error:
        raise tap.Skip("python3-cbor2 is missing") from error
    return cbor2


def logs():
    """(name, bytes): firmware's, IMA's, one of CC registers, and our own with all kinds of events."""
    for path in (os.path.join(BOOT, "log.bin"), os.path.join(BOOT, "ima.bin"), os.path.join(IMA, "templates.sha256.bin"),
                 os.path.join(IMA, "violations.sha384.txt")):
        with open(path, "rb") as file:
            yield path, file.read()
    with state("--soft-preset", "tdx") as soft:
        soft.run("extend", "rtmr3", "--event", "t\u00e4st \"\\\u2028", "--data", "hex:00ff").expect(OK)
        soft.run("extend", "rtmr0", "--event", "app", "--file", "/proc/self/exe", "--once").expect(OK)
        yield "own", soft.log()
        yield "ccel", soft.run("log", "export", "--format", "ccel").bytes


def converted(log, target):
    done = run("log", "convert", "-", "--to", target, stdin=log)
    tap.expect_equal(done.code, OK, f"conversion to {target}: {done.err}")
    return done.bytes


def listed(form):
    return run("log", "show", "-", "--json", stdin=form).expect(OK).objects()


def test_cbor_is_deterministic():
    cbor2 = cbor()
    for name, log in logs():
        form = converted(log, "cel-cbor")
        tap.expect_equal(cbor2.dumps(cbor2.loads(form), canonical=True), form, f"{name}, encoded again by its rules")


def test_cbor_says_what_we_list():
    cbor2 = cbor()
    for name, log in logs():
        form = converted(log, "cel-cbor")
        shown = listed(form)
        found = cbor2.loads(form)
        tap.expect_equal(len(found), len(shown), f"{name}: records")
        for record, line in zip(found, shown):
            index = {PCR: record.get(PCR), CC_MR: record.get(CC_MR)}
            tap.expect_equal(index[CC_MR if line["numbering"] == "cc-mr" else PCR], line["index"], f"{name}: index")
            tap.expect_equal(record[RECNUM], line["number"], f"{name}: number")
            tap.expect_equal(record[TYPE], line["content_type"], f"{name}: content type")
            digests = {ALGORITHMS[d[0]]: d[1].hex() for d in record[DIGESTS]}
            tap.expect_equal(digests, line["digests"], f"{name}: digests")
            if record[TYPE] == PCCLIENT:
                tap.expect_equal((record[CONTENT][0], record[CONTENT][1].hex()), (line["event_type"], line["content"]),
                                 f"{name}: event")


def unique(pairs):
    tap.expect_equal(len(dict(pairs)), len(pairs), "different names")
    return dict(pairs)


def test_json_is_compact_and_says_what_we_list():
    for name, log in logs():
        form = converted(log, "cel-json")
        shown = listed(form)
        found = json.loads(form, object_pairs_hook=unique)
        compact = ",\n".join(json.dumps(record, separators=(",", ":"), ensure_ascii=False) for record in found)
        tap.expect_equal(form.decode(), "[" + compact + "]\n", f"{name}, encoded again")
        tap.expect_equal(len(found), len(shown), f"{name}: records")
        for record, line in zip(found, shown):
            tap.expect_equal(record["ccmr" if line["numbering"] == "cc-mr" else "pcr"], line["index"], f"{name}: index")
            tap.expect_equal(record["recnum"], line["number"], f"{name}: number")
            digests = {d["hashAlg"]: d["digest"] for d in record["digests"]}
            tap.expect_equal(digests, line["digests"], f"{name}: digests")
            if record["content_type"] == "pcclient_std":
                tap.expect_equal(record["content"]["event_data"], line["content"], f"{name}: event")


if __name__ == "__main__":
    tap.main(globals())
