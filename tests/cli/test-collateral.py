#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally collateral fetch: from a server on this machine that answers as Intel's, AMD's and others' do."""
import base64
import contextlib
import http.server
import json
import os
import ssl
import subprocess
import threading
import urllib.parse

from evidence import COLLATERAL, FORGE_TIME, answers, codes, forged, read, vector, write
from program import MALFORMED, OK, REJECTED, TRY_AGAIN, UNAVAILABLE, USAGE, folder, run, tap


@contextlib.contextmanager
def server(answers, tls=None):
    """
    A server on this machine; answers is a list of (status, headers, body), the last of which stays, or a function that
    has one for a path. tls: its certificate and key.
    """
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if callable(answers):
                status, headers, body = answers(self.path)
            else:
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
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.server_address[1]}", asked
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


def test_a_server_that_signs_its_own_certificate():
    with folder() as path:
        cache, certificate, key = (os.path.join(path, name) for name in ("cache", "server.pem", "key.pem"))
        os.mkdir(cache)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=cache", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True,
                       stderr=subprocess.DEVNULL)
        arguments = google(cache)
        with server([(200, {}, revocation_list())], (certificate, key)) as (url, asked):
            run("collateral", "fetch", *arguments, "--mirror", url).expect(UNAVAILABLE).expect_text("--cacert")
            for wrong in (key, os.path.join(path, "absent.pem")):
                run("collateral", "fetch", *arguments, "--mirror", url, "--cacert", wrong).expect(UNAVAILABLE).expect_text(wrong)
            tap.expect_equal(asked, [], "what it was asked without trust")
            run("collateral", "fetch", *arguments, "--mirror", url, "--cacert", certificate).expect(OK).expect_text("fetched")


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


def test_a_folder_that_is_named_must_be_there():
    with folder() as path:
        missing = os.path.join(path, "missing")
        run("collateral", "show", missing).expect_problem(USAGE, f"{missing} can't be read")
        # A cache is made by the first fetch.
        run("collateral", "show", "--cache", missing).expect(OK).expect_text("no collateral")


def pem(label, der):
    digits = base64.b64encode(der).decode()
    lines = "\n".join(digits[at:at + 64] for at in range(0, len(digits), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def test_files_that_can_not_be_read_are_told_with_the_byte():
    cases = (("snp", "leaf.der", "CERTIFICATE", "certificate.malformed"), ("snp", "root.crl", "X509 CRL", "crl.malformed"),
             ("tdx", "signer.pem", "CERTIFICATE", "certificate.malformed"), ("tdx", "pck.crl", "X509 CRL", "crl.malformed"),
             ("tdx", "root.crl", "X509 CRL", "crl.malformed"))
    for name, wrong, label, code in cases:
        place = os.path.join(forged(), name)
        whole = read(os.path.join(place, "collateral", wrong))
        # One certificate of a chain will do: the byte behind it is what is wrong.
        der = base64.b64decode(whole.split(b"-----")[2]) if whole.startswith(b"-----") else whole
        others = [word for file in os.listdir(os.path.join(place, "collateral")) if file != wrong
                  for word in ("--collateral", os.path.join(place, "collateral", file))]
        for content, told in ((der + b"x", ""), (b"\n" + pem(label, der + b"x"), "in the block at byte 1 of %u, decoded: ")):
            with folder() as path:
                file = write(os.path.join(path, "wrong"), content)
                verdict = run("verify", os.path.join(place, "evidence"), *others, "--collateral", file, "--test-root",
                              os.path.join(place, "root"), "--time", str(FORGE_TIME), "--no-cache", "--json").expect(
                    MALFORMED).object()
                details = [reason["detail"] for reason in verdict["reasons"] if reason["code"] == code]
                told = told and told % len(content)
                tap.expect_equal(details, [f"{file}: {told}at byte {len(der)} of {len(der) + 1}: bytes left after the last "
                                           "field"], f"{name}, {wrong}")


# Intel.
TDX = "near-mpc-2026-03-30"
TDX_TIME = "2026-04-13T10:24:50Z"


def intel_file(ending):
    return read(vector("tdx-collateral", f"{TDX}.{ending}"))


def intel_paths(chain_header, is_cache):
    """What Intel's services answer, or its caching service where is_cache; the chain of the signer is percent-encoded."""
    tcb_info, identity, chain, pck_crl, root_crl = (intel_file(ending) for ending in COLLATERAL)
    encoded = urllib.parse.quote(chain.decode(), safe="")
    fmspc = json.loads(tcb_info)["tcbInfo"]["fmspc"].lower()
    paths = {f"/tdx/certification/v4/tcb?fmspc={fmspc}": ({chain_header: encoded}, tcb_info),
             "/tdx/certification/v4/qe/identity": ({"SGX-Enclave-Identity-Issuer-Chain": encoded}, identity),
             "/sgx/certification/v4/pckcrl?ca=platform&encoding=der": ({"SGX-PCK-CRL-Issuer-Chain": encoded}, pck_crl)}
    if is_cache:
        paths["/sgx/certification/v4/rootcacrl"] = ({}, root_crl.hex().encode())
    else:
        paths["/IntelSGXRootCA.der"] = ({}, root_crl)
    return paths


def serve(paths):
    def answer(path):
        headers, body = paths.get(path, ({}, None))
        return (404, {}, b"") if body is None else (200, headers, body)
    return answer


def accepts(quote, path, cache, time, allow):
    """A policy from the evidence and from what was fetched accepts it; without that it does not."""
    arguments = [quote, "--cache", cache, "--time", time]
    nonce = read(quote)[568:632].hex() if read(quote)[:2] == b"\x04\0" and read(quote)[4:5] == b"\x81" else \
        read(quote)[0x50:0x90].hex()
    policy = json.loads(run("policy", "init", *arguments, "--nonce", nonce).out)
    policy["allow"] = allow
    file = write(os.path.join(path, "policy.json"), json.dumps(policy))
    run("verify", *arguments, "--policy", file, "--nonce", nonce).expect(OK)
    found = codes(run("verify", quote, "--no-cache", "--time", time, "--policy", file, "--nonce", nonce, "--json").expect(
        REJECTED))
    return found


def test_intel_s_services():
    quote = vector("tdx-quote", f"{TDX}.bin")
    for header, is_cache in (("TCB-Info-Issuer-Chain", False), ("SGX-TCB-Info-Issuer-Chain", False),
                             ("TCB-Info-Issuer-Chain", True)):
        with folder() as path:
            cache = os.path.join(path, "cache")
            paths = intel_paths(header, is_cache)
            with server(serve(paths)) as (url, asked):
                # A slash at the end of the server's name is no part of a path.
                files = run("collateral", "fetch", quote, "--cache", cache, "--mirror", url + "/" * is_cache, "--json").expect(
                    OK).object()["files"]
            tap.expect_equal(set(paths) - set(asked), set(), "what was not asked for")
            tap.expect_equal(({file["outcome"] for file in files}, len(files)), ({"fetched"}, 6), "files")
            missing = accepts(quote, path, cache, TDX_TIME, ["time"])
            tap.expect_equal({"tdx.tcb-info-missing", "tdx.qe-identity-missing", "tdx.pck-crl-missing",
                              "tdx.root-crl-missing"} <= set(missing), True, f"without a cache: {missing}")


def test_without_the_signer_s_chain():
    """A server that forgets the header: what is there can't be verified."""
    quote = vector("tdx-quote", f"{TDX}.bin")
    paths = {path: ({}, body) for path, (_, body) in intel_paths("-", False).items()}
    with folder() as path:
        cache = os.path.join(path, "cache")
        with server(serve(paths)) as (url, _):
            run("collateral", "fetch", quote, "--cache", cache, "--mirror", url)
        found = codes(run("verify", quote, "--cache", cache, "--time", TDX_TIME, "--json").expect(REJECTED))
        tap.expect_equal("tdx.tcb-signer-missing" in found, True, f"reasons: {found}")


# AMD.
def amd_path(report, product):
    """Where AMD's server has the key's certificate. spec: AMD 57230, 4"""
    tcb = report[0x180:0x188]
    parts = ("fmcSPL", 0), ("blSPL", 1), ("teeSPL", 2), ("snpSPL", 3), ("ucodeSPL", 7)
    if product != "Turin":
        parts = ("blSPL", 0), ("teeSPL", 1), ("snpSPL", 6), ("ucodeSPL", 7)
    chip = report[0x1a0:0x1a8 if product == "Turin" else 0x1e0].hex()
    return f"/vcek/v1/{product}/{chip}?" + "&".join(f"{part}={tcb[at]:02}" for part, at in parts)


def test_amd_s_service():
    for name, product in (("oak-genoa-v5", "Genoa"), ("oak-turin-v5", "Turin"), ("oak-cb-milan-v3", "Milan")):
        report = vector("snp-report", f"{name}.report.bin")
        key = amd_path(read(report), product)
        is_busy = [True]

        def answer(path, key=key, name=name, is_busy=is_busy):
            if path == key and is_busy.pop() if is_busy else False:
                return 429, {"Retry-After": "1"}, b""
            return serve({key: ({}, read(vector("snp-report", f"{name}.vek.der")))})(path)

        with folder() as path:
            cache = os.path.join(path, "cache")
            with server(answer) as (url, asked):
                # AMD's list is in no corpus, and this server has none: everything else is there.
                run("collateral", "fetch", report, "--cache", cache, "--mirror", url).expect(UNAVAILABLE).expect_text(
                    "fetched", "404")
            tap.expect_equal(asked, [key, key, f"/vcek/v1/{product}/crl"], "paths")
            missing = accepts(report, path, cache, "2025-09-01T00:00:00Z", ["time", "snp.crl-missing"])
            tap.expect_equal("snp.certificate-missing" in missing, True, f"without a cache: {missing}")


def test_amd_s_lists():
    """
    None is in the corpus: a server has the forger's where AMD has its own. What is fetched for a real report serves to
    judge a forged one, whatever it says.
    """
    cases = (("oak-cb-milan-v3", "vcek", "Milan", "snp"), ("oak-turin-v5", "vcek", "Turin", "snp-turin"),
             ("trustee-vlek-v3-vmpl1", "vlek", "Milan", "snp-vlek"))
    for name, kind, product, made in cases:
        report, leaf = (vector("snp-report", f"{name}.{ending}") for ending in ("report.bin", "vek.der"))
        place = os.path.join(forged(), made)
        judge = ["verify", os.path.join(place, "evidence"), "--test-root", os.path.join(place, "root"), "--time",
                 str(FORGE_TIME), "--json", *(word for file in ("leaf.der", "authority.der")
                                              for word in ("--collateral", os.path.join(place, "collateral", file)))]
        for file, expected in ((("collateral", "root.crl"), []), (("revoked.crl",), ["certificate.revoked"])):
            listed = f"/{kind}/v1/{product}/crl"
            with folder() as path:
                cache = os.path.join(path, "cache")
                with server(serve({listed: ({}, read(os.path.join(place, *file)))})) as (url, asked):
                    fetched = run("collateral", "fetch", report, "--collateral", leaf, "--cache", cache, "--mirror", url,
                                  "--json").expect(OK).object()["files"]
                tap.expect_equal(asked, [listed], "paths")
                tap.expect_equal([(one["name"], one["outcome"]) for one in fetched],
                                 [(f"snp/{kind}-{product.lower()}.crl", "fetched")], "files")
                for arguments, codes_expected in ((["--no-cache"], ["snp.crl-missing"]), (["--cache", cache], expected)):
                    found = codes(run(*judge, *arguments).expect(REJECTED))
                    tap.expect_equal([code for code in found if "crl" in code or code.startswith("certificate.")],
                                     codes_expected, f"{made}, {arguments[0]}")


if __name__ == "__main__":
    tap.main(globals())
