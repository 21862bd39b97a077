#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that look for a SEV guest, unmodified: go-sev-guest, and the Rust crate tsm-report."""
from inside import PARALLEL, client, expect_success, main, parallel, reports_carry_their_nonces, tap

ATTEST = "go-sev-guest/attest"
TSM_REPORT = "tsm-report/tally-client-tsm-report"


def attest(*options):
    path = client(ATTEST)
    return lambda nonce: [path, "-in", nonce.hex(), "-inform", "hex", "-outform", "bin", *options]


def test_attest():
    reports_carry_their_nonces(attest(), 1)


def test_attest_at_a_level():
    reports_carry_their_nonces(attest("-vmpl", "2"), 1)


def test_attest_with_certificates():
    reports_carry_their_nonces(attest("-extended"), 1)


def test_attest_64_at_once():
    reports_carry_their_nonces(attest(), PARALLEL)


def test_tsm_report():
    expect_success(tap.run([client(TSM_REPORT)]), "tsm-report")


def test_tsm_report_64_at_once():
    for done in parallel([[client(TSM_REPORT)]] * PARALLEL):
        expect_success(done, "tsm-report")


if __name__ == "__main__":
    main(globals(), "--present-as", "sev_guest")
