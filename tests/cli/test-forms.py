#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Evidence in other forms than ours: the JSON of CoCo's attestation agent, raw files with what lies beside them, keys."""
import base64
import json
import os
import subprocess

from evidence import FORGE_TIME, answers, codes, forged, forged_nonce, intel, read, vector, write
from program import MALFORMED, OK, REJECTED, USAGE, folder, run, tap

FORGED = ["root.non-production"]
TDX_TIME = "2025-07-22T09:13:34Z"
SNP_TIME = "2025-09-01T00:00:00Z"


def policy_of(path, arguments, nonce, **decide):
    done = run("policy", "init", *arguments, "--nonce", nonce)
    tap.expect_equal(done.code, OK, done.err)
    policy = json.loads(done.out)
    for name, value in decide.items():
        policy[name] = {**policy[name], **value} if isinstance(policy.get(name), dict) else value
    return write(os.path.join(path, "policy.json"), json.dumps(policy))


def judge(path, arguments, nonce, outcome, **decide):
    """By the policy that fits it: accepted, or for these reasons only."""
    policy = policy_of(path, arguments, nonce, **decide)
    result = run("verify", *arguments, "--policy", policy, "--nonce", nonce, "--json")
    tap.expect_equal(codes(result.expect(REJECTED if outcome else OK)), sorted(outcome), "reasons")
    return policy


def judge_json(evidence, beside, nonce, change, outcome=(), **decide):
    """Evidence as an agent writes it; change makes another of it, which the same policy must reject."""
    with folder() as path:
        file = os.path.join(path, "evidence.json")
        arguments = [write(file, json.dumps(evidence)), *beside, "--no-cache"]
        policy = judge(path, arguments, nonce, outcome, **decide)
        change(evidence)
        write(file, json.dumps(evidence))
        found = codes(run("verify", *arguments, "--policy", policy, "--nonce", nonce, "--json").expect(REJECTED))
        tap.expect_equal(bool(set(found) - set(outcome)), True, f"a changed one: {found}")


def standard(data):
    return base64.b64encode(data).decode()


def url_safe(data):
    return base64.urlsafe_b64encode(data).decode()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def test_tdx():
    quote = read(vector("tdx-quote", "go-tdx-guest-cos113.bin"))
    nonce = quote[48 + 520:48 + 584].hex()
    beside = [*intel("automata-2025-07-00806f"), "--time", TDX_TIME]
    for log in (standard(read(vector("ccel", "go-tdx-guest-cos113.ccel.bin"))), None):
        judge_json({"cc_eventlog": log, "quote": standard(quote)}, beside, nonce,
                   lambda made: made.update(quote=standard(flipped(quote, 48 + 136))), allow=["time"])


def test_tdx_with_a_changed_log():
    quote = read(vector("tdx-quote", "go-tdx-guest-cos113.bin"))
    log = read(vector("ccel", "go-tdx-guest-cos113.ccel.bin"))
    at = log.index(b"\x0c\x00", 100) + 8
    judge_json({"cc_eventlog": standard(log), "quote": standard(quote)},
               [*intel("automata-2025-07-00806f"), "--time", TDX_TIME], quote[48 + 520:48 + 584].hex(),
               lambda made: made.update(cc_eventlog=standard(flipped(log, at))), allow=["time"])


def test_tdx_with_events_of_an_older_agent():
    """The only real one is of a platform whose collateral is not here: its events are RTMR 3's, and say so."""
    quote = read(vector("tdx-quote", "trustee-aael.bin"))
    evidence = {"cc_eventlog": None, "quote": standard(quote),
                "aa_eventlog": read(vector("ccel-aael", "trustee-aael-1.txt")).decode()}
    with folder() as path:
        file = write(os.path.join(path, "evidence.json"), json.dumps(evidence))
        rules = json.loads(run("policy", "init", file, "--no-cache").out)["registers"]["tdx.rtmr3"]
        lines = evidence["aa_eventlog"].splitlines()
        tap.expect_equal(len(rules), len(lines), "events")


def byte_list(report, at, size):
    return list(report[at:at + size])


def number(report, at, size):
    return int.from_bytes(report[at:at + size], "little")


def tcb(report, at):
    return {"fmc": None, "bootloader": report[at], "tee": report[at + 1], "snp": report[at + 6], "microcode": report[at + 7]}


def build(report, at):
    return {"build": report[at], "minor": report[at + 1], "major": report[at + 2]}


def snp_json(report):
    """As serde writes the report of the crate sev: numbers, arrays of bytes, null for what a version lacks."""
    version = number(report, 0, 4)
    arrays = {"family_id": (0x10, 16), "image_id": (0x20, 16), "report_data": (0x50, 64), "measurement": (0x90, 48),
              "host_data": (0xc0, 32), "id_key_digest": (0xe0, 48), "author_key_digest": (0x110, 48),
              "report_id": (0x140, 32), "report_id_ma": (0x160, 32), "chip_id": (0x1a0, 64)}
    numbers = {"guest_svn": (4, 4), "policy": (8, 8), "vmpl": (0x30, 4), "sig_algo": (0x34, 4), "plat_info": (0x40, 8),
               "key_info": (0x48, 4)}
    return {"version": version, **{name: byte_list(report, *place) for name, place in arrays.items()},
            **{name: number(report, *place) for name, place in numbers.items()},
            "current_tcb": tcb(report, 0x38), "reported_tcb": tcb(report, 0x180), "committed_tcb": tcb(report, 0x1e0),
            "launch_tcb": tcb(report, 0x1f0), "current": build(report, 0x1e8), "committed": build(report, 0x1ec),
            "cpuid_fam_id": report[0x188] if version > 2 else None, "cpuid_mod_id": report[0x189] if version > 2 else None,
            "cpuid_step": report[0x18a] if version > 2 else None,
            "launch_mit_vector": number(report, 0x1f8, 8) if version > 4 else None,
            "current_mit_vector": number(report, 0x200, 8) if version > 4 else None,
            "signature": {"r": byte_list(report, 0x2a0, 72), "s": byte_list(report, 0x2e8, 72)}}


def test_snp():
    for name in ("oak-genoa-v5", "oak-cb-milan-v3", "trustee-milan-v2"):
        path = vector("snp-report", name)
        report = read(f"{path}.report.bin")
        evidence = {"attestation_report": snp_json(report),
                    "cert_chain": [{"cert_type": "VCEK", "data": list(read(f"{path}.vek.der"))}]}
        judge_json(evidence, [], report[0x50:0x90].hex(),
                   lambda made: made["attestation_report"].update(guest_svn=made["attestation_report"]["guest_svn"] ^ 1),
                   allow=["snp.crl-missing"])


def test_snp_without_certificates():
    path = vector("snp-report", "oak-genoa-v5")
    report = read(f"{path}.report.bin")
    judge_json({"attestation_report": snp_json(report), "cert_chain": None}, ["--collateral", f"{path}.vek.der"],
               report[0x50:0x90].hex(), lambda made: made["attestation_report"].update(vmpl=1), allow=["snp.crl-missing"])


def test_cca():
    token = read(os.path.join(forged(), "cca", "evidence"))
    judge_json({"token": list(token)}, ["--collateral", os.path.join(forged(), "cca", "platform-key.der")],
               forged_nonce("cca"), lambda made: made.update(token=list(flipped(token, 300))))


def test_a_real_token_of_cca():
    """Its realm says SHA-256 and has 64 bytes of it: everything else holds."""
    token = read(vector("cca", "services-cca-good.cbor"))
    nonce = answers("cca", "services-cca-good")["realm_claims"]["10"]
    judge_json({"token": list(token)}, ["--collateral", vector("cca", "services-cca-good.ipak.jwk")], nonce,
               lambda made: made.update(token=list(flipped(token, 300))), outcome=["cca.measurement-length"])


def azure(name):
    path = vector("azure-hcl", name)
    pcrs = json.loads(read(f"{path}.pcrs.json"))
    return (read(f"{path}.hcl.bin"), read(f"{path}.tpmquote.msg"), read(f"{path}.tpmquote.sig"), pcrs,
            answers("azure-hcl", name)["tpm_quote_nonce"])


def numbers_of(message, signature, pcrs):
    return {"signature": list(signature), "message": list(message), "pcrs": [list(bytes.fromhex(pcr)) for pcr in pcrs]}


def digits_of(message, signature, pcrs):
    return {"signature": signature.hex(), "message": message.hex(), "pcrs": pcrs}


def pem(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def test_azure_snp():
    for name in ("trustee-snp-genoa", "trustee-snp-v1"):
        hcl, message, signature, pcrs, nonce = azure(name)
        vcek = read(vector("azure-hcl", f"{name}.vcek.der"))
        forms = ({"quote": numbers_of(message, signature, pcrs), "report": list(hcl), "vcek": pem(vcek)},
                 {"version": 1, "tpm_quote": digits_of(message, signature, pcrs), "hcl_report": url_safe(hcl),
                  "vcek": url_safe(vcek)})
        for form in forms:
            judge_json(form, ["--time", SNP_TIME], nonce,
                       lambda made: made["tpm_quote" if "tpm_quote" in made else "quote"]["pcrs"].reverse(),
                       allow=["time", "snp.crl-missing"])


def test_azure_tdx():
    hcl, message, signature, pcrs, nonce = azure("trustee-tdx-v1")
    quote = read(vector("azure-hcl", "trustee-tdx-v1.tdquote.bin"))
    forms = ({"tpm_quote": numbers_of(message, signature, pcrs), "hcl_report": list(hcl), "td_quote": list(quote)},
             {"version": 1, "tpm_quote": digits_of(message, signature, pcrs), "hcl_report": url_safe(hcl),
              "td_quote": url_safe(quote)})
    for form in forms:
        judge_json(form, [*intel("automata-2025-07-00806f"), "--time", TDX_TIME], nonce,
                   lambda made: made["tpm_quote"]["pcrs"].reverse(), tdx={"tcb-status": "OutOfDate"},
                   allow=["time", "tdx.sept-ve", "all-zero-registers"])


def test_raw_tdx_with_its_log():
    name = vector("tdx-quote", "go-tdx-guest-cos113.bin")
    with folder() as path:
        judge(path, [name, "--log", vector("ccel", "go-tdx-guest-cos113.ccel.bin"), *intel("automata-2025-07-00806f"),
                     "--time", TDX_TIME, "--no-cache"], read(name)[48 + 520:48 + 584].hex(), [], allow=["time"])


def test_raw_snp_with_certificates_of_every_form():
    place = os.path.join(forged(), "snp")
    chain = b"".join(pem(read(os.path.join(place, "collateral", name))).encode() for name in ("leaf.der", "authority.der"))
    with folder() as path:
        forms = ([read(os.path.join(place, "table")), []], [chain, []],
                 [read(os.path.join(place, "collateral", "leaf.der")),
                  ["--collateral", os.path.join(place, "collateral", "authority.der")]])
        for content, more in forms:
            file = write(os.path.join(path, "certificates"), content)
            judge(path, [os.path.join(place, "evidence"), "--certificates", file, *more, "--collateral",
                         os.path.join(place, "collateral", "root.crl"), "--test-root", os.path.join(place, "root"),
                         "--time", str(FORGE_TIME), "--no-cache"], forged_nonce("snp"), FORGED, allow=["time"])


def test_raw_azure():
    hcl, message, signature, pcrs, nonce = azure("trustee-snp-genoa")
    with folder() as path:
        values = write(os.path.join(path, "pcrs"), b"".join(bytes.fromhex(pcr) for pcr in pcrs))
        name = vector("azure-hcl", "trustee-snp-genoa")
        judge(path, [f"{name}.hcl.bin", "--quote", f"{name}.tpmquote.msg", "--signature", f"{name}.tpmquote.sig",
                     "--pcrs", values, "--certificates", f"{name}.vcek.der", "--time", SNP_TIME, "--no-cache"], nonce, [],
              allow=["time", "snp.crl-missing"])
        run("verify", vector("azure-hcl", "trustee-tdx-v1.hcl.bin"), "--no-cache").expect_problem(MALFORMED, "--manifest")
        run("verify", f"{name}.hcl.bin", "--quote", f"{name}.tpmquote.msg", "--no-cache").expect_problem(
            USAGE, "--signature, --pcrs")


def test_raw_svsm():
    """A report, its manifest, a quote of the vTPM, and the record that its key was activated there."""
    place = os.path.join(forged(), "svsm")
    pieces = {name: os.path.join(place, name) for name in
              ("report", "manifest", "certificates", "quote.msg", "quote.sig", "quote.pcrs", "ak.pub", "ak-binding")}
    arguments = [pieces["report"], "--manifest", pieces["manifest"], "--certificates", pieces["certificates"], "--quote",
                 pieces["quote.msg"], "--signature", pieces["quote.sig"], "--pcrs", pieces["quote.pcrs"], "--ak",
                 pieces["ak.pub"], "--ak-binding", pieces["ak-binding"], "--test-root", os.path.join(place, "root"),
                 "--time", str(FORGE_TIME), "--no-cache"]
    with folder() as path:
        policy = judge(path, arguments, forged_nonce("svsm"), FORGED, allow=["time"])
        without = [word for word in arguments if word not in ("--ak-binding", pieces["ak-binding"])]
        found = codes(run("verify", *without, "--policy", policy, "--nonce", forged_nonce("svsm"), "--json").expect(REJECTED))
        tap.expect_equal(found, ["composite.edge-none", *FORGED, "tpm.ak-unbound"], "without the record")


def test_raw_cca_with_an_endorsement():
    place = os.path.join(forged(), "cca")
    with folder() as path:
        judge(path, [os.path.join(place, "evidence"), "--collateral", os.path.join(place, "platform.corim"), "--no-cache"],
              forged_nonce("cca"), [])


def jwk_of(spki):
    """A P-384 key in DER as JWK."""
    x, y = spki[-96:-48], spki[-48:]
    return json.dumps({"kty": "EC", "crv": "P-384", "x": url_safe(x).rstrip("="), "y": url_safe(y).rstrip("=")})


def test_keys_of_every_form():
    place = os.path.join(forged(), "cca")
    spki = read(os.path.join(place, "platform-key.der"))
    with folder() as path:
        forms = (read(os.path.join(place, "collateral", "platform-key.pem")), spki, jwk_of(spki))
        for form in forms:
            key = write(os.path.join(path, "key"), form)
            judge(path, [os.path.join(place, "evidence"), "--collateral", key, "--no-cache"], forged_nonce("cca"), [])


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more).stdout


def rsa_jwk(spki):
    """By another reader: openssl prints the modulus, and the exponent is the usual one."""
    line = openssl("rsa", "-pubin", "-inform", "DER", "-modulus", "-noout", input=spki).decode().strip()
    modulus = bytes.fromhex(line.split("=")[1])
    return json.dumps({"kty": "RSA", "n": url_safe(modulus).rstrip("="), "e": "AQAB"})


def test_keys_of_a_tpm():
    name = vector("tpm-quote", "keylime-files")
    spki = openssl("pkey", "-pubin", "-in", f"{name}.ak.pub.pem", "-outform", "DER")
    quote = [f"{name}.msg", "--signature", f"{name}.sig", "--pcrs", f"{name}.tpm2tools-pcrs.bin"]
    with folder() as path:
        written = set()
        for form in (read(f"{name}.ak.pub.pem"), spki, rsa_jwk(spki)):
            key = write(os.path.join(path, "key"), form)
            written.add(run("policy", "init", *quote, "--ak", key, "--no-cache").out)
        tap.expect_equal((len(written), '"keys"' in written.pop()), (1, True), "policies")
        bad = write(os.path.join(path, "key"), json.dumps({"kty": "EC"}))
        run("verify", *quote, "--ak", bad, "--no-cache").expect_problem(MALFORMED, "key")


if __name__ == "__main__":
    tap.main(globals())
