#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally report, evidence and verify: what is accepted, what is rejected and why, and the exit codes of both."""
import contextlib
import hashlib
import json
import os

from program import MALFORMED, NONCE, OK, REJECTED, USAGE, folder, on_terminal, run, sha384, state, tap

STATIC = ("mrtd", "mrconfigid", "mrowner", "mrownerconfig")
KEY = "spki:" + sha384(b"a key").hex()


class Case:
    """A state with two events, a policy that accepts it, and a folder for files."""

    def __init__(self, soft, path):
        self.soft = soft
        self.path = path
        soft.run("extend", "rtmr2", "--event", "kernel", "--data", "hex:00").expect(OK)
        soft.run("extend", "rtmr2", "--event", "app", "--data", "hex:01").expect(OK)
        self.write_policy()

    def file(self, name):
        return os.path.join(self.path, name)

    def policy(self):
        key = self.soft.run("doctor", "--json").expect(OK).object()["key"]
        origin = f"{os.getuid()}:{os.getgid()}"
        return {
            "tally-policy": 1, "binding": "tally", "soft": {"keys": [key]},
            "claims": {f"soft.{name}": self.soft.value(name).hex() for name in STATIC},
            "registers": {
                "soft.rtmr0": [], "soft.rtmr1": [], "soft.rtmr3": [],
                "soft.rtmr2": [{"require": {"name": name, "origin": origin}} for name in ("kernel", "app")]},
        }

    def write_policy(self, change=lambda policy: None):
        policy = self.policy()
        change(policy)
        with open(self.file("policy.json"), "w", encoding="utf-8") as file:
            json.dump(policy, file)

    def evidence(self, *arguments, nonce=NONCE):
        self.soft.run("evidence", "--nonce", nonce, "--output", self.file("evidence"), *arguments).expect(OK)

    def verify(self, *arguments, nonce=NONCE):
        return run("verify", self.file("evidence"), "--policy", self.file("policy.json"), "--nonce", nonce, *arguments)

    def expect_codes(self, codes, *arguments, code=REJECTED, nonce=NONCE):
        """Rejected for exactly these reasons, in text and in JSON."""
        verdict = self.verify(*arguments, "--json", nonce=nonce).expect(code).object()
        tap.expect_equal(sorted({reason["code"] for reason in verdict["reasons"]}), sorted(codes), "reasons")
        self.verify(*arguments, nonce=nonce).expect(code).expect_text(*codes)


@contextlib.contextmanager
def case(*options):
    with state(*options) as soft, folder() as path:
        yield Case(soft, path)


def test_evidence_of_the_machine_is_accepted():
    with case() as c:
        c.evidence()
        first = c.verify().expect(OK).out.splitlines()[0]
        tap.expect_equal(first.startswith("accepted: soft, "), True, f"the first line {first!r}")
        verdict = c.verify("--json").expect(OK).object()
        tap.expect_equal((verdict["result"], verdict["reasons"], verdict["nonce"]), ("accepted", [], NONCE), "the verdict")
        with open(c.file("evidence"), "rb") as file:
            tap.expect_equal(verdict["evidence_sha384"], sha384(file.read()).hex(), "what was judged")
        c.verify("--explain").expect(OK).expect_text("kernel", "soft.rtmr2", "holds")


def test_evidence_through_pipes_and_in_json():
    with case() as c:
        piped = c.soft.run("evidence", "--nonce", NONCE).expect(OK).bytes
        run("verify", "-", "--policy", c.file("policy.json"), "--nonce", NONCE, stdin=piped).expect(OK)
        done = c.soft.run("evidence", "--nonce", f"hex:{NONCE}", "--json").expect(OK).object()
        tap.expect_equal(done["size"], len(done["evidence"]) // 2, "size")
        run("verify", "-", "--policy", c.file("policy.json"), "--nonce", NONCE,
            stdin=bytes.fromhex(done["evidence"])).expect(OK)
        done = c.soft.run("evidence", "--nonce", NONCE, "--json", "--output", "-").expect(OK).object()
        tap.expect_equal(done["size"], len(done["evidence"]) // 2, "size with --output -")
        done = c.soft.run("evidence", "--nonce", NONCE, "--json", "--output", c.file("evidence")).expect(OK).object()
        tap.expect_equal((done["size"], "evidence" in done), (os.path.getsize(c.file("evidence")), False), "with --output")
        c.verify().expect(OK)


def test_nonces_of_every_form_and_length():
    with case() as c:
        for size in (32, 48, 64):
            nonce = os.urandom(size)
            piped = c.soft.run("evidence", "--nonce", "-", stdin=nonce).expect(OK).bytes
            with open(c.file("evidence"), "wb") as file:
                file.write(piped)
            c.verify(nonce=nonce.hex().upper()).expect(OK)
            c.verify(nonce="hex:" + nonce.hex()).expect(OK)


def test_another_nonce_is_rejected():
    with case() as c:
        c.evidence()
        c.expect_codes(["freshness.nonce-mismatch"], nonce="ff" * 32)
        run("verify", c.file("evidence"), "--policy", c.file("policy.json")).expect(REJECTED).expect_text("freshness.none")


def test_no_policy_accepts_nothing():
    with case() as c:
        c.evidence()
        run("verify", c.file("evidence"), "--nonce", NONCE).expect(REJECTED).expect_text("soft.key-unpinned", "policy.unruled")


def test_audience_and_key_are_bound():
    with case() as c:
        c.evidence("--audience", "kbs.example", "--key-binding", KEY)
        c.verify("--audience", "kbs.example", "--key-binding", KEY).expect(OK)
        c.expect_codes(["binding.audience-mismatch"], "--audience", "kbs.other", "--key-binding", KEY)
        other = "spki:" + sha384(b"another key").hex()
        c.expect_codes(["binding.key-mismatch"], "--audience", "kbs.example", "--key-binding", other)
        verdict = c.verify("--audience", "kbs.example", "--json").expect(OK).object()
        tap.expect_equal(verdict["key"], {"type": "spki", "sha384": KEY[5:]}, "the key")


def test_data_is_carried_and_bound():
    with case() as c:
        c.evidence("--data", "hex:" + b"data of mine".hex())
        c.verify().expect(OK)
        with open(c.file("evidence"), "rb") as file:
            evidence = file.read()
        with open(c.file("evidence"), "wb") as file:
            file.write(evidence.replace(b"data of mine", b"data of his."))
        c.expect_codes(["binding.companions-mismatch"])


def test_a_changed_log_names_what_differs():
    with case() as c:
        c.evidence()
        with open(c.file("evidence"), "rb") as file:
            evidence = file.read()
        with open(c.file("evidence"), "wb") as file:
            file.write(evidence.replace(b"kernel", b"kernei"))
        verdict = c.verify("--json").expect(REJECTED).object()
        relabelled = [r for r in verdict["reasons"] if r["code"] == "log.event-relabelled"]
        tap.expect_equal([(r["subject"], r["record"]) for r in relabelled], [("soft.rtmr2", 1)], "what differs")


def test_another_event_is_explained():
    with case() as c:
        c.soft.run("extend", "rtmr2", "--event", "stranger", "--data", "hex:02").expect(OK)
        c.evidence()
        c.expect_codes(["policy.event-unmatched"])
        c.verify("--explain").expect(REJECTED).expect_text("stranger")
        verdict = c.verify("--json").expect(REJECTED).object()
        tap.expect_equal([(d["register"], d["record"]) for d in verdict["differences"]], [("soft.rtmr2", 3)], "difference")
        c.write_policy(lambda p: p["registers"]["soft.rtmr2"].append({"ignore": {"max": 1}}))
        verdict = c.verify("--json").expect(OK).object()
        tap.expect_equal([i["record"] for i in verdict["ignored"]], [3], "ignored events")


def test_another_register_is_rejected():
    with case() as c:
        c.evidence()
        c.write_policy(lambda p: p["claims"].update({"soft.mrtd": "00" * 48}))
        c.expect_codes(["policy.claim-mismatch"])
        c.write_policy(lambda p: p["claims"].pop("soft.mrtd"))
        c.expect_codes(["policy.unruled"])


def test_times():
    with case() as c:
        c.evidence()
        c.expect_codes(["time.not-admitted"], "--time", "2026-11-21T12:00:00Z")
        c.write_policy(lambda p: p.update({"allow": ["time"]}))
        verdict = c.verify("--time", "2026-11-21T12:00:00Z", "--json").expect(OK).object()
        # date -u -d 2026-11-21T12:00:00Z +%s
        tap.expect_equal((verdict["time"], verdict["is_historical"]), (1795262400, True), "the time")
        tap.expect_equal(c.verify("--time", "1795262400", "--json").expect(OK).object()["time"], 1795262400, "the time")
        for wrong in ("yesterday", "2026-11-21", "2026-11-21T12:00:00+01:00", "2026-13-01T00:00:00Z", "", "-1", "1.5"):
            c.verify("--time", wrong).expect_problem(USAGE, "--time is 2026-11-21T12:00:00Z or seconds")


def test_faults_of_the_policy_are_no_verdict():
    with case() as c:
        c.evidence()
        for text, phrase in (("", "policy"), ("{", "policy"), ("[]", "policy"), ('{"tally-policy":2}', "policy"),
                             ('{"tally-policy":1,"tally-policy":1}', "policy"), ('{"tally-policy":1,"x":1}', "unknown key"),
                             ('{"tally-policy":1,"soft":{"keys":[]}}', "empty set")):
            with open(c.file("policy.json"), "w", encoding="utf-8") as file:
                file.write(text)
            c.verify().expect_problem(USAGE, "the policy is not valid", c.file("policy.json"), phrase)
            tap.expect_equal(c.verify("--json").expect(USAGE).out, "", "what stands on standard output")
        run("verify", c.file("evidence"), "--policy", c.file("none"), "--nonce", NONCE).expect_problem(
            USAGE, "the policy can't be opened", "No such file")


def test_malformed_evidence():
    with case() as c:
        c.evidence()
        with open(c.file("evidence"), "rb") as file:
            evidence = file.read()
        for content in (b"", b"x", evidence[:-1], evidence + b"\0", evidence[:100], os.urandom(300)):
            with open(c.file("evidence"), "wb") as file:
                file.write(content)
            verdict = c.verify("--json").expect(MALFORMED).object()
            tap.expect_equal((verdict["result"], verdict["is_malformed"]), ("rejected", True), "the verdict")
            c.verify().expect(MALFORMED).expect_text("rejected: ", "bundle.malformed")


def test_bad_arguments():
    for arguments, phrase in (((), "takes one piece of evidence"), (("a", "b"), "takes one piece of evidence"),
                              (("/nonexistent",), "the evidence can't be opened (/nonexistent)"),
                              (("-", "--nonce", "00" * 31), "the nonce is too short: it has 31 bytes"),
                              (("-", "--nonce", "00" * 65), "the nonce is too long: it has 65 bytes"),
                              (("-", "--nonce", "x"), "the nonce is not hex"),
                              (("-", "--key-binding", "x"), "--key-binding is TYPE:HEX")):
        run("verify", *arguments).expect_problem(USAGE, phrase)


def test_a_report_by_itself():
    with case() as c:
        report = c.soft.run("report", "--nonce", NONCE, "--audience", "a", "--binding", c.file("binding")).expect(OK).bytes
        with open(c.file("binding"), "rb") as file:
            binding = file.read()
        expected = hashlib.sha512(b"tally-report-data/1\0" + binding).digest()
        # Key 2 of the payload is REPORT_DATA: docs/formats/bundle.md, 3.
        if b"\x02\x58\x40" + expected not in report:
            raise tap.Failure("the report does not hold the hash of its binding")
        done = c.soft.run("report", "--nonce", NONCE, "--json").expect(OK).object()
        tap.expect_equal((done["size"], done["media_type"]),
                         (len(done["report"]) // 2, "application/vnd.tally.soft-report+cbor"), "the object")
        done = c.soft.run("report", "--nonce", NONCE, "--json", "--output", c.file("report")).expect(OK).object()
        tap.expect_equal((done["size"], "report" in done), (os.path.getsize(c.file("report")), False), "with --output")


def test_a_raw_report_holds_the_bytes_that_were_given():
    with case() as c:
        raw = os.urandom(64)
        report = c.soft.run("report", "--raw", "--nonce", raw.hex()).expect(OK).bytes
        if b"\x02\x58\x40" + raw not in report:
            raise tap.Failure("the report does not hold REPORT_DATA as given")


def test_binary_is_not_written_to_a_terminal():
    with case() as c:
        for command in ("evidence", "report"):
            for more in ((), ("--output", "-")):
                code, shown = on_terminal(command, "--nonce", NONCE, *more, *c.soft.options)
                tap.expect_equal((code, "standard output is a terminal: use --output FILE" in shown), (USAGE, True), shown)
            code, shown = on_terminal(command, "--nonce", NONCE, "--output", c.file("out"), *c.soft.options)
            tap.expect_equal((code, shown), (OK, ""), "with a file")


def test_every_preset_has_evidence():
    for preset in ("tdx", "cca", "tpm", "nsm"):
        with state("--soft-preset", preset) as soft, folder() as path:
            soft.run("evidence", "--nonce", NONCE, "--output", f"{path}/evidence").expect(OK)
            verdict = run("verify", f"{path}/evidence", "--nonce", NONCE, "--json").expect(REJECTED).object()
            codes = {reason["code"] for reason in verdict["reasons"]}
            if not {"soft.key-unpinned", "policy.unruled"} <= codes or "log.register-mismatch" in codes:
                raise tap.Failure(f"{preset}: {codes}")


if __name__ == "__main__":
    tap.main(globals())
