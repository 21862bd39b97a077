#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""go-eventlog reads our exports, sees the events that were measured, and replays them to the registers of the machine."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import OK, folder, records, state, tap  # noqa: E402

NO_ACTION = 3
PCR, CC_MR = 1, 108


def peer(kind, log, values):
    """(its lines, whether it replays the log to the values)."""
    tool = os.environ.get("GO_EVENTLOG")
    if not tool:
        raise tap.Skip(os.environ.get("GO_EVENTLOG_MISSING", "GO_EVENTLOG names no program"))
    done = tap.run([tool, kind, log, *(f"{number}={value.hex()}" for number, value in values.items())])
    return [line.split(" ") for line in done.stdout.splitlines()], done.returncode == 0


def expect_replay(kind, log, values):
    """Its lines; it knows other values for wrong ones."""
    lines, is_equal = peer(kind, log, values)
    tap.expect_equal(is_equal, True, f"go-eventlog replays {kind}")
    for number, value in values.items():
        wrong = {**values, number: bytes([value[0] ^ 1]) + value[1:]}
        tap.expect_equal(peer(kind, log, wrong)[1], False, f"go-eventlog replays {kind} to another value of {number}")
    return lines


def exported(soft, target, path):
    name = os.path.join(path, target)
    tap.expect_equal(soft.run("log", "export", "--format", target, "--output", name).code, OK, f"export of {target}")
    return name


def measured(soft):
    return [record for record in records(soft.log()) if record["type"] != NO_ACTION]


def fill(soft, registers):
    for i, register in enumerate(registers):
        soft.run("extend", register, "--event", f"event-{i}", "--data", "hex:" + "a5" * (40 * i)).expect(OK)


def test_cc_registers():
    with state("--soft-preset", "tdx") as soft, folder() as path:
        fill(soft, ["rtmr3", "rtmr0", "rtmr3", "rtmr2"])
        values = {i: soft.value(f"rtmr{i}") for i in (0, 2, 3)}
        lines = expect_replay("cel", exported(soft, "cel-tlv", path), values)
        tap.expect_equal([(int(number), int(kind), int(index)) for number, kind, index, _ in lines],
                         [(i, CC_MR, r["index"] + 1) for i, r in enumerate(measured(soft))], "records of CEL")
        tap.expect_equal([line[3].endswith(r["data"].hex()) for line, r in zip(lines, measured(soft))], [True] * 4, "contents")


def test_firmware_form_of_cc_registers():
    with state("--soft-preset", "tdx") as soft, folder() as path:
        fill(soft, ["rtmr3", "rtmr0", "rtmr1", "rtmr3", "rtmr2"])
        values = {i: soft.value(f"rtmr{i}") for i in range(4)}
        lines = expect_replay("ccel", exported(soft, "ccel", path), values)
        expected = [(r["index"] + 1, r["type"], r["data"].hex()) for r in measured(soft)]
        tap.expect_equal([(int(index), int(kind), data) for index, kind, data in lines], expected, "events")


def test_pcrs():
    with state("--soft-preset", "tpm") as soft, folder() as path:
        fill(soft, ["pcr11", "pcr0", "pcr8", "pcr11"])
        values = {i: soft.value(f"pcr{i}", "sha256") for i in (0, 8, 11)}
        lines = expect_replay("cel", exported(soft, "cel-tlv", path), values)
        tap.expect_equal([(int(number), int(kind), int(index)) for number, kind, index, _ in lines],
                         [(i, PCR, r["index"]) for i, r in enumerate(measured(soft))], "records of CEL")
        lines = expect_replay("tcg2", exported(soft, "tcg2", path), values)
        tap.expect_equal([(int(index), int(kind), data) for index, kind, data in lines],
                         [(r["index"], r["type"], r["data"].hex()) for r in measured(soft)], "events")


if __name__ == "__main__":
    tap.main(globals())
