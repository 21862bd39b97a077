#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ask for a report with cctrusted_vm, unmodified: the report must carry the nonce (hex) that is the argument."""
import hashlib
import sys

from cctrusted_vm.sdk import CCTrustedVmSdk


def main():
    nonce = bytes.fromhex(sys.argv[1])
    report = CCTrustedVmSdk.inst().get_cc_report(nonce, b"", None)
    if report is None:
        sys.exit("cctrusted_vm has no report")
    if hashlib.sha512(nonce).digest() not in report.data:
        sys.exit("cctrusted_vm: the report has another nonce")


if __name__ == "__main__":
    main()
