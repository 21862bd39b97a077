#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The status table: its numbers stand for ever, and each status that the code returns is expected by some test."""
import re

import tap

ROW = re.compile(r'^\tX\((\w+), (\d+), (\w+), "([^"]+)"\)', re.M)
# As released: append, never renumber. (The table itself is what users compiled against.)
RELEASED = """OK TRUNCATED TRAILING RESERVED UNSUPPORTED NO_SPACE OUT_OF_RANGE DUPLICATE DISORDER NOT_CANONICAL
UNKNOWN_ALGORITHM CHECKSUM INVALID UNKNOWN_REGISTER DIGEST_SIZE BANK_SET NONCE_SIZE TOO_LARGE PERMISSION LOCKED FULL
CONFLICT UNKNOWN HISTORY_LOST TRY_AGAIN NOT_APPLIED INDETERMINATE UNAVAILABLE NO_MEMORY SYSTEM DEADLINE CORRUPT CRYPTO
NOT_FOUND POLICY STATIC_REGISTER QUOTA""".split()
# The exit table of the program names every status, and produces none.
NOT_CODE = ("tests/", "bench/", "core/status.h", "cli/exit.c")


def table():
    return [(name, int(number), errno) for name, number, errno, _ in ROW.findall(tap.read("core/status.h"))]


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


def statuses_in(names):
    """TALLY_<NAME> of the table, as it occurs in the code of these files."""
    known = {name for name, _, _ in table()}
    used = set()
    for file in names:
        used |= set(re.findall(r"\bTALLY_([A-Z_]+)\b", without_comments(tap.read(file)))) & known
    return used


def test_numbers_stand_for_ever():
    rows = table()
    tap.expect_equal([name for name, _, _ in rows][:len(RELEASED)], RELEASED, "the names, in the order of their numbers")
    tap.expect_equal([number for _, number, _ in rows], list(range(len(rows))), "the numbers")


def test_errnos_keep_their_promise():
    """EIO means indeterminate and nothing else; some callers repeat EINTR and EAGAIN by themselves."""
    errnos = {name: errno for name, _, errno in table()}
    tap.expect_equal([name for name, errno in errnos.items() if errno == "EIO"], ["INDETERMINATE"], "statuses seen as EIO")
    tap.expect_none((name for name, errno in errnos.items() if errno in ("EINTR", "EAGAIN")), "statuses callers repeat")


def test_every_status_that_the_code_uses_is_expected_by_a_test():
    sources = tap.tracked_files(".c", ".h")
    used = statuses_in(name for name in sources if name.endswith(".c") and not name.startswith(NOT_CODE))
    tested = statuses_in(name for name in sources if name.startswith("tests/"))
    tap.expect_equal("TRUNCATED" in used, True, "the search finds a known status")
    tap.expect_none(sorted(used - tested), "statuses that no test produces")


if __name__ == "__main__":
    tap.main(globals())
