#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Verifiers that others wrote, on the same evidence as tally: the same verdict, or a row of differences.tsv that says why not."""
import calendar
import json
import os
import subprocess
import sys
import tempfile
import time

import cbor2

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.environ["TALLY_VECTORS"]
TALLY = os.environ["TALLY_BIN"]  # tally-verify stands beside it
PEERS = os.environ.get("PEERS", "")
BUNDLE = "tag:tally-attestation.org,2026:evidence/1"
COLLATERAL = "application/vnd.tally.collateral+cbor"
SNP_TIME = 1761955200  # 2025-11-01

# What a policy must say and no peer is asked about: freshness, claims, registers, firmware.
ASKED_OF_POLICY = ("binding.", "freshness.", "policy.", "log.", "registers.", "time.", "nsm.nonce-missing", "cca.component-",
                   "snp.id-unpinned")


def read(folder, name):
    with open(os.path.join(VECTORS, folder, name), "rb") as file:
        return file.read()


def path(folder, name):
    return os.path.join(VECTORS, folder, name)


def exists(folder, name):
    return os.path.exists(path(folder, name))


def judge(media_type, report, at, policy=None, collateral=()):
    """The codes of tally's verdict that are its own: what the verifier itself found."""
    members = {"__cmwc_t": BUNDLE, "report": [f"application/vnd.tally.{media_type}", report]}
    if collateral:
        members["certificates"] = [COLLATERAL, cbor2.dumps(list(collateral), canonical=True)]
    text = {"tally-policy": 1, "binding": "raw", "allow": ["time"], **(policy or {})}
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("evidence", "policy")]
        with open(names[0], "wb") as file:
            file.write(cbor2.dumps(members, canonical=True))
        with open(names[1], "w", encoding="ascii") as file:
            json.dump(text, file)
        done = subprocess.run([TALLY, "verify", names[0], "--policy", names[1], "--nonce", "00" * 32, "--time", str(at), "--json"],
                              capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 4):
        raise RuntimeError(done.stdout + done.stderr)
    codes = {finding["code"] for finding in json.loads(done.stdout)["reasons"]}
    return sorted(code for code in codes if not code.startswith(ASKED_OF_POLICY))


def peer(*arguments):
    done = subprocess.run([PEERS, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    said = done.stdout.strip().splitlines()[-1]  # some warn before they answer
    return said == "accepted", said


def nitro_cases():
    times = {"dstack-prod-1": 1766678659, "dstack-prod-2": 1766668537, "dstack-debug": 1766650846, "nitrite-selfsigned": 1713379906}
    for name, at in times.items():
        yield "nitro", f"{name}.cose", at
    for name in sorted(os.listdir(os.path.join(VECTORS, "malformed"))):
        if "nitro" in name:
            yield "malformed", name, times["dstack-prod-2"]
    yield "nitro", "dstack-prod-1.cose", times["dstack-prod-1"] + 86400


def compare_nitrite():
    for folder, name, at in nitro_cases():
        codes = judge("nsm-document+cbor", read(folder, name), at)
        yield f"{name} at {at}", codes, peer("nitrite", path(folder, name), at)


def compare_ccatoken():
    sample = ("cca/ccatoken-tf-rmm.cpak.pub.pem", "0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca")
    cases = [("cca", name + ".cbor", sample) for name in ("ccatoken-tf-rmm", "trustee-example", "realm-rmm-sha256")]
    cases += [("malformed", name, sample) for name in sorted(os.listdir(os.path.join(VECTORS, "malformed"))) if "cca-" in name]
    cases += [("cca", name + ".cbor", None) for name in ("services-cca-good", "services-e2e")]
    with tempfile.TemporaryDirectory() as work:
        veraison = os.path.join(work, "key.pem")
        with open(veraison, "w", encoding="ascii") as file:
            file.write("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A\n"
                       "iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==\n-----END PUBLIC KEY-----\n")
        for folder, name, key in cases:
            file, pin = key or (veraison, "51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760")
            file = os.path.join(VECTORS, file) if key else file
            with open(file, "rb") as pem:
                codes = judge("cca-token+cbor", read(folder, name), 1795219200, {"cca": {"keys": [f"sha256:{pin}"]}}, [pem.read()])
            yield name, codes, peer("ccatoken", path(folder, name), file)


def compare_sev():
    for name in sorted(os.listdir(os.path.join(VECTORS, "snp-report"))):
        if not name.endswith(".report.bin"):
            continue
        key = name.replace(".report.bin", ".vek.der")
        policy = {"allow": ["time", "snp.crl-missing"],
                  "snp": {"minimum-tcb": {"Milan": {"boot-loader": 0, "tee": 0, "snp": 0, "microcode": 0},
                                          "Genoa": {"boot-loader": 0, "tee": 0, "snp": 0, "microcode": 0},
                                          "Turin": {"fmc": 0, "boot-loader": 0, "tee": 0, "snp": 0, "microcode": 0}}}}
        codes = judge("snp-report", read("snp-report", name), SNP_TIME, policy, [read("snp-report", key)])
        yield name, codes, peer("go-sev-guest", path("snp-report", name), path("snp-report", key), SNP_TIME)


def tdx_cases():
    """Quotes with collateral whose files are all there."""
    for name in sorted(os.listdir(os.path.join(VECTORS, "tdx-quote"))):
        if not name.endswith(".expected.json"):
            continue
        for row in json.loads(read("tdx-quote", name))["verdicts"]:
            endings = ("tcbinfo.json", "qeidentity.json", "tcbsign-chain.pem", "pckcrl-chain.pem", "pckcrl.der", "rootcrl.der")
            if all(exists("tdx-collateral", f"{row['collateral']}.{ending}") for ending in endings):
                at = calendar.timegm(time.strptime(row["at"], "%Y-%m-%dT%H:%M:%SZ"))
                yield name.replace(".expected.json", ".bin"), row["collateral"], at


def tally_tdx(quote, collateral, at):
    endings = ("tcbinfo.json", "qeidentity.json", "tcbsign-chain.pem", "pckcrl-chain.pem", "pckcrl.der", "rootcrl.der")
    items = [read("tdx-collateral", f"{collateral}.{ending}") for ending in endings]
    return judge("tdx-quote", read("tdx-quote", quote), at, None, items)


def signed_part(text, key):
    """The object as its signature covers it, and the signature."""
    start = text.index(f'"{key}"') + len(key) + 2
    start = text.index("{", start)
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end], bytes.fromhex(json.loads(text)["signature"])


def dcap_qvl_collateral(name):
    import dcap_qvl

    def part(ending):
        return read("tdx-collateral", f"{name}.{ending}")

    tcb, tcb_signature = signed_part(part("tcbinfo.json").decode(), "tcbInfo")
    identity, identity_signature = signed_part(part("qeidentity.json").decode(), "enclaveIdentity")
    signing = part("tcbsign-chain.pem").decode()
    return dcap_qvl.QuoteCollateralV3(part("pckcrl-chain.pem").decode(), part("rootcrl.der"), part("pckcrl.der"), signing, tcb,
                                      tcb_signature, signing, identity, identity_signature)


def compare_dcap_qvl():
    import dcap_qvl

    for quote, collateral, at in tdx_cases():
        try:
            # Success by itself says nothing: what is out of date is no error there.
            status = dcap_qvl.verify(read("tdx-quote", quote), dcap_qvl_collateral(collateral), at).status
            verdict = status == "UpToDate", status
        except (ValueError, RuntimeError) as error:
            verdict = False, str(error)
        yield f"{quote} with {collateral}", tally_tdx(quote, collateral, at), verdict


def compare_tdx_guest():
    for quote, collateral, at in tdx_cases():
        yield (f"{quote} with {collateral}", tally_tdx(quote, collateral, at),
               peer("go-tdx-guest", path("tdx-quote", quote), at, path("tdx-collateral", collateral)))


COMPARISONS = {"nitrite": compare_nitrite, "ccatoken": compare_ccatoken, "go-sev-guest": compare_sev, "dcap-qvl": compare_dcap_qvl,
               "go-tdx-guest": compare_tdx_guest}


def known_differences(name):
    with open(os.path.join(HERE, "differences.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return {row[1]: (row[2], row[3]) for row in rows if row[0] == name}


def main():
    """TAP of one peer. A difference that is not in the table fails, and so does a row that is no difference any more."""
    name = sys.argv[1]
    missing = os.environ.get("PEER_MISSING", "")
    if missing:
        print(f"1..1\nok 1 - {name} # SKIP {missing}")
        return 0
    differences = known_differences(name)
    results = []
    for case, codes, (is_accepted, said) in COMPARISONS[name]():
        expected = differences.pop(case, None)
        found = " ".join(codes) or "accepted"
        if (not codes) == is_accepted:
            results.append((expected is None, case, "no difference any more"))
        else:
            results.append((expected is not None and expected[0] == found, case, f"tally: {found}; {name}: {said}"))
    results += [(False, case, "no such case") for case in differences]
    print(f"1..{len(results)}")
    for number, (holds, case, why) in enumerate(results, 1):
        print(f"{'ok' if holds else 'not ok'} {number} - {case}" + ("" if holds else f"\n# {why}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
