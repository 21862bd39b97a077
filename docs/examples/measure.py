#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measure a file, print its record, and write evidence: measure.py REGISTER FILE NONCE-IN-HEX EVIDENCE-FILE"""
import os
import sys

import tally


def main(register, path, nonce, output):
    with tally.open(os.environ.get("TALLY_PROVIDER"), os.environ.get("TALLY_DIR")) as authority:
        measured = authority.extend(register, os.path.basename(path), file=path)
        evidence = authority.evidence(bytes.fromhex(nonce))
        print(next(record for record in authority.records() if record.number == measured.number))
    with open(output, "wb") as file:
        file.write(evidence)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except tally.TallyError as error:
        sys.exit(f"measure.py: {error}\n{error.hint}")
