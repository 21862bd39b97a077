#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ask for a report with cctrusted_vm, unmodified: the report must carry the nonce (hex) that is the argument.

Its init() reads the device, the registers in it and the boot log. The report is fetched by the method for confidential
VMs of every kind: that for TDX fetches in the same way and takes a quote apart, which a report of soft must never be.
"""
import hashlib
import sys

from cctrusted_vm.cvm import ConfidentialVM


def main():
    nonce = bytes.fromhex(sys.argv[1])
    machine = ConfidentialVM.inst()
    if machine is None:
        sys.exit("cctrusted_vm does not see a TDX guest")
    if not machine.boot_time_event_log or len(machine.imrs) != 4:
        sys.exit("cctrusted_vm sees no boot log, or not four registers")
    report = ConfidentialVM.get_cc_report(machine, nonce, None, None)
    if report is None:
        sys.exit("cctrusted_vm has no report")
    if hashlib.sha512(nonce).digest() not in report.data:
        sys.exit("cctrusted_vm: the report has another nonce")


if __name__ == "__main__":
    main()
