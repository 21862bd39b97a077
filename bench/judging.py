# SPDX-License-Identifier: BSD-2-Clause
"""Judging evidence, against bare signature checks, verifiers that others wrote, and one processor: for tools/bench."""
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import time

from ratios import BUILD, IS_QUICK, ROOT, RUNS, TALLY, alone, program, progress, report, values

PEERS = os.path.join(BUILD, "peers")
NONCE_AT, NONCE_SIZE = 568, 64  # of REPORTDATA in a quote v4

# Real evidence whose collateral is there, too: kind -> report, time, collateral, goals cold and warm.
EVIDENCE = {"tdx": ("tdx-quote/near-mpc-2026-03-30.bin", 1776075890,
                    ["tdx-collateral/near-mpc-2026-03-30" + ending for ending in
                     (".tcbinfo.json", ".qeidentity.json", ".tcbsign-chain.pem", ".pckcrl.der", ".rootcrl.der")],
                    0.85, 0.85),
            "snp": ("snp-report/oak-genoa-v5.report.bin", 1761955200, ["snp-report/oak-genoa-v5.vek.der"], 0.9, 0.95),
            "nsm": ("nitro/dstack-prod-1.cose", 1766678660, [], 0.9, 0.85),
            "cca": ("cca/services-cca-good.cbor", 1795219200, ["cca/services-cca-good.ipak.jwk"], 0.9)}


# Who judges the same, and what is to be reached: kind, name, verdicts in one run, goals cold and warm.
CRATE, WHEEL = "dcap-qvl's crate with ring", "dcap-qvl from PyPI"
PEER_GOALS = [("tdx", WHEEL, 500, 1, 2.5), ("tdx", CRATE, 1000, 1, 2.5), ("snp", "go-sev-guest", 500, 1.4, None),
              ("nsm", "nitrite", 250, 1, 2)]


def vectors():
    """The folder of real evidence; None, and said so, without one."""
    folder = os.environ.get("TALLY_VECTORS")
    if not folder:
        progress("skipped: TALLY_VECTORS does not say where real evidence is")
    return folder


def paths(folder, kind):
    """Report and collateral of a kind, and the time."""
    evidence, when, collateral, *_ = EVIDENCE[kind]
    return os.path.join(folder, evidence), [os.path.join(folder, name) for name in collateral], str(when)


def our_rates(folder, kind, prefix=()):
    evidence, collateral, when = paths(folder, kind)
    return values(*prefix, program("bench-verify"), kind, evidence, when, *collateral)


def bench_verify(_work):
    folder = vectors()
    if not folder:
        return
    for kind, (_evidence, _when, _collateral, *goals) in EVIDENCE.items():
        found = our_rates(folder, kind)
        for way, goal in zip(("cold", "warm"), goals):
            report(f"verify {kind}, {way} / its signature checks", found[f"verify.{kind}-{way}-of-floor"], goal,
                   f"{found[f'verify.{kind}-{way}']:.0f}/s, one core")


def build(tool, *arguments, folder, **environment):
    """True if the peer's program is there; else why not is said."""
    if not shutil.which(tool):
        progress(f"skipped: {tool} is not installed")
        return False
    progress("building the peers in " + folder)
    done = subprocess.run([tool, *arguments], cwd=os.path.join(ROOT, folder), env={**os.environ, **environment},
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        progress(f"skipped: what is in {folder} can't be built: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return done.returncode == 0


def build_go():
    return build("go", "build", "-o", os.path.join(PEERS, "go"), ".", folder="tests/interop/peers", GOTOOLCHAIN="local")


def build_dcap_qvl():
    return build("cargo", "build", "--release", "--locked", folder="bench/dcap-qvl", CARGO_TARGET_DIR=os.path.join(PEERS, "target"))


def build_wheel():
    """The version whose verdicts peers-test compares, in an environment of its own."""
    progress("installing dcap-qvl from PyPI")
    environment = os.path.join(PEERS, "venv")
    for command in (["/usr/bin/python3", "-m", "venv", environment], [os.path.join(environment, "bin/pip"), "install", "-q", "dcap-qvl==0.7.0"]):
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            progress(f"skipped: dcap-qvl can't be had from PyPI: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
            return False
    return True


def signed_part(path, name):
    """An object as its signature covers it, and the signature."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    start = text.index("{", text.index(f'"{name}"'))
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end], json.loads(text)["signature"]


def dcap_qvl_command(folder, work, program_words):
    """A program of the peer's on the quote that is ours, too; how often is still to be added."""
    quote, (tcb_info, identity, signer, pck_crl, root_crl), when = paths(folder, "tdx")
    parts = {}
    for name, path in (("pck_crl_issuer_chain", signer.replace("tcbsign-chain", "pckcrl-chain")), ("tcb_info_issuer_chain", signer),
                       ("qe_identity_issuer_chain", signer), ("pck_crl", pck_crl), ("root_ca_crl", root_crl)):
        with open(path, "rb") as file:
            parts[name] = file.read().decode() if path.endswith(".pem") else file.read().hex()
    parts["tcb_info"], parts["tcb_info_signature"] = signed_part(tcb_info, "tcbInfo")
    parts["qe_identity"], parts["qe_identity_signature"] = signed_part(identity, "enclaveIdentity")
    collateral = os.path.join(work, "dcap-qvl.json")
    with open(collateral, "w", encoding="utf-8") as file:
        json.dump(parts, file)
    return [*program_words, quote, collateral, when]


def crate_words():
    return [os.path.join(PEERS, "target", "release", "tally-bench-dcap-qvl")]


def wheel_words():
    return [os.path.join(PEERS, "venv", "bin", "python"), os.path.join(ROOT, "bench", "dcap-qvl", "judge.py")]


def processor_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "GOMAXPROCS": "1"}).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "rejected" in said:
        raise RuntimeError(f"{command} says: {said}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peer_command(kind, name, folder, work):
    """A function from how often to a command that asks the peer as often."""
    if kind == "tdx":
        command = dcap_qvl_command(folder, work, crate_words() if name == CRATE else wheel_words())
        return lambda count: [*alone(0), *command, str(count)]
    evidence, collateral, when = paths(folder, kind)
    return lambda count: [*alone(0), os.path.join(PEERS, "go"), "repeat", str(count), name, evidence, *collateral, when]


def bench_peers(work):
    """Verdicts a second of processor time on one core, in turn with each peer's."""
    folder = vectors()
    if not folder:
        return
    has_go = build_go()
    is_built = {CRATE: build_dcap_qvl(), WHEEL: build_wheel(), "go-sev-guest": has_go, "nitrite": has_go}
    for kind, name, count, *goals in PEER_GOALS:
        if not is_built[name]:
            continue
        command = peer_command(kind, name, folder, work)
        theirs, ours = [], []
        for _ in range(1 if IS_QUICK else 3):
            # What a process does once falls out.
            theirs.append((count - 1) / (processor_seconds(command(count)) - processor_seconds(command(1))))
            ours.append(our_rates(folder, kind, alone(0)))
        for way, goal in zip(("cold", "warm"), goals):
            rates = [found[f"verify.{kind}-{way}"] for found in ours]
            report(f"verify {kind}, {way} / {name}", statistics.median(a / b for a, b in zip(rates, theirs)), goal,
                   f"{statistics.median(rates):.0f}/s against {statistics.median(theirs):.0f}/s, which keeps nothing; one core each")


def judgement(folder, work):
    """Arguments after `verify` by which the quote is accepted."""
    quote, files, when = paths(folder, "tdx")
    collateral = [word for path in files for word in ("--collateral", path)]
    policy = json.loads(subprocess.run([TALLY, "policy", "init", quote, *collateral, "--time", when], check=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    policy["allow"] = ["time"]
    path = os.path.join(work, "policy.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(policy, file)
    with open(quote, "rb") as file:
        nonce = file.read()[NONCE_AT:NONCE_AT + NONCE_SIZE].hex()
    return quote, [*collateral, "--time", when, "--policy", path, "--nonce", nonce]


def record_checks(quote, arguments, work):
    """The nine checks of that judgement in a file, and the program that makes them and nothing else."""
    checks = os.path.join(work, "checks")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(checks)
    subprocess.run([program("record-checks"), "verify", quote, *arguments], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "TALLY_BENCH_CHECKS": checks})
    return [program("bare-openssl"), checks, "9"]


def bench_judge_process(work):
    """Whole processes, from start to end."""
    folder = vectors()
    if not folder:
        return
    quote, arguments = judgement(folder, work)
    commands = {"bare OpenSSL": record_checks(quote, arguments, work), "tally verify": [TALLY, "verify", quote, *arguments],
                "tally-verify verify": [TALLY + "-verify", "verify", quote, *arguments]}
    if build_dcap_qvl():
        commands["dcap-qvl"] = [*dcap_qvl_command(folder, work, crate_words()), "1"]
    words = [word for command in commands.values() for word in ("--", *command)][1:]
    found = values(*alone(0), program("bench-spawn"), "50" if IS_QUICK else "200", *words)
    taken = {name: found[str(place)] for place, name in enumerate(commands)}
    for name, goal in (("tally verify", 1.3), ("tally-verify verify", None)):
        report(f"{name} / bare OpenSSL", taken[name] / taken["bare OpenSSL"], goal, "whole process, a TDX quote, 9 signature checks, "
               f"{1000 * taken[name]:.2f} ms against {1000 * taken['bare OpenSSL']:.2f} ms", is_most=True)
    if "dcap-qvl" in taken:
        report("tally verify / dcap-qvl", taken["tally verify"] / taken["dcap-qvl"], None,
               f"whole process on the same quote, {1000 * taken['dcap-qvl']:.2f} ms, linked statically", is_most=True)


def wall_seconds(commands, names=None):
    """Of commands that run at the same time, the list of evidence on standard input of each."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(names or os.devnull, "rb")) for _ in commands]
        start = time.monotonic()
        processes = [subprocess.Popen(command, stdin=file, stdout=subprocess.DEVNULL) for command, file in zip(commands, files)]
        if any([process.wait() for process in processes]):
            raise RuntimeError(f"{commands} failed")
        return time.monotonic() - start


def bench_batch(work):
    """Two processors against one: many judgements in one process, and bare signature checks in two."""
    folder = vectors()
    if not folder:
        return
    if not {0, 1} <= os.sched_getaffinity(0):
        progress("skipped: there are no two processors")
        return
    quote, arguments = judgement(folder, work)
    bare = [*record_checks(quote, arguments, work), "300" if IS_QUICK else "1000"]
    names = os.path.join(work, "names")
    with open(names, "w", encoding="utf-8") as file:
        file.write((quote + "\n") * (500 if IS_QUICK else 3000))
    batch = [TALLY + "-verify", "verify", "--batch", *arguments]
    ratios, machine = [], []
    for _ in range(RUNS):
        ratios.append(wall_seconds([[*alone(0), *batch]], names) / wall_seconds([[*alone(0, 1), *batch]], names))
        machine.append(2 * wall_seconds([[*alone(0), *bare]]) / wall_seconds([[*alone(0), *bare], [*alone(1), *bare]]))
    report("verify --batch on 2 cores / 1", statistics.median(ratios), 1.8, "many TDX quotes in one process; two processes of bare "
           f"signature checks get {statistics.median(machine):.2f} here")
