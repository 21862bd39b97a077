#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Raw reports, policies from evidence, batches, attestation results, and collateral from a server on this machine."""
import base64
import contextlib
import http.server
import json
import os
import subprocess
import threading

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


@contextlib.contextmanager
def server(answers):
    """A server on this machine; answers is a list of (status, headers, body), the last of which stays."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = answers[0] if len(answers) == 1 else answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}", asked
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def google(cache):
    """Evidence whose key is certified by an authority that publishes a revocation list."""
    name = vector("tpm-quote", "gce-cos85-nonce9009")
    with open(f"{name}-sha256.expected.json", encoding="utf-8") as file:
        pcrs = json.load(file)["pcrs"]
    values = os.path.join(cache, "..", "values")
    with open(values, "wb") as file:
        file.write(b"".join(bytes.fromhex(pcrs[str(number)]) for number in range(24)))
    certificates = [f"{name}.ak.crt.der", vector("tpm-quote", "gce-ca-tpm_ek_intermediate_2.crt"),
                    vector("tpm-quote", "gce-ca-tpm_ek_root_1.cer")]
    return (f"{name}-sha256.msg", "--signature", f"{name}-sha256.sig", "--pcrs", values, "--ak", f"{name}.ak.tpmt.bin",
            "--cache", cache, *(word for path in certificates for word in ("--collateral", path)))


def revocation_list():
    with open(vector("tdx-collateral", "automata-2025-07-00806f.rootcrl.der"), "rb") as file:
        return file.read()


def older_list():
    with open(vector("tdx-collateral", "go-tdx-guest-2023-06-50806f.rootcrl.der"), "rb") as file:
        return file.read()


def test_what_is_missing_is_fetched():
    body, old = revocation_list(), older_list()
    with folder() as path:
        cache = os.path.join(path, "cache")
        os.mkdir(cache)
        arguments = google(cache)
        missing = run("verify", *arguments, "--json").expect(REJECTED).object()["needs"]
        tap.expect_equal(len(missing) >= 1 and all(need["url"].startswith("http") for need in missing), True, "needs")
        run("verify", *arguments).expect(REJECTED).expect_text("tally collateral fetch", missing[0]["name"])
        with server([(200, {}, body)]) as (url, asked):
            files = run("collateral", "fetch", *arguments, "--mirror", url, "--json").expect(OK).object()["files"]
            tap.expect_equal({file["outcome"] for file in files}, {"fetched"}, "outcomes")
            tap.expect_equal(asked[0], "/" + missing[0]["url"].split("/", 3)[3], "the path")
        shown = run("collateral", "show", cache, "--json").expect(OK).object()["files"]
        tap.expect_equal({file["kind"] for file in shown}, {"crl"}, "kinds")
        # An older one does not take its place.
        with server([(200, {}, old)]) as (url, _):
            files = run("collateral", "fetch", *arguments, "--mirror", url, "--json").expect(OK).object()["files"]
            tap.expect_equal({file["outcome"] for file in files}, {"kept"}, "outcomes")


def test_servers_are_not_pressed():
    body = revocation_list()
    with folder() as path:
        cache = os.path.join(path, "cache")
        os.mkdir(cache)
        arguments = google(cache)
        with server([(503, {"Retry-After": "1"}, b""), (200, {}, body)]) as (url, _):
            run("collateral", "fetch", *arguments, "--mirror", url).expect(OK).expect_text("fetched")
        with server([(429, {"Retry-After": "3600"}, b"")]) as (url, asked):
            run("collateral", "fetch", *arguments, "--mirror", url).expect(TRY_AGAIN)
            tap.expect_equal(len(asked), len(set(asked)), "each was asked once")
        with server([(404, {}, b"no")]) as (url, _):
            run("collateral", "fetch", *arguments, "--mirror", url).expect(UNAVAILABLE).expect_text("404")
        with server([(200, {}, b"<html>")]) as (url, _):
            run("collateral", "fetch", *arguments, "--mirror", url).expect(UNAVAILABLE).expect_text("no collateral")


if __name__ == "__main__":
    tap.main(globals())
