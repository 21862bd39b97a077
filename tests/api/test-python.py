#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Python binding: every function of the API, exceptions, the layout of its structs, and memory."""
import contextlib
import ctypes
import gc
import hashlib
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import types

import installed
from installed import BUILD, SANITIZERS, tap

BINDING = os.path.join(tap.ROOT, "bindings", "python")
NONCE = bytes(range(32))
STATUS_ROW = re.compile(r"^\tX\((\w+), (\d+),", re.M)
STRUCTS = {"CError": "tally_error", "CBank": "tally_bank", "CValue": "tally_value", "COptions": "tally_options",
           "CRegisterInfo": "tally_register_info", "CMeasurement": "tally_measurement", "CExtended": "tally_extended",
           "CRequest": "tally_request", "CReportInfo": "tally_report_info", "CRecordInfo": "tally_record_info",
           "CVerification": "tally_verification", "CPart": "tally_part", "CExported": "tally_exported",
           "CTrimmed": "tally_trimmed", "CRecovered": "tally_recovered"}

sys.dont_write_bytecode = True
sys.path.insert(0, BINDING)


def environment():
    """How an interpreter finds the library of this build, and its sanitizers if it has some."""
    preload = ""
    if SANITIZERS:
        preload = tap.run(["gcc", "-print-file-name=libasan.so"]).stdout.strip()
    return {**os.environ, "LD_LIBRARY_PATH": BUILD, "LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0",
            "PYTHONPATH": BINDING, "PYTHONDONTWRITEBYTECODE": "1", "TALLY_TEST_INSIDE": "1"}


@contextlib.contextmanager
def stick(preset=None):
    with tempfile.TemporaryDirectory() as folder, tally.open("soft", f"{folder}/soft", preset=preset) as authority:
        yield authority


@contextlib.contextmanager
def refused(status, error=None):
    """What is inside must fail with this status and a text, or with this exception."""
    try:
        yield
    except tally.TallyError as found:
        tap.expect_equal((found.status, bool(str(found)), type(found.hint)), (status, True, str), repr(found))
    except Exception as found:  # any other than the expected one is the failure
        tap.expect_equal(type(found), error, repr(found))
    else:
        raise tap.Failure(f"not refused: {status or error}")


def policy_of(authority, events):
    """A policy that accepts this state: values from the provider's own files, the key as a verifier would pin it."""
    spki = authority.report(NONCE).certificates
    statics = {f"soft.{register.name}": authority.read(register.name).banks["sha384"].hex()
               for register in authority.registers if not register.is_runtime}
    registers = {f"soft.rtmr{i}": [] for i in range(4)}
    registers["soft.rtmr2"] = events
    return {"tally-policy": 1, "soft": {"keys": ["sha256:" + hashlib.sha256(spki).hexdigest()]}, "claims": statics,
            "registers": registers}


def test_every_function_of_the_api_is_declared():
    mapped = {name for script in ("api/libtally.map", "api/libtally-verify.map")
              for name in re.findall(r"^\t(tally_\w+);$", tap.read(script), re.M)}
    tap.expect_equal(set(library.FUNCTIONS) | set(library.VERIFIER_FUNCTIONS), mapped, "functions")
    used = "".join(tap.read(name) for name in tap.tracked_files(".py") if name.startswith("bindings/python/"))
    tap.expect_none((name for name in mapped - {"tally_error_name", "tally_error_message"}
                     if not re.search(rf'(LIBRARY\.|call\("|Records\(\w+, "){name}\b', used)), "functions that nothing calls")


def test_statuses_are_those_of_the_table():
    table = {name: int(number) for name, number in STATUS_ROW.findall(tap.read("core/status.h"))}
    tap.expect_equal({status.name: int(status) for status in tally.Status}, table, "statuses")
    for status in tally.Status:
        tap.expect_equal(library.LIBRARY.tally_error_name(status).decode(), status.name, "name")


def test_structs_are_laid_out_as_in_C():
    lines = ["#include <stdio.h>", "#include <tally/tally.h>", "int main(void) {"]
    expected = []
    for name, struct in STRUCTS.items():
        fields = [field[0] for field in getattr(library, name)._fields_]
        lines.append(f'printf("{struct} %zu\\n", sizeof(struct {struct}));')
        expected.append(f"{struct} {ctypes.sizeof(getattr(library, name))}")
        for field in fields:
            lines.append(f'printf("{struct}.{field} %zu\\n", offsetof(struct {struct}, {field}));')
            expected.append(f"{struct}.{field} {getattr(getattr(library, name), field).offset}")
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/layout"
        installed.expect_success(tap.run(["cc", "-xc", "-", f"-I{tap.ROOT}/include", "-o", program],
                                         input="\n".join([*lines, "return 0; }"])), "cc")
        tap.expect_equal(tap.run([program]).stdout.splitlines(), expected, "layout in C, and in ctypes")


def test_registers():
    with stick() as authority:
        tap.expect_equal(authority.provider, "soft", "provider")
        tap.expect_equal(os.path.isdir(authority.directory), True, "directory")
        names = [register.name for register in authority.registers]
        tap.expect_equal(names[:4], ["rtmr0", "rtmr1", "rtmr2", "rtmr3"], "runtime registers")
        register = authority.registers[2]
        tap.expect_equal((register.number, register.is_runtime, register.signing, register.is_lockable),
                         (2, True, "value", False), "rtmr2")
        value = authority.read("rtmr2")
        tap.expect_equal((value.banks, value.is_locked), ({"sha384": bytes(48)}, False), "value")
        with refused(tally.Status.UNKNOWN_REGISTER):
            authority.read("rtmr9")
    with stick("nsm") as authority:
        authority.lock("pcr16")
        tap.expect_equal(authority.read("pcr16").is_locked, True, "locked")
        with refused(tally.Status.LOCKED):
            authority.extend("pcr16", "late")


def test_a_register_is_the_hash_of_its_records():
    """Computed by hashlib: record digest = H(content), register = H(old, digest)."""
    with stick() as authority, tempfile.NamedTemporaryFile() as file:
        file.write(b"content of a file")
        file.flush()
        first = authority.extend("rtmr2", "data", b"hello\0world", type="greeting", caller="7:8")
        authority.extend("rtmr2", "file", file=file.name)
        authority.extend("rtmr2", "digest", digest=hashlib.sha384(b"stream").digest(), timeout=5)
        authority.extend_digests("rtmr2", {"sha384": hashlib.sha384(b"alone").digest()}, "alone")
        records = [record for record in authority.records() if record.register == "rtmr2" and record.is_measured]
        tap.expect_equal([record.name for record in records], ["data", "file", "digest", "alone"], "names")
        value = bytes(48)
        for record in records:
            value = hashlib.sha384(value + record.digests["sha384"]).digest()
        tap.expect_equal(authority.read("rtmr2").banks["sha384"], value, "replayed by hashlib")
        for record in records[:3]:
            tap.expect_equal(record.digests["sha384"], hashlib.sha384(record.content).digest(), "digest")
            tap.expect_equal((record.is_event, record.is_authentic), (True, True), "an authentic event")
        tap.expect_equal((records[0].number, records[0].data, records[0].type, records[0].origin),
                         (first.number, b"hello\0world", "greeting", "7:8"), "the first record")
        tap.expect_equal(records[1].data_digest, ("sha384", hashlib.sha384(b"content of a file").digest()), "of the file")
        tap.expect_equal((records[3].is_authentic, records[3].digests["sha384"]),
                         (False, hashlib.sha384(b"alone").digest()), "digests alone")


def test_once():
    with stick() as authority:
        first = authority.extend("rtmr1", "boot", b"a", once=True)
        second = authority.extend("rtmr1", "boot", b"a", once=True)
        tap.expect_equal((first.is_existing, second.is_existing, second.number), (False, True, first.number), "again")
        with refused(tally.Status.CONFLICT):
            authority.extend("rtmr1", "boot", b"b", once=True)


def test_banks():
    with stick("tpm") as authority:
        digests = {name: hashlib.new(name, b"x").digest() for name in ("sha1", "sha256", "sha384")}
        authority.extend_digests("pcr:8", digests)
        tap.expect_equal(authority.read("pcr8").banks["sha1"], hashlib.sha1(bytes(20) + digests["sha1"]).digest(), "sha1")
        with refused(tally.Status.BANK_SET):
            authority.extend_digests("pcr8", {"sha1": digests["sha1"]})
        with refused(tally.Status.UNKNOWN_ALGORITHM):
            authority.extend_digests("pcr8", {"md5": bytes(16)})
        with refused(tally.Status.DIGEST_SIZE):
            authority.extend_digests("pcr8", {"sha1": bytes(65)})


def test_wrong_arguments():
    with stick() as authority:
        before = authority.read("rtmr2")
        with refused(tally.Status.INVALID):
            authority.extend("rtmr2", "")
        with refused(None, ValueError):
            authority.extend("rtmr2", "a\0b")
        with refused(None, ValueError):
            authority.extend("rtmr2", "a", b"a", file="/bin/true")
        with refused(tally.Status.NOT_FOUND):
            authority.extend("rtmr2", "a", file="/nowhere/at/all")
        with refused(tally.Status.NONCE_SIZE):
            authority.evidence(b"short")
        with refused(None, ValueError):
            authority.report(NONCE, key=("tls", b"short"))
        tap.expect_equal(authority.read("rtmr2"), before, "the register")
    with refused(None, ValueError):
        authority.read("rtmr2")
    with refused(tally.Status.UNAVAILABLE):
        tally.open("abacus")
    with refused(tally.Status.NOT_FOUND):
        tally.open("soft", "/nowhere/at/all", reader=True)


def test_logs():
    with stick() as authority:
        authority.extend("rtmr3", "x", b"y")
        path = os.path.join(authority.directory, "log")
        with open(path, "rb") as file:
            log = file.read()
        own = list(authority.records())
        tap.expect_equal(list(tally.read_log(path)), own, "the file")
        tap.expect_equal(list(tally.read_log(log, "tally")), own, "the bytes")
        tap.expect_equal((own[0].control, own[1].control), ("header", None), "control records")
        with tally.read_log(log[:-1], "cel-tlv") as records:
            tap.expect_equal(records.format, "tally", "format")
            with refused(tally.Status.TRUNCATED):
                list(records)
        with refused(tally.Status.UNSUPPORTED):
            tally.read_log(b"no log at all")


def test_export():
    with stick() as authority, tempfile.TemporaryFile() as file:
        authority.extend("rtmr2", "x", b"y")
        with open(os.path.join(authority.directory, "log"), "rb") as own:
            log = own.read()
        with authority.records() as records:
            json_log = io.BytesIO()
            exported = records.export("cel-json", json_log)
            tap.expect_equal((exported.record_count, exported.left_out_count), (2, 0), "counts")
            tap.expect_equal(json.loads(json_log.getvalue())[1]["recnum"], 1, "what json reads")
            records.export("cel-cbor", file.fileno())
            file.seek(0)
            back = io.BytesIO()
            tally.read_log(file.read(), "cel-cbor").export("tally", back)
            tap.expect_equal(back.getvalue(), log, "the log comes back")
            with refused(tally.Status.UNSUPPORTED):
                records.export("tcg2", io.BytesIO())
            with refused(tally.Status.INVALID):
                records.export("runes", io.BytesIO())
            with refused(None, ZeroDivisionError):
                records.export("cel-json", types.SimpleNamespace(write=lambda piece: 1 // 0))
            with refused(tally.Status.SYSTEM), open(os.devnull, "rb") as unwritable:
                records.export("cel-json", unwritable.fileno())
            tap.expect_equal(len(list(records)), 2, "records after exports")


def lose(directory):
    """Everything but the registers: what a kexec does to a directory in memory."""
    for name in set(os.listdir(directory)) - {"registers", "key.pem"}:
        with contextlib.suppress(IsADirectoryError):
            os.unlink(os.path.join(directory, name))


def test_the_long_life_of_a_log():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/soft"
        with tally.open("soft", path) as authority:
            authority.extend("rtmr2", "one")
            tap.expect_equal(authority.save(f"{folder}/save"), 2, "saved records")
            with refused(tally.Status.CONFLICT):
                authority.restore(f"{folder}/save")
        lose(path)
        with tally.open("soft", path) as authority:
            tap.expect_equal(authority.restore(f"{folder}/save"), 2, "restored records")
            policy = policy_of(authority, [{"require": {"name": name, "origin": f"{os.getuid()}:{os.getgid()}"}}
                                           for name in ("one", "two")])
            trimmed = authority.trim(f"{folder}/part")
            tap.expect_equal((trimmed.first, trimmed.next, trimmed.size), (0, 2, os.path.getsize(f"{folder}/part")), "trim")
            with refused(tally.Status.INVALID):
                authority.trim(f"{folder}/part")
            authority.extend("rtmr2", "two")
            evidence = authority.evidence(NONCE)
        with open(f"{folder}/part", "rb") as file:
            part = file.read()
        verdict = tally.verify(evidence, policy, NONCE, stored=[part])
        tap.expect_equal((verdict.is_accepted, verdict.reasons), (True, ()), verdict.text)
        codes = {reason.code for reason in tally.verify(evidence, policy, NONCE).reasons}
        tap.expect_equal("log.trim-unproven" in codes, True, repr(codes))


def test_recovery():
    with tempfile.TemporaryDirectory() as folder:
        with tally.open("soft", f"{folder}/soft") as authority:
            authority.extend("rtmr2", "one")
            authority.extend("rtmr2", "two")
            offset = list(authority.records())[2].offset
        with refused(tally.Status.NOT_FOUND):
            tally.recover("soft", f"{folder}/soft")
        with open(f"{folder}/soft/log", "r+b") as file:
            file.seek(offset)
            file.write(b"\x7f")
        with refused(tally.Status.CORRUPT):
            tally.open("soft", f"{folder}/soft")
        recovered = tally.recover("soft", f"{folder}/soft")
        tap.expect_equal((recovered.record_count, recovered.gap_count), (2, 1), "what goes on")
        tap.expect_equal(os.path.isfile(f"{folder}/soft/{recovered.kept}"), True, "the file that is kept")
        with tally.open("soft", f"{folder}/soft") as authority:
            authority.extend("rtmr2", "three")


def test_evidence_and_verdict():
    with stick() as authority:
        authority.extend("rtmr2", "app", b"1", caller="0:0")
        policy = policy_of(authority, [{"require": {"name": "app", "origin": "0:0"}}])
        evidence = authority.evidence(NONCE, audience="me", data=b"carried", key=("tls", bytes(48)))
    verdict = tally.verify(evidence, policy, NONCE, audience="me", key=("tls", bytes(48)))
    tap.expect_equal((bool(verdict), verdict.reasons, verdict.details["result"]), (True, (), "accepted"), verdict.text)
    tap.expect_equal(verdict.text.startswith("accepted: soft"), True, verdict.text)
    verdict = tally.verify(evidence, json.dumps(policy), bytes(32), audience="me")
    tap.expect_equal([reason.code for reason in verdict.reasons], ["freshness.nonce-mismatch"], "reasons")
    verdict = tally.verify(evidence[:-1], policy, NONCE)
    tap.expect_equal((verdict.is_accepted, verdict.is_malformed), (False, True), "cut evidence")
    with refused(tally.Status.POLICY):
        tally.verify(evidence, "{}", NONCE)


def forged(*parts):
    with open(os.path.join(os.environ["TALLY_FORGED"], *parts), "rb") as file:
        return file.read()


def test_collateral_and_roots_for_tests():
    evidence = forged("tdx", "bundle")
    root = forged("tdx", "root")
    names = ("tcb-info.json", "qe-identity.json", "signer.pem", "pck.crl", "root.crl")
    collateral = [forged("tdx", "collateral", name) for name in names]
    nonce = forged("tdx", "nonce")

    def codes(**more):
        return {reason.code for reason in tally.verify(evidence, None, nonce, time=1800000000, **more).reasons}

    bare = codes()
    tap.expect_equal({"certificate.root-untrusted", "tdx.tcb-info-missing", "tdx.pck-crl-missing"} <= bare, True, str(bare))
    whole = codes(collateral=collateral, test_roots=[root])
    tap.expect_equal(("root.non-production" in whole, any(code.endswith("-missing") and code.startswith("tdx.")
                                                         for code in whole)), (True, False), str(whole))
    tap.expect_equal("certificate.root-untrusted" in codes(collateral=collateral), True, "without the root")


def test_reports():
    with stick() as authority:
        report = authority.report(NONCE)
        tap.expect_equal(report.media_type, "application/vnd.tally.soft-report+cbor", "media type")
        tap.expect_equal(hashlib.sha512(b"tally-report-data/1\0" + report.binding).digest() in report.report, True, "REPORT_DATA")
        raw = authority.report(bytes(range(64)), raw=True)
        tap.expect_equal((bytes(range(64)) in raw.report, raw.binding), (True, None), "raw REPORT_DATA")


def test_threads_share_an_authority():
    with stick() as authority:
        def measure(name):
            for i in range(5):
                authority.extend("rtmr0", f"{name} {i}")
        threads = [threading.Thread(target=measure, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.expect_equal(sum(record.is_event for record in authority.records()), 20, "events")


def test_following():
    with stick() as authority:
        authority.extend("rtmr0", "first")
        with authority.follow(timeout=0.1) as records:
            tap.expect_equal([record.number for record in records], [0, 1], "what is there")
            tap.expect_equal(records.next_now(), None, "no more")
            authority.extend("rtmr0", "second")
            tap.expect_equal(bool(select.select([records], [], [], 10)[0]), True, "ready")
            tap.expect_equal(next(records).name, "second", "what came")
        writer = threading.Thread(target=lambda: [authority.extend("rtmr1", f"event {i}") for i in range(50)])
        with authority.follow(3, 30) as records:
            writer.start()
            found = [next(records) for i in range(50)]
            tap.expect_equal([record.number for record in found], list(range(3, 53)), "numbers")
        writer.join()
        with refused(tally.Status.INVALID), authority.records() as records:
            tally.log.call("tally_records_wait", records._open(), 0)


def allocated():
    """Bytes that are allocated now, as malloc counts them."""
    process = ctypes.CDLL(None)
    if SANITIZERS:
        process.__sanitizer_get_current_allocated_bytes.restype = ctypes.c_size_t
        return process.__sanitizer_get_current_allocated_bytes()
    class Information(ctypes.Structure):  # struct mallinfo2
        _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks f k".split()]
    process.mallinfo2.restype = Information
    return process.mallinfo2().uordblks


def use_everything(folder):
    with tally.open("soft", folder) as authority:
        authority.extend("rtmr0", "once", b"same", once=True)
        authority.report(NONCE)
        evidence = authority.evidence(NONCE)
        list(authority.records())
        authority.records().export("cel-json", io.BytesIO())
        list(authority.follow(timeout=0))
        authority.records()
        with refused(tally.Status.UNKNOWN_REGISTER):
            authority.read("rtmr9")
    tally.verify(evidence, None, NONCE, stored=[evidence])
    with refused(tally.Status.UNSUPPORTED):
        tally.read_log(b"no log")


def test_nothing_leaks():
    rounds = 100
    with tempfile.TemporaryDirectory() as folder:
        for i in range(2 * rounds):
            if i == rounds:
                gc.collect()
                before = allocated()
            use_everything(f"{folder}/soft")
        gc.collect()
        grown = allocated() - before
    tap.expect_equal(grown < 512 * rounds, True, f"bytes that {rounds} rounds left behind: {grown}")


def test_the_example_works():
    with tempfile.TemporaryDirectory() as folder:
        example = os.path.join(tap.ROOT, "docs", "examples", "measure.py")
        done = tap.run([sys.executable, example, "rtmr1", example, NONCE.hex(), f"{folder}/evidence"],
                       env={**os.environ, "TALLY_PROVIDER": "soft", "TALLY_DIR": f"{folder}/soft"})
        installed.expect_success(done, "the example")
        with open(example, "rb") as file:
            tap.expect_equal(repr(hashlib.sha384(file.read()).digest()) in done.stdout, True, done.stdout)
        with open(f"{folder}/evidence", "rb") as file:
            codes = [reason.code for reason in tally.verify(file.read(), None, NONCE).reasons]
        tap.expect_equal("soft.key-unpinned" in codes and "freshness.nonce-mismatch" not in codes, True, repr(codes))
        done = tap.run([sys.executable, example, "rtmr9", example, NONCE.hex(), f"{folder}/evidence"],
                       env={**os.environ, "TALLY_PROVIDER": "soft", "TALLY_DIR": f"{folder}/soft"})
        tap.expect_equal((done.returncode, "no register rtmr9" in done.stderr), (1, True), done.stderr)


def test_a_missing_library_is_named():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(f"{BINDING}/tally", f"{folder}/tally", ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run([sys.executable, "-c", "import tally"], cwd=folder, capture_output=True, text=True, check=False,
                              env={key: value for key, value in os.environ.items() if key not in ("LD_LIBRARY_PATH", "LD_PRELOAD")})
        if done.returncode == 0:
            raise tap.Skip("the library is installed on this machine")
        tap.expect_equal("libtally.so.0" in done.stderr, True, done.stderr)


if __name__ == "__main__":
    if not os.environ.get("TALLY_TEST_INSIDE"):
        os.execve(sys.executable, [sys.executable, *sys.argv], environment())
    import tally
    from tally import library
    tap.main(globals())
