#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""evmctl replays IMA's lists to the PCRs that we replay them to, and knows other values for wrong ones."""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "house"))
import tap  # noqa: E402

# evmctl reads lists with SHA-1 digests, and computes those of another bank, as we do; it takes two files of PCRs, and
# can't read the longer values.
LISTS = os.path.join(tap.ROOT, "tests", "vectors", "ima")
RECORDED = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm", "ima.bin")
BANKS = {"sha1": 20, "sha256": 32}
MATCHED = "Matched per TPM bank calculated digest(s)."


def replayed(path):
    """{PCR: {bank: value}}, as tally says."""
    said = tap.run([os.environ["TALLY_BIN"], "replay", path, "--json"])
    tap.expect_equal(said.returncode, 0, f"tally replay: {said.stderr}")
    return {int(register["name"][3:]): register["value"] for register in json.loads(said.stdout)["registers"]
            if register["records"]}


def evmctl_agrees(path, pcrs):
    """Whether evmctl replays the list to these values in both banks."""
    tool = shutil.which("evmctl")
    if not tool:
        raise tap.Skip("evmctl (package ima-evm-utils) is not installed")
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for bank, size in BANKS.items():
            name = os.path.join(folder, bank)
            with open(name, "w", encoding="ascii") as file:
                for pcr in range(24):
                    value = bytes.fromhex(pcrs.get(pcr, {}).get(bank, "00" * size))
                    file.write(f"PCR-{pcr:02d}: {value.hex(' ').upper()}\n")
            arguments += ["--pcrs", f"{bank},{name}"]
        done = tap.run([tool, "ima_measurement", "--ignore-violations", *arguments, path])
    return done.returncode == 0 and MATCHED in done.stderr + done.stdout


def expect_same(path):
    pcrs = replayed(path)
    tap.expect_equal(evmctl_agrees(path, pcrs), True, f"evmctl has the same PCRs for {path}")
    wrong = {pcr: {bank: "01" + value[2:] for bank, value in banks.items()} for pcr, banks in pcrs.items()}
    tap.expect_equal(evmctl_agrees(path, wrong), False, f"evmctl has other PCRs for {path}")


def test_the_kernels_own_list():
    expect_same(RECORDED)


def test_every_template():
    expect_same(os.path.join(LISTS, "templates.sha1.bin"))


def test_the_first_template():
    expect_same(os.path.join(LISTS, "first.sha1.bin"))


def test_violations():
    expect_same(os.path.join(LISTS, "violations.sha1.bin"))


if __name__ == "__main__":
    tap.main(globals())
