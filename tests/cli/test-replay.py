#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally replay: a recorded boot and real machines against their quotes, and what it says where they differ."""
import hashlib
import json
import os
import re
import subprocess
import time

from program import MALFORMED, OK, REJECTED, TALLY, TRY_AGAIN, UNAVAILABLE, USAGE, folder, records, run, sha384, state, tap

BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")
LOG, QUOTE = f"{BOOT}/log.bin", f"{BOOT}/quote.msg"
NOT_AUTHENTICATED = "The quote was not authenticated"
NO_VERDICT = "This compares values and is no verdict."
SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
# The firmware's log has no record of PCR 10: IMA extended it with its boot aggregate.
FIRMWARE = ("--register", "pcr0-9")


def vectors():
    path = os.environ.get("TALLY_VECTORS")
    if not path:
        raise tap.Skip("TALLY_VECTORS is not set")
    return path


def pcrs(bank):
    """The 24 values that the recorded TPM had."""
    with open(f"{BOOT}/pcrs.{bank}.bin", "rb") as file:
        content = file.read()
    return [content[i:i + SIZES[bank]] for i in range(0, len(content), SIZES[bank])]


def values(result, bank):
    return {r["name"]: r["value"][bank] for r in result["registers"]}


def test_a_recorded_boot_replays_to_the_pcrs_of_its_tpm():
    done = run("replay", LOG, "--json").expect(OK).object()
    tap.expect_equal((done["format"], done["records"], done["result"]), ("tcg2", 25, "not-compared"), "the log")
    for bank in SIZES:
        found = values(done, bank)
        expected = {f"pcr{n}": value.hex() for n, value in enumerate(pcrs(bank)) if n != 10}
        tap.expect_equal({name: found[name] for name in expected}, expected, f"PCRs of the {bank} bank")


def test_a_recorded_boot_is_equal_to_its_quote():
    for file in ("quote.pcrs", "pcrs.sha256.bin"):
        arguments = ("replay", LOG, "--against", QUOTE, "--pcrs", f"{BOOT}/{file}", *FIRMWARE)
        run(*arguments).expect(OK).expect_text(NOT_AUTHENTICATED, "equal: 10 registers.", NO_VERDICT)
        done = run(*arguments, "--json").expect(OK).object()
        tap.expect_equal((done["result"], done["compared"], done["differing"]), ("equal", 10, 0), file)


def test_what_another_log_explains_is_named():
    arguments = ("replay", LOG, "--against", QUOTE, "--pcrs", f"{BOOT}/pcrs.sha256.bin")
    run(*arguments).expect(REJECTED).expect_text("no record of this log extends it", "differs: 1 of 24 registers.",
                                                 pcrs("sha256")[10].hex(), NOT_AUTHENTICATED, NO_VERDICT)
    done = run(*arguments, "--json").expect(REJECTED).object()
    tap.expect_equal([r["name"] for r in done["registers"] if r["result"] == "differs"], ["pcr10"], "what differs")


def test_imas_list_explains_what_firmwares_does_not():
    for bank in SIZES:
        tap.expect_equal(values(run("replay", f"{BOOT}/ima.bin", "--json").expect(OK).object(), bank)["pcr10"],
                         pcrs(bank)[10].hex(), f"PCR 10 of the {bank} bank")
    run("replay", f"{BOOT}/ima.bin", "--against", QUOTE, "--pcrs", f"{BOOT}/pcrs.sha256.bin", "--register",
        "pcr10").expect(OK).expect_text("1 record (ima)", NOT_AUTHENTICATED, "equal: 1 register.", NO_VERDICT)
    with open(f"{BOOT}/ima.bin", "rb") as file:
        changed = file.read().replace(b"boot_aggregate", b"boot_aggregatf")
    run("replay", "-", stdin=changed).expect_problem(MALFORMED, "does not match")


def attest(bank_id, mask, digest):
    """A TPMS_ATTEST of a quote. spec: TPM 2.0 part 2, 10.12.8."""
    return (b"\xffTCG" + (0x8018).to_bytes(2, "big") + (2).to_bytes(2, "big") + b"\x00\x0b" + (0).to_bytes(2, "big")
            + bytes(17) + bytes(8) + (1).to_bytes(4, "big") + bank_id.to_bytes(2, "big") + b"\x03"
            + mask.to_bytes(3, "little") + len(digest).to_bytes(2, "big") + digest)


def test_a_quote_without_values_says_yes_or_no():
    digest = hashlib.sha256(b"".join(pcrs("sha384")[:10])).digest()
    with folder() as path:
        with open(f"{path}/quote", "wb") as file:
            file.write(attest(12, 0x3ff, digest))
        run("replay", LOG, "--against", f"{path}/quote").expect(OK).expect_text("equal: 10 registers.")
        with open(f"{path}/quote", "wb") as file:
            file.write(attest(12, 0x3ff, bytes(32)))
        run("replay", LOG, "--against", f"{path}/quote").expect(REJECTED).expect_text("--pcrs FILE tells which one", "differs")
        done = run("replay", LOG, "--against", f"{path}/quote", "--json").expect(REJECTED).object()
        tap.expect_equal(done["result"], "differs", "result")


def test_values_by_name_and_alone():
    values_of = pcrs("sha384")
    run("replay", LOG, "--against", f"pcr4={values_of[4].hex()}", f"pcr0={values_of[0].hex().upper()}").expect(
        OK).expect_text("equal: 2 registers.", NO_VERDICT)
    run("replay", LOG, "--against", f"pcr4={values_of[4].hex()}", "--against", f"pcr0={values_of[1].hex()}").expect(REJECTED)
    done = run("replay", LOG, "--against", values_of[7].hex(), "--json").expect(OK).object()
    tap.expect_equal([r["name"] for r in done["registers"] if r["result"] == "equal"], ["pcr7"], "whose value it is")
    done = run("replay", LOG, "--against", "ab" * 48, "--json").expect(REJECTED).object()
    tap.expect_equal((done["unmatched"], done["result"]), (["ab" * 48], "differs"), "a value of nobody's")
    run("replay", LOG, "--against", "ab" * 48).expect(REJECTED).expect_text("No register of this log has, or had,")


def test_one_bank():
    one = run("replay", LOG, "--against", pcrs("sha256")[0].hex(), "--bank", "SHA256", "--json").expect(OK).object()
    tap.expect_equal(one["compared"], 1, "registers")
    run("replay", LOG, "--bank", "sm3_256").expect_problem(USAGE, "no digests of bank sm3_256")
    run("replay", LOG, "--bank", "md5").expect_problem(USAGE, "unknown bank md5")
    run("replay", LOG, "--against", pcrs("sha256")[0].hex(), "--bank", "sha1").expect_problem(USAGE, "32 bytes", "--bank")
    text = run("replay", LOG, "--bank", "sha1").expect(OK).out
    tap.expect_equal(set(re.findall(r"replayed  (\w+)", text)), {"sha1"}, "banks that are shown")


def steps(log, register):
    """The values of a register of our log, from its reset value on, each with the record that it stands before."""
    value, found, at = bytes(48), [], 0
    for record, size in zip(records(log), sizes(log)):
        if record["type"] == 6 and record["index"] == register:
            found.append((value, record["number"], at))
            value = sha384(value, record["digests"][12])
        at += size
    return found, value


def sizes(log):
    done = run("log", "show", "-", "--json", stdin=log).expect(OK).objects()
    return [record["size"] for record in done]


def test_the_record_after_which_a_value_is_lost_is_named():
    with state() as soft:
        for number in range(6):
            soft.run("extend", f"rtmr{number % 2}", "--event", f"e{number}").expect(OK)
        found, end = steps(soft.log(), 1)
        run("replay", soft.file("log"), "--against", f"rtmr1={end.hex()}").expect(OK)
        for value, number, at in found:
            arguments = ("replay", soft.file("log"), "--against", f"rtmr1={value.hex()}")
            run(*arguments).expect(REJECTED).expect_text(f"before record {number} (byte {at})")
            done = run(*arguments, "--json").expect(REJECTED).object()
            lost = next(r for r in done["registers"] if r["name"] == "rtmr1")
            tap.expect_equal((lost["lost_with_record"], lost["lost_at_offset"], lost["expected"]["sha384"]),
                             (number, at, value.hex()), "where the value was lost")
        run("replay", soft.file("log"), "--against", f"rtmr1={'ab' * 48}").expect(REJECTED).expect_text(
            "at which record it goes wrong can't be said")


def test_live_registers_are_where_the_log_says():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        with open(soft.file("log"), "rb") as log, open(soft.file("registers"), "rb") as registers:
            before = (log.read(), registers.read())
        soft.run("replay", "--live").expect(OK).expect_text("equal: 4 registers.", NO_VERDICT)
        soft.run("extend", "rtmr1", "--event", "b").expect(OK)
        done = soft.run("replay", "--live", "--json").expect(OK).object()
        tap.expect_equal((done["result"], done["compared"], values(done, "sha384")["rtmr1"]),
                         ("equal", 4, soft.value("rtmr1").hex()), "the comparison")
        # Somebody extended and the log does not have it.
        with open(soft.file("log"), "wb") as log:
            log.write(before[0])
        soft.run("replay", "--live").expect(REJECTED).expect_text("rtmr1", "differs: 1 of 4 registers.")
        soft.run("replay", "--live", "--register", "rtmr0").expect(OK)
        soft.run("replay", "--live", "x").expect_problem(USAGE, "takes no LOG")


def test_live_without_a_log():
    with folder() as path:
        run("replay", "--live", "--dir", f"{path}/none").expect_problem(UNAVAILABLE, "tally extend")
        tap.expect_equal(os.listdir(path), [], "what stands in the folder")


def test_a_changed_record_is_seen():
    with folder() as path:
        with open(LOG, "rb") as file:
            log = bytearray(file.read())
        at = log.index(bytes.fromhex("03020279c5ea"))  # a sha512 digest of PCR 4
        log[at] ^= 1
        with open(f"{path}/log", "wb") as file:
            file.write(log)
        arguments = ("--against", *(f"pcr{n}={pcrs('sha512')[n].hex()}" for n in range(8)))
        run("replay", LOG, *arguments).expect(OK)
        done = run("replay", f"{path}/log", *arguments, "--json").expect(REJECTED).object()
        tap.expect_equal([r["name"] for r in done["registers"] if r["result"] == "differs"], ["pcr4"], "what differs")


def no_action(size):
    """A record that extends nothing and has so many bytes of content. spec: TCG PFP 10.2.2."""
    digests = b"".join(number.to_bytes(2, "little") + bytes(length) for number, length in ((4, 20), (11, 32), (12, 48), (13, 64)))
    return (0).to_bytes(4, "little") + (3).to_bytes(4, "little") + (4).to_bytes(4, "little") + digests \
        + size.to_bytes(4, "little") + bytes(size)


def test_a_log_that_is_cut_while_it_is_read():
    size = 2 * 1024 * 1024
    with folder() as path:
        with open(LOG, "rb") as source, open(f"{path}/log", "wb") as file:
            file.write(source.read() + no_action(size))
        run("replay", f"{path}/log").expect(OK).expect_text("26 records (tcg2), 25 of them measured")
        # It waits for the quote with the log mapped, and then walks the log once more for the value that differs.
        process = subprocess.Popen([TALLY, "replay", f"{path}/log", "--against", f"pcr0={'ab' * 32}", "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while f"{path}/log" not in tap.run(["cat", f"/proc/{process.pid}/maps"]).stdout and time.monotonic() < deadline:
            time.sleep(0.01)
        os.truncate(f"{path}/log", 0)
        _, problem = process.communicate(attest(11, 2, hashlib.sha256(pcrs("sha256")[1]).digest()), timeout=60)
        tap.expect_equal(process.returncode, TRY_AGAIN, f"exit code; it says {problem!r}")
        tap.expect_equal(b"became shorter while it was read" in problem, True, f"the message {problem!r}")


def test_large_inputs_through_a_pipe_and_a_file():
    with folder() as path, open(LOG, "rb") as source:
        log = source.read() + no_action(3 * 1024 * 1024)
        with open(f"{path}/log", "wb") as file:
            file.write(log)
        found = [run("replay", f"{path}/log", "--json").expect(OK).object(),
                 run("replay", "-", "--json", stdin=log).expect(OK).object()]
        tap.expect_equal(found[0], found[1], "a file and a pipe")


def test_bad_arguments():
    for arguments, code, phrase in (
            ((), USAGE, "needs a LOG, or --live"),
            ((LOG, "--against", "pcr4=00"), USAGE, "1 bytes, and no bank of the log has that size"),
            ((LOG, "--against", "pcr24=" + "00" * 32), USAGE, "unknown register pcr24: there are pcr0 to pcr23"),
            ((LOG, "--against", "pcr4=" + "0" * 63), USAGE, "not hex of a digest's size"),
            ((LOG, "--against", "pcr4=" + "0" * 400), USAGE, "not hex of a digest's size"),
            ((LOG, "--against", f"pcr4={'00' * 32}", f"pcr4={'00' * 32}"), USAGE, "pcr4 can't be compared"),
            ((LOG, "--against", "/nonexistent"), USAGE, "the quote can't be opened"),
            ((LOG, "--against", LOG), MALFORMED, "neither a TDX quote nor a TPM quote"),
            ((LOG, "--against", "hex:ff544347"), MALFORMED, "the TPM quote can't be read"),
            ((LOG, "--against", QUOTE, "--pcrs", "/nonexistent"), USAGE, "the file of PCR values can't be opened"),
            ((LOG, "--against", QUOTE, "--pcrs", f"{BOOT}/pcrs.sha1.bin"), MALFORMED, "PCR values"),
            ((LOG, "--against", QUOTE, "--pcrs", "hex:" + "00" * 32 * 24), MALFORMED, "not those of the quote"),
            ((LOG, "--pcrs", f"{BOOT}/pcrs.sha1.bin"), USAGE, "--against names none"),
            ((LOG, "--against", f"pcr4={'00' * 32}", "--register", "pcr5"), USAGE, "nothing to compare"),
            ((LOG, "--register", "pcr24"), USAGE, "unknown register pcr24"),
            ((f"{BOOT}/quote.sig",), MALFORMED, "log"),
            (("/nonexistent",), USAGE, "the log can't be opened"),
            (("--live", "--against", "00" * 32), USAGE, "takes no LOG and no --against")):
        run("replay", *arguments).expect_problem(code, phrase)


def test_real_logs_replay_to_their_known_answers():
    root, seen = vectors(), 0
    for folder_name, ending in (("ccel", ".ccel.bin"), ("tpm-eventlog", ".bin")):
        for name in sorted(os.listdir(os.path.join(root, folder_name))):
            path = os.path.join(root, folder_name, name)
            sidecar = path[:-len(ending)] + ".expected.json"
            if not name.endswith(ending) or not os.path.exists(sidecar):
                continue
            with open(sidecar, encoding="utf-8") as file:
                expected = json.load(file).get("replayed")
            if not expected:
                continue
            found = run("replay", path, "--json").expect(OK).object()
            if folder_name == "ccel":
                expected = {"sha384": expected}
            for bank, wanted in expected.items():
                if not wanted:
                    continue
                got = values(found, bank)
                wanted = {key if key.startswith("rtmr") else f"pcr{key}": value for key, value in wanted.items()}
                tap.expect_equal({name: got[name] for name in wanted}, wanted, f"{path}, {bank}")
                seen += 1
    if seen < 20:
        raise tap.Failure(f"only {seen} known answers were found")


def test_a_tdx_machine_is_equal_to_its_quote():
    root = vectors()
    arguments = ("replay", f"{root}/ccel/go-tdx-guest-cos113.ccel.bin", "--against",
                 f"{root}/tdx-quote/go-tdx-guest-cos113.bin")
    run(*arguments).expect(OK).expect_text("equal: 4 registers.", NOT_AUTHENTICATED, NO_VERDICT)
    # Known to be of different boots: only RTMR0 and the untouched RTMR2 agree.
    arguments = ("replay", f"{root}/ccel/dstack-boot.ccel.bin", "--against", f"{root}/tdx-quote/dcap-qvl-tappd.bin")
    done = run(*arguments, "--json").expect(REJECTED).object()
    tap.expect_equal({r["name"]: r["result"] for r in done["registers"]},
                     {"rtmr0": "equal", "rtmr1": "differs", "rtmr2": "equal", "rtmr3": "differs"}, "results")
    run("replay", f"{root}/cel/go-tpm-tools-cos.cel", "--against", f"{root}/tdx-quote/go-tpm-tools-cos-cel.bin",
        "--register", "rtmr3").expect(OK).expect_text("equal: 1 register.")


def test_a_quote_of_another_kind_of_machine():
    root = vectors()
    run("replay", LOG, "--against", f"{root}/tdx-quote/go-tdx-guest-cos113.bin").expect_problem(USAGE, "the log has none")
    run("replay", f"{root}/ccel/go-tdx-guest-cos113.ccel.bin", "--against", QUOTE).expect_problem(USAGE, "--pcrs FILE")


def test_malformed_logs_and_quotes_are_refused():
    root = os.path.join(vectors(), "malformed")
    ccel = os.path.join(vectors(), "ccel", "go-tdx-guest-cos113.ccel.bin")
    # These are damaged inside the body, which replay does not authenticate.
    readable = ("derived-public-tdx-mrtd-bitflip.bin", "derived-public-tdx-reportdata-bitflip.bin")
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        # An event without data is no fault: the manifest says so.
        if re.search(r"ccel|tpmlog|eventlog", name) and "event-size-zero" not in name:
            run("replay", path).expect_problem(MALFORMED, "log")
        if "-tdx-" in name or "sgx" in name:
            done = run("replay", ccel, "--against", path)
            tap.expect_equal(done.code in ((OK, REJECTED) if name in readable else (MALFORMED,)), True, f"{name}: {done.code}")


if __name__ == "__main__":
    tap.main(globals())
