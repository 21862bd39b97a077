# SPDX-License-Identifier: BSD-2-Clause
"""Measure a confidential VM, log what was measured, and let someone else check it: libtally in Python.

    with tally.open() as authority:
        authority.extend("rtmr2", "app", file="/usr/bin/app")
        evidence = authority.evidence(nonce)
    verdict = tally.verify(evidence, policy, nonce)
"""
from .authority import Authority, Extended, Recovered, Register, Report, Trimmed, Value, open, recover
from .errors import Status, TallyError
from .hashing import digest_fd, digest_file
from .log import Exported, Record, Records, read_log
from .verifier import Reason, Verdict, verify
from .version import version

__all__ = ["Authority", "Exported", "Extended", "Reason", "Record", "Records", "Recovered", "Register", "Report", "Status",
           "TallyError", "Trimmed", "Value", "Verdict", "digest_fd", "digest_file", "open", "read_log", "recover", "verify",
           "version"]
