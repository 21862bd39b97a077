#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally policy init: what it writes from good evidence of each provider accepts that evidence, and no other."""
import json
import os
import re

from evidence import answers, codes, forged_arguments, forged_nonce, intel, read, vector, write
from program import OK, REJECTED, folder, run, schemas, tap

# Evidence of a root for tests is never accepted: then this is the one reason that is left.
FORGED = ["root.non-production"]


def init(*arguments, left=()):
    """The policy, and that standard error names nothing but what a person must decide."""
    done = run("policy", "init", *arguments)
    tap.expect_equal(done.code, OK, "code")
    lines = done.err.splitlines()
    tap.expect_equal(all(line.startswith("tally: not accepted yet: ") for line in lines), True, done.err)
    tap.expect_equal(sorted({line.split()[4] for line in lines}), sorted(left), "what is left to decide")
    return json.loads(done.out)


def changed(path, data, at):
    """A copy with one bit flipped."""
    return write(path, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])


def expect_policy(arguments, nonce, decide, left=(), accepted=None, damage=(), outcome=()):
    """
    init, decide, verify: accepted, or for the given reasons only; evidence with a flipped bit at each place is rejected.
    arguments: the evidence first. decide: what a person adds to the policy. left: what init says of the rest.
    """
    with folder() as path:
        policy = init(*arguments, "--nonce", nonce, left=left)
        for name, value in decide.items():
            policy[name] = {**policy[name], **value} if isinstance(policy.get(name), dict) else value
        file = write(os.path.join(path, "policy.json"), json.dumps(policy))
        result = run("verify", *arguments, "--policy", file, "--nonce", nonce, "--json").expect(REJECTED if outcome else OK)
        tap.expect_equal(codes(result), sorted(outcome), "reasons")
        for at in damage:
            bad = changed(os.path.join(path, "evidence"), read(arguments[0]), at)
            found = codes(run("verify", bad, *arguments[1:], "--policy", file, "--nonce", nonce, "--json").expect(REJECTED))
            tap.expect_equal(bool(set(found) - set(outcome)), True, f"a flipped bit of byte {at}: {found}")
        return policy


def test_every_exception_is_in_the_schema():
    text = read(os.path.join(tap.ROOT, "docs", "policy.md")).decode()
    rows = text.split("## 5. Exceptions")[1].split("\n## ")[0].splitlines()
    named = {name for row in rows if row.startswith("| `") for name in re.findall("`([^`]+)`", row.split("|")[1])}
    known = schemas()["tally.verify.1.json"]["properties"]["exceptions"]["items"]["enum"]
    tap.expect_equal(set(known), named, "exceptions")


TIME = {"allow": ["time"]}


def test_tdx():
    name = vector("tdx-quote", "near-mpc-2026-03-30")
    arguments = [f"{name}.bin", *intel("near-mpc-2026-03-30"), "--no-cache", "--time", "2026-04-13T10:24:50Z"]
    nonce = read(f"{name}.bin")[48 + 520:48 + 584].hex()
    policy = expect_policy(arguments, nonce, TIME, left=["time.not-admitted"], damage=(48 + 136, 48 + 328, 700))
    tap.expect_equal(policy["tdx"], {"tcb-status": "UpToDate", "tcb-evaluation-min": 18}, "section")
    # A platform that is out of date is for a person to admit.
    name = vector("tdx-quote", "dstack-killswitch")
    arguments = [f"{name}.bin", *intel("near-mpc-2026-03-30"), "--no-cache", "--time", "2026-04-13T10:24:50Z"]
    nonce = read(f"{name}.bin")[48 + 520:48 + 584].hex()
    expect_policy(arguments, nonce, {**TIME, "tdx": {"tcb-status": "OutOfDate"}}, damage=(48 + 136,),
                  left=["tdx.tcb-status", "time.not-admitted"])


def test_snp():
    # AMD's keys hold for years, so that these are judged now.
    for name, processor in (("oak-turin-v5", "Turin"), ("oak-genoa-v5", "Genoa"), ("oak-cb-milan-v3", "Milan")):
        path = vector("snp-report", name)
        arguments = [f"{path}.report.bin", "--certificates", f"{path}.vek.der", "--no-cache"]
        nonce = answers("snp-report", name)["report_data"]
        policy = expect_policy(arguments, nonce, {"allow": ["snp.crl-missing"]}, left=["snp.crl-missing"],
                               damage=(0x90, 0x1e0, 0x2a0))
        tap.expect_equal(list(policy["snp"]["minimum-tcb"]), [processor], "processor")


def test_snp_under_a_clouds_key():
    path = vector("snp-report", "trustee-vlek-v3-vmpl1")
    arguments = [f"{path}.report.bin", "--collateral", f"{path}.vek.der", "--no-cache", "--time", "2025-09-01T00:00:00Z"]
    nonce = answers("snp-report", "trustee-vlek-v3-vmpl1")["report_data"]
    policy = expect_policy(arguments, nonce, {"allow": ["time", "snp.crl-missing"]}, damage=(0x90,),
                           left=["snp.crl-missing", "time.not-admitted"])
    tap.expect_equal(policy["claims"]["snp.csp-id"], "CN=cc-us-east-2.amazonaws.com", "cloud")


def test_nsm():
    document = vector("nitro", "dstack-prod-1.cose")
    known = answers("nitro", "dstack-prod-1")
    arguments = [document, "--no-cache", "--time", str(known["timestamp_ms"] // 1000 + 1)]
    nonce = known["user_data"] or known["nonce"]
    expect_policy(arguments, nonce, TIME, left=["time.not-admitted"], damage=(200, 400, len(read(document)) - 1))


def test_azure():
    for name, time, allow, more in (
            ("trustee-snp-genoa", "2025-09-01T00:00:00Z", ["time", "snp.crl-missing"], {}),
            ("trustee-tdx-v1", "2025-07-22T09:13:34Z", ["time", "tdx.sept-ve", "all-zero-registers"],
             {"tdx": {"tcb-status": "OutOfDate"}})):
        path = vector("azure-hcl", name)
        known = answers("azure-hcl", name)
        with folder() as place:
            pcrs = write(os.path.join(place, "pcrs"),
                         b"".join(bytes.fromhex(pcr) for pcr in json.loads(read(f"{path}.pcrs.json"))))
            is_tdx = "tdx" in name
            report = f"{path}.tdquote.bin" if is_tdx else write(os.path.join(place, "report"),
                                                               read(f"{path}.hcl.bin")[32:32 + 1184])
            beside = intel("automata-2025-07-00806f") if is_tdx else ["--collateral", f"{path}.vcek.der"]
            arguments = [report, "--manifest", f"{path}.hcl.bin", "--quote", f"{path}.tpmquote.msg", "--signature",
                         f"{path}.tpmquote.sig", "--pcrs", pcrs, *beside, "--no-cache", "--time", time]
            left = {"time.not-admitted", *({"tdx.sept-ve", "registers.all-zero", "tdx.tcb-status"} if is_tdx
                                           else {"snp.crl-missing", "composite.edge-none"})}
            expect_policy(arguments, known["tpm_quote_nonce"], {"allow": allow, **more}, left=left, damage=(0x90,))


def test_forged_evidence_of_every_kind():
    """Nothing is left to decide but the time; CCA and CoVE pin the key that they were given and are accepted."""
    rows = (("tdx", (48 + 6 + 136, 48 + 6 + 328), FORGED), ("tdx-v4", (48 + 136,), FORGED),
            ("snp", (0x90,), FORGED), ("snp-turin", (0x90,), FORGED), ("snp-vlek", (0x90,), FORGED),
            ("nsm", (200,), FORGED), ("nsm-response", (200,), FORGED),
            ("svsm", (), FORGED), ("azure", (), FORGED),
            ("tpm", (), []), ("cca", (300,), []), ("cca-cmw", (300,), []), ("cove", (300,), []))
    for name, damage, outcome in rows:
        expect_policy(forged_arguments(name), forged_nonce(name), TIME, left=["time.not-admitted"], damage=damage,
                      outcome=outcome)


if __name__ == "__main__":
    tap.main(globals())
