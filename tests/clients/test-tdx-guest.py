#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that look for a TDX guest, unmodified: go-tdx-guest of two years, go-configfs-tsm, cctrusted_vm."""
import hashlib
import os
import tempfile

from inside import MEASUREMENTS, PARALLEL, client, expect_success, main, parallel, reports_carry_their_nonces, tap

OLD = "go-tdx-guest-0.3.1/attest"
NEW = "go-tdx-guest/attest"
EXTEND = "go-tdx-guest/extend"
CONFIGFS = "go-configfs-tsm/go-configfs-tsm"
PYTHON = "cctrusted-vm/bin/python"
ASK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cctrusted-vm", "ask.py")
# Without rtmrs/, go-tdx-guest turns to the files of newer kernels: its tree is hidden from one command.
WITHOUT_TREE = ["unshare", "--mount", "sh", "-ec", "mount -t tmpfs none /sys/kernel/config/tsm; exec \"$@\"", "sh"]


def attest(name):
    path = client(name)
    return lambda nonce: [path, "-in", nonce.hex(), "-inform", "hex", "-outform", "bin"]


def value(index):
    with open(f"{MEASUREMENTS}/rtmr{index}:sha384", "rb") as file:
        return file.read()


def extended(old, content, times=1):
    for _ in range(times):
        old = hashlib.sha384(old + hashlib.sha384(content).digest()).digest()
    return old


def extend(index, content, before=()):
    """go-tdx-guest's tool, once."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return tap.run([*before, client(EXTEND), "-in", file.name, "-rtmr", str(index)])


def test_attest_0_3_1():
    reports_carry_their_nonces(attest(OLD), 1)


def test_attest_0_3_1_64_at_once():
    reports_carry_their_nonces(attest(OLD), PARALLEL)


def test_attest_2026():
    reports_carry_their_nonces(attest(NEW), 1)


def test_attest_2026_64_at_once():
    reports_carry_their_nonces(attest(NEW), PARALLEL)


def test_extend_in_rtmrs():
    for index in (2, 3):
        expected = extended(value(index), b"an event log")
        expect_success(extend(index, b"an event log"), "extend")
        tap.expect_equal(value(index).hex(), expected.hex(), f"RTMR {index}")
    tap.expect_equal(len(os.listdir("/sys/kernel/config/tsm/rtmrs")), 2, "entries that extend made")


def test_extend_in_measurements():
    expected = extended(value(2), b"another event log")
    expect_success(extend(2, b"another event log", WITHOUT_TREE), "extend")
    tap.expect_equal(value(2).hex(), expected.hex(), "RTMR 2")


def test_extend_64_at_once():
    for before in ([], WITHOUT_TREE):
        expected = extended(value(3), b"the same", PARALLEL)
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"the same")
            file.flush()
            for done in parallel([[*before, client(EXTEND), "-in", file.name, "-rtmr", "3"]] * PARALLEL):
                expect_success(done, "extend")
        tap.expect_equal(value(3).hex(), expected.hex(), "RTMR 3")


def test_extend_dev_mode_verify():
    for index in (2, 3):
        expect_success(tap.run([client(EXTEND), "-rtmr", str(index), "-dev-mode-verify"]), "extend -dev-mode-verify")


def test_go_configfs_tsm_report():
    expect_success(tap.run([client(CONFIGFS), "reports", "1"]), "go-configfs-tsm")


def test_go_configfs_tsm_report_64_at_once():
    expect_success(tap.run([client(CONFIGFS), "reports", str(PARALLEL)]), "64 goroutines")
    for done in parallel([[client(CONFIGFS), "reports", "1"]] * PARALLEL):
        expect_success(done, "go-configfs-tsm")


def test_go_configfs_tsm_rtmr():
    for index, pcrs in ((2, "8-15\n"), (3, "\n")):
        done = tap.run([client(CONFIGFS), "extend", str(index)])
        expect_success(done, "go-configfs-tsm extend")
        tap.expect_equal(done.stdout, pcrs, f"PCRs of RTMR {index}")


def test_go_configfs_tsm_rtmr_of_the_firmware():
    for index in (0, 1):
        before = value(index)
        done = tap.run([client(CONFIGFS), "extend", str(index)])
        tap.expect_equal((done.returncode != 0, "operation not permitted" in done.stderr), (True, True), done.stderr)
        tap.expect_equal(value(index), before, f"RTMR {index}")


def ask(nonce):
    return [client(PYTHON), ASK, nonce.hex()]


def test_cctrusted_vm():
    expect_success(tap.run(ask(os.urandom(32))), "cctrusted_vm")


def test_cctrusted_vm_64_at_once():
    for done in parallel([ask(os.urandom(32)) for _ in range(PARALLEL)]):
        expect_success(done, "cctrusted_vm")


if __name__ == "__main__":
    main(globals(), "--soft-preset", "tdx", "--present-as", "tdx_guest", "--tdx-guest")
