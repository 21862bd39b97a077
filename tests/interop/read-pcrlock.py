#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""systemd-pcrlock reads our exports: firmware's log and the userspace log, and what it writes of them replays to our registers."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import OK, folder, records, run, state, tap  # noqa: E402

NO_ACTION = 3
NAMES = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512"}


def pcrlock(firmware, userspace, path):
    """The records that it finds in both logs; its text."""
    tool = os.environ.get("PCRLOCK")
    if not tool:
        raise tap.Skip(os.environ.get("PCRLOCK_MISSING", "PCRLOCK names no program"))
    nothing = os.path.join(path, "components")
    os.makedirs(nothing, exist_ok=True)
    done = tap.run([tool, "cel", "--json=short", "--no-pager", "--components=" + nothing],
                   env={**os.environ, "SYSTEMD_MEASURE_LOG_FIRMWARE": firmware, "SYSTEMD_MEASURE_LOG_USERSPACE": userspace})
    tap.expect_equal(done.returncode, 0, f"systemd-pcrlock: {done.stderr}")
    return json.loads(done.stdout), done.stdout


def seen(record):
    return record["pcr"], {d["hashAlg"]: d["digest"] for d in record["digests"]}


def measured(soft):
    return [record for record in records(soft.log()) if record["type"] != NO_ACTION]


def expected(soft):
    return [(r["index"], {NAMES[alg]: digest.hex() for alg, digest in r["digests"].items()}) for r in measured(soft)]


def exported(soft, target, path, name):
    out = os.path.join(path, name)
    tap.expect_equal(soft.run("log", "export", "--format", target, "--output", out).code, OK, f"export of {target}")
    return out


def replayed(text):
    """{register: values} of what tally makes of its output."""
    found = run("replay", "-", "--json", stdin=text.encode()).expect(OK).object()
    return {register["name"]: register["value"] for register in found["registers"] if register["records"]}


def test_firmware_log():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        for i, register in enumerate(["pcr0", "pcr7", "pcr11", "pcr0"]):
            soft.run("extend", register, "--event", f"event-{i}", "--data", f"hex:0{i}").expect(OK)
        found, text = pcrlock(exported(soft, "tcg2", path, "tcg2"), os.path.join(path, "nothing"), path)
        tap.expect_equal([seen(record) for record in found], expected(soft), "PCRs and digests")
        tap.expect_equal([record["content"]["event_data"] for record in found], [r["data"].hex() for r in measured(soft)],
                         "contents")
        for name, value in replayed(text).items():
            tap.expect_equal(value["sha256"], soft.value(name, "sha256").hex(), name)


def test_userspace_log():
    with state("--soft-preset", "tpm") as firmware, state("--soft-preset", "tpm") as soft, folder() as path:
        firmware.run("extend", "pcr0", "--event", "firmware", "--data", "hex:ff").expect(OK)
        for i, register in enumerate(["pcr11", "pcr12", "pcr15", "pcr11"]):
            soft.run("extend", register, "--event", f"event-{i}", "--data", f"hex:0{i}").expect(OK)
        found, text = pcrlock(exported(firmware, "tcg2", path, "tcg2"), exported(soft, "systemd", path, "systemd"), path)
        tap.expect_equal([seen(record) for record in found], expected(firmware) + expected(soft), "PCRs and digests")
        values = replayed(text)
        tap.expect_equal(sorted(values), ["pcr0", "pcr11", "pcr12", "pcr15"], "registers")
        for name, value in values.items():
            owner = firmware if name == "pcr0" else soft
            tap.expect_equal(value["sha256"], owner.value(name, "sha256").hex(), name)


def test_a_log_that_is_cut_off_is_refused():
    """A reader that accepts anything would prove nothing."""
    with state("--soft-preset", "tpm") as soft, folder() as path:
        soft.run("extend", "pcr11", "--event", "event", "--data", "hex:00").expect(OK)
        log = exported(soft, "tcg2", path, "tcg2")
        with open(log, "r+b") as file:
            file.truncate(os.path.getsize(log) - 1)
        try:
            pcrlock(log, os.path.join(path, "nothing"), path)
        except tap.Failure:
            return
        raise tap.Failure("systemd-pcrlock reads a log that is cut off")


if __name__ == "__main__":
    tap.main(globals())
