#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tpm2_eventlog reads the TCG2 log that we write, sees the same events in it and replays it to the same PCRs."""
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "house"))
import tap  # noqa: E402

# tpm2_eventlog 5.4 extends the zero digests of EV_NO_ACTION, which stands in no PCR but this.
NO_ACTION_PCR = 16
WRITER = sys.argv[1] if len(sys.argv) > 1 else "write-tcg2"
EVENT = re.compile(r"PCRIndex: (\d+)\n\s+EventType: (\w+)\n.*?EventSize: (\d+)\n", re.S)
ZERO = re.compile(r"0+$")


def written_log():
    """(events, {(bank, PCR): value}, output of tpm2_eventlog): what the writer says, and what the other reads."""
    tool = shutil.which("tpm2_eventlog")
    if not tool:
        raise tap.Skip("tpm2_eventlog is not installed")
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        said = tap.run([WRITER, log])
        tap.expect_equal(said.returncode, 0, f"write-tcg2: {said.stderr}")
        read = tap.run([tool, log])
        tap.expect_equal(read.returncode, 0, f"tpm2_eventlog: {read.stderr}")
    lines = [line.split() for line in said.stdout.splitlines()]
    events = [(int(pcr), name, int(size)) for kind, pcr, name, size in lines if kind == "event"]
    pcrs = {(bank, int(pcr)): value for kind, bank, pcr, value in lines if kind == "pcr"}
    return events, pcrs, read.stdout


def test_the_events_are_the_same():
    events, _, output = written_log()
    seen = [(int(pcr), name, int(size)) for pcr, name, size in EVENT.findall(output.split("\npcrs:")[0])]
    # The first is the header, which the writer does not list.
    tap.expect_equal(seen[1:], events, "events")
    tap.expect_equal("vendorInfo: \"74616c6c79\"" in output, True, "the header's vendor info is there")


def test_the_pcrs_are_the_same():
    _, pcrs, output = written_log()
    seen, bank = {}, None
    for line in output.split("\npcrs:\n")[1].splitlines():
        found = re.match(r"\s+(\d+)\s*: 0x([0-9a-f]+)$", line)
        if found:
            seen[bank, int(found[1])] = found[2]
        else:
            bank = line.strip().rstrip(":")
    tap.expect_equal(len(seen) >= 7 * 4, True, "tpm2_eventlog tells the PCRs of four banks")
    for place, value in seen.items():
        if place[1] == NO_ACTION_PCR:
            continue
        tap.expect_equal(pcrs[place], value, f"{place[0]} PCR {place[1]}")
    # It tells only the PCRs that were extended.
    tap.expect_none((place for place, value in pcrs.items() if place not in seen and not ZERO.match(value)),
                    "PCRs that tpm2_eventlog did not extend")


if __name__ == "__main__":
    tap.main(globals())
