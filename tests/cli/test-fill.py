#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log attach and tally log fill: what others logged explains what the log does not."""
import contextlib
import hashlib
import json
import os

from program import MALFORMED, NONCE, OK, REFUSED, REJECTED, UNAVAILABLE, USAGE, folder, run, state, tap, unchanged

BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")
LISTS = os.path.join(tap.ROOT, "tests", "vectors", "ima")


def ima_records():
    """(PCR, its digests) of each record of IMA's list, as Python has them."""
    with open(os.path.join(LISTS, "expected.json"), encoding="utf-8") as file:
        return [(int(r["pcr"]), r["digests"]) for r in json.load(file)["templates"]["records"]]


def extend_as_ima(soft, records):
    """IMA extends PCR 10 beside our log: our own log is put away meanwhile, so that it knows nothing of it."""
    keep = soft.file("log") + ".kept"
    log = soft.file("log")
    if os.path.exists(log):
        os.rename(log, keep)
    for pcr, digests in records:
        if pcr == 10:
            banks = ",".join(f"{bank}:{digests[bank]}" for bank in ("sha1", "sha256", "sha384"))
            soft.run("extend", "pcr10", "--digest", banks).expect(OK)
    for name in ("log", "intent", "cache"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(soft.file(name))
    if os.path.exists(keep):
        os.rename(keep, log)


def gap_of(soft):
    soft.run("extend", "pcr10", "--event", "pinning", "--data", "hex:00").expect(OK)
    gaps = [r["number"] for r in soft.run("log", "show", "--json").expect(OK).objects()
            if r.get("control", {}).get("word") == "gap"]
    return gaps[-1]


def policy(soft, path, pcr10):
    key = soft.run("doctor", "--json").expect(OK).object()["key"]
    registers = {f"soft.pcr{n}": [] for n in range(24)}
    registers["soft.pcr10"] = pcr10
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"tally-policy": 1, "soft": {"keys": [key]}, "registers": registers}, file)


def verdict(soft, path, pcr10, code):
    policy(soft, os.path.join(path, "policy"), pcr10)
    soft.run("evidence", "--nonce", NONCE, "--output", os.path.join(path, "evidence")).expect(OK)
    return run("verify", os.path.join(path, "evidence"), "--policy", os.path.join(path, "policy"), "--nonce", NONCE,
               "--json").expect(code).object()


def test_ima_explains_a_gap():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        soft.run("extend", "pcr10", "--event", "before", "--data", "hex:00").expect(OK)
        extend_as_ima(soft, ima_records()[:3])
        gap = gap_of(soft)
        origin = f"{os.getuid()}:{os.getgid()}"
        ours = [{"require": {"name": name, "origin": origin}} for name in ("before", "pinning")]
        names = [ours[0], {"require": {"origin": "ima", "name": "boot_aggregate"}}, {"ignore": {"count": 2}}, ours[1]]
        codes = {reason["code"] for reason in verdict(soft, path, names, REJECTED)["reasons"]}
        tap.expect_equal("log.gap" in codes, True, "a gap that nothing explains")
        told = soft.run("log", "fill", gap, os.path.join(LISTS, "templates.sha256.bin"), "--json").expect(OK).object()
        tap.expect_equal((told["log"], told["first"], told["count"], told["is_filled"]), ("segment.0", 0, 3, True), "the fill")
        found = verdict(soft, path, names, OK)
        tap.expect_equal([(j["kind"], j["proof"]) for j in found["jumps"]], [("gap", "foreign logs")], "jumps")
        tap.expect_equal([(e["source"], e["source_record"]) for e in found["ignored"]], [("segment.0", 1), ("segment.0", 2)],
                         "where ignored events stand")
        soft.run("log", "show").expect(OK).expect_text(f"gap {gap} is explained by 3 records from 0 on of segment.0")
        soft.run("doctor").expect(OK).expect_text("1, 1 of them filled")
        tap.expect_equal(soft.run("doctor", "--json").expect(OK).object()["log"]["filled_gaps"], 1, "filled gaps")


def boot_aggregate():
    """The one record of the boot's list: its digests, hashed from its template data."""
    with open(os.path.join(BOOT, "ima.bin"), "rb") as file:
        record = file.read()
    name_size = int.from_bytes(record[24:28], "little")
    data_size = int.from_bytes(record[28 + name_size:32 + name_size], "little")
    data = record[32 + name_size:]
    tap.expect_equal(len(data), data_size, "bytes of template data")
    return {bank: hashlib.new(bank, data).hexdigest() for bank in ("sha1", "sha256", "sha384")}


def test_a_boot_log_is_attached():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        extend_as_ima(soft, [(10, boot_aggregate())])
        soft.run("extend", "pcr10", "--event", "first", "--data", "hex:00").expect(OK)
        events = [{"ignore": {"count": 2}}]
        codes = {reason["code"] for reason in verdict(soft, path, events, REJECTED)["reasons"]}
        tap.expect_equal("log.base-unproven" in codes, True, "a base that nothing proves")
        with unchanged(soft):
            # The list of another machine; and one that has more.
            soft.run("log", "attach", os.path.join(LISTS, "templates.sha256.bin")).expect_problem(REFUSED, "does not fit")
        told = soft.run("log", "attach", os.path.join(BOOT, "ima.bin"), "--json").expect(OK).object()
        tap.expect_equal((told["first"], told["count"], told["registers"]), (0, 1, ["pcr10"]), "what was attached")
        found = verdict(soft, path, events, OK)
        tap.expect_equal([(j["kind"], j["proof"]) for j in found["jumps"]], [("base", "attached logs")], "jumps")
        with unchanged(soft):
            soft.run("log", "attach", os.path.join(BOOT, "ima.bin")).expect_problem(REFUSED, "already")


def test_refusals_change_nothing():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        extend_as_ima(soft, ima_records()[:3])
        soft.run("extend", "pcr10", "--event", "first", "--data", "hex:00").expect(OK)
        extend_as_ima(soft, ima_records()[5:6])
        gap = gap_of(soft)
        ima = os.path.join(LISTS, "templates.sha256.bin")
        cut = os.path.join(path, "cut")
        with open(ima, "rb") as file, open(cut, "wb") as part:
            part.write(file.read()[:50])
        with unchanged(soft):
            soft.run("log", "fill", gap).expect_problem(USAGE, "takes the number")
            soft.run("log", "fill", "gap", ima).expect_problem(USAGE, "whole number")
            soft.run("log", "fill", gap, ima, "--first", "1").expect_problem(USAGE, "--count")
            soft.run("log", "fill", gap, ima, "--partial").expect_problem(USAGE, "--first")
            soft.run("log", "fill", gap, os.path.join(path, "none")).expect_problem(USAGE, "none")
            soft.run("log", "fill", gap + 1, ima).expect_problem(USAGE, "no gap")
            soft.run("log", "fill", gap, cut).expect_problem(MALFORMED)
            soft.run("log", "fill", gap, ima, "--format", "tcg2").expect_problem(MALFORMED)
            soft.run("log", "fill", gap, ima, "--format", "tcg3").expect_problem(USAGE)
            soft.run("log", "fill", gap, ima, "--first", 0, "--count", 2).expect_problem(REFUSED, "where the gap ends")
            soft.run("log", "fill", gap, ima, "--first", 9, "--count", 99).expect_problem(REFUSED)
            soft.run("log", "fill", gap, os.path.join(BOOT, "log.bin")).expect_problem(REFUSED)
            soft.run("log", "fill", gap, soft.file("log")).expect_problem(REFUSED, "tally's own")
            soft.run("log", "attach", os.path.join(BOOT, "log.bin")).expect_problem(REFUSED, "does not fit")
            soft.run("log", "attach", cut).expect_problem(MALFORMED)
        if not os.path.exists("/sys/kernel/security/tpm0/binary_bios_measurements"):
            soft.run("log", "attach").expect_problem(UNAVAILABLE, "no boot log")


if __name__ == "__main__":
    tap.main(globals())
