#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How tools/check counts: each single test of a TAP report, and whatever a program did not report."""
import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile

import tap


def tool():
    """tools/check as a module."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("check", os.path.join(tap.ROOT, "tools/check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
    loader.exec_module(module)
    return module


def counted(runs):
    """The tally of these programs, as meson writes them into testlog.json."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
        for run in runs:
            log.write(json.dumps({"name": "x", "result": "OK", "duration": 1.0, "returncode": 0, "stdout": "", **run}) + "\n")
        log.flush()
        check = tool()
        tally = check.Tally()
        check.count_log(tally, log.name)
    return tally


def expect_counts(run, passed, failed, skipped):
    tally = counted([run])
    tap.expect_equal((tally.passed, len(tally.failed), len(tally.skipped)), (passed, failed, skipped), repr(run))
    return tally


def test_tap_tests_are_counted_one_by_one():
    expect_counts({"stdout": "1..3\nok 1 - a\nok 2 - b\nok 3\n"}, 3, 0, 0)
    expect_counts({"stdout": "1..1\nok 1 - a\n1..2\nok 1 - b\nok 2 - c\n"}, 3, 0, 0)


def test_a_failed_test_brings_its_diagnostics():
    tally = expect_counts({"stdout": "1..2\nok 1 - a\nnot ok 2 - b\n# 1 != 2\n", "returncode": 1}, 1, 1, 0)
    tap.expect_equal(tally.failed, [("x: b", ["# 1 != 2"])], "the failure")


def test_skips_are_recognised_in_every_form():
    expect_counts({"stdout": "1..1\nok 1 - a # SKIP no vectors\n"}, 0, 0, 1)
    expect_counts({"stdout": "1..1\nnot ok 1 # SKIP a\n", "result": "ERROR"}, 0, 0, 1)  # cmocka 1.1.5
    expect_counts({"stdout": "1..0 # SKIP no vectors\n"}, 0, 0, 1)
    expect_counts({"returncode": 77, "result": "SKIP"}, 0, 0, 1)


def test_a_program_that_ends_early_has_failed():
    expect_counts({"stdout": "1..3\nok 1 - a\n", "returncode": -6, "result": "ERROR"}, 1, 1, 0)
    expect_counts({"stdout": "1..3\nok 1 - a\n", "returncode": 0}, 1, 1, 0)
    expect_counts({"stdout": "1..1\nok 1 - a\n", "returncode": 23}, 1, 1, 0)  # a leak, found at the end


def test_a_program_without_tap_is_one_test():
    expect_counts({}, 1, 0, 0)
    expect_counts({"returncode": 1, "result": "FAIL"}, 0, 1, 0)
    expect_counts({"returncode": -15, "result": "TIMEOUT"}, 0, 1, 0)
    expect_counts({"returncode": -15, "result": "TIMEOUT", "stdout": "1..2\nok 1\nok 2\n"}, 2, 1, 0)


def test_programs_add_up():
    tally = counted([{"stdout": "1..2\nok 1\nnot ok 2\n"}, {}, {"returncode": 77}])
    tap.expect_equal((tally.passed, len(tally.failed), len(tally.skipped)), (2, 1, 1), "three programs")


if __name__ == "__main__":
    tap.main(globals())
