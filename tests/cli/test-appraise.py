#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Raw reports, policies from evidence, batches, attestation results, and collateral from a server on this machine."""
import base64
import json
import os
import subprocess

from program import MALFORMED, OK, REJECTED, TRY_AGAIN, UNAVAILABLE, USAGE, folder, run, tap

BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")
VECTORS = os.environ.get("TALLY_VECTORS")


def boot(name):
    return os.path.join(BOOT, name)


def boot_nonce():
    with open(boot("nonce.hex"), encoding="ascii") as file:
        return file.read().strip()


QUOTE = (boot("quote.msg"), "--signature", boot("quote.sig"), "--pcrs", boot("quote.pcrs"), "--ak", boot("ak.pub"),
         "--log", boot("log.bin"), "--log", boot("ima.bin"), "--no-cache")


def vector(*parts):
    if not VECTORS:
        raise tap.Skip("TALLY_VECTORS is not set")
    return os.path.join(VECTORS, *parts)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def policy_of(path, *arguments):
    return write(os.path.join(path, "policy.json"), run("policy", "init", *arguments).expect(OK).out)


def test_a_policy_from_evidence_accepts_it_and_no_other():
    with folder() as path:
        policy = policy_of(path, *QUOTE)
        run("verify", *QUOTE, "--policy", policy, "--nonce", boot_nonce()).expect(OK).expect_text("accepted: tpm")
        written = json.loads(open(policy, encoding="utf-8").read())
        tap.expect_equal(len(written["registers"]), 24, "registers")
        written["registers"]["tpm.pcr0"] = written["registers"]["tpm.pcr0"][1:]
        write(policy, json.dumps(written))
        verdict = run("verify", *QUOTE, "--policy", policy, "--nonce", boot_nonce(), "--json").expect(REJECTED).object()
        tap.expect_equal({reason["code"] for reason in verdict["reasons"]}, {"policy.event-unmatched"}, "reasons")
        tap.expect_equal([difference["register"] for difference in verdict["differences"]], ["tpm.pcr0"], "difference")


def test_a_quote_needs_its_pieces():
    run("verify", boot("quote.msg"), "--signature", boot("quote.sig"), "--no-cache").expect_problem(
        USAGE, "needs --signature, --pcrs and --ak")


def test_malformed_is_not_rejected():
    with folder() as path:
        text = write(os.path.join(path, "text"), "no evidence")
        run("verify", text, "--no-cache").expect(MALFORMED)
        half = write(os.path.join(path, "half.json"), '{"quote": "!"}')
        run("verify", half, "--no-cache").expect_problem(MALFORMED, "the evidence of TDX")


def test_an_agents_evidence_is_read():
    evidence = vector("tpm-quote", "trustee-tpm-evidence.evidence.json")
    with open(vector("tpm-quote", "trustee-tpm-evidence.expected.json"), encoding="utf-8") as file:
        nonce = json.load(file)["extra_data"]
    with folder() as path:
        written = run("policy", "init", evidence, "--no-cache")
        tap.expect_equal((written.code, "registers.all-zero" in written.err), (OK, True), "what is left to decide")
        policy = write(os.path.join(path, "policy.json"), written.out)
        codes = run("verify", evidence, "--no-cache", "--policy", policy, "--nonce", nonce, "--json").expect(
            REJECTED).object()["reasons"]
        tap.expect_equal([reason["code"] for reason in codes], ["registers.all-zero"], "nothing was measured there")
        write(policy, open(policy, encoding="utf-8").read().replace('"allow": []', '"allow": ["all-zero-registers"]'))
        run("verify", evidence, "--no-cache", "--policy", policy, "--nonce", nonce).expect(OK)


def test_many_are_judged_in_their_order():
    with folder() as path:
        policy = policy_of(path, *QUOTE)
        names = "".join(f"{name} {boot_nonce()}\n" for name in (boot("nonce.hex"), boot("quote.msg"), policy))
        for threads in ("1", "4"):
            done = run("verify", "--batch", "--no-cache", "--policy", policy, "--threads", threads, stdin=names.encode())
            verdicts = [json.loads(line) for line in done.expect(MALFORMED).out.splitlines()]
            tap.expect_equal([verdict["result"] for verdict in verdicts], ["rejected"] * 3, "results")


def claims_of(token):
    header, payload, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return json.loads(header), json.loads(payload), signature


def test_results_for_other_services():
    with folder() as path:
        key = os.path.join(path, "key.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", key],
                       check=True, capture_output=True)
        policy = policy_of(path, *QUOTE)
        rows = (("veraison", "tag:github.com,2023:veraison/ear", "ear.status", "ear.trustworthiness-vector"),
                ("ietf", "tag:ietf.org,2026:rats/ear#03", "ear_status", "ear_trustworthiness_vector"))
        for name, profile, status, vectors in rows:
            token = run("verify", *QUOTE, "--policy", policy, "--nonce", boot_nonce(), "--result", "ear", "--ear-key",
                        key, "--ear-profile", name).expect(OK).out.strip()
            header, payload, signature = claims_of(token)
            tap.expect_equal((header["alg"], len(signature), payload["eat_profile"]), ("ES384", 96, profile), "token")
            report = payload["submods"]["report"]
            # A TPM is genuine hardware; of the memory of its machine it says nothing.
            tap.expect_equal((report[status], report[vectors]["hardware"], report[vectors]["runtime-opaque"]),
                             ("affirming", 2, 0), "what is said of it")
        token = run("verify", *QUOTE, "--nonce", boot_nonce(), "--result", "ear", "--ear-key", key).expect(REJECTED)
        tap.expect_equal(claims_of(token.out.strip())[1]["submods"]["report"]["ear.status"], "contraindicated", "status")
        run("verify", *QUOTE, "--result", "ear").expect_problem(USAGE, "--ear-key")


if __name__ == "__main__":
    tap.main(globals())
