#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log trim: what was handed out proves later evidence, and nothing else does."""
import contextlib
import json
import os

from program import MALFORMED, NONCE, OK, REFUSED, REJECTED, SYSTEM, UNAVAILABLE, USAGE, folder, run, state, tap, unchanged

STATIC = ("mrtd", "mrconfigid", "mrowner", "mrownerconfig")
EVENTS = ("one", "two", "three", "four")


class Case:
    """Events with two trims between them, evidence of the end, and a policy that names every event."""

    def __init__(self, soft, path, data):
        self.soft = soft
        self.path = path
        for name in EVENTS:
            soft.run("extend", "rtmr2", "--event", name, "--data", data).expect(OK)
            if name in ("two", "three"):
                soft.run("log", "trim", "--store", self.file("after-" + name)).expect(OK)
        soft.run("evidence", "--nonce", NONCE, "--output", self.file("evidence")).expect(OK)
        key = soft.run("doctor", "--json").expect(OK).object()["key"]
        origin = f"{os.getuid()}:{os.getgid()}"
        policy = {
            "tally-policy": 1, "binding": "tally", "soft": {"keys": [key]},
            "claims": {f"soft.{name}": soft.value(name).hex() for name in STATIC},
            "registers": {"soft.rtmr0": [], "soft.rtmr1": [], "soft.rtmr3": [],
                          "soft.rtmr2": [{"require": {"name": name, "origin": origin}} for name in EVENTS]}}
        with open(self.file("policy.json"), "w", encoding="utf-8") as file:
            json.dump(policy, file)

    def file(self, name):
        return os.path.join(self.path, name)

    def bytes(self, name):
        with open(self.file(name), "rb") as file:
            return file.read()

    def verify(self, *parts):
        stored = [argument for part in parts for argument in ("--stored", part)]
        return run("verify", self.file("evidence"), "--policy", self.file("policy.json"), "--nonce", NONCE, "--json",
                   *stored)

    def expect_rejected(self, codes, *parts):
        """Rejected, and these reasons are among those given."""
        given = {reason["code"] for reason in self.verify(*parts).expect(REJECTED).object()["reasons"]}
        if not set(codes) <= given:
            raise tap.Failure(f"expected {sorted(codes)} among {sorted(given)}")

    def write(self, name, content):
        with open(self.file(name), "wb") as file:
            file.write(content)
        return self.file(name)


@contextlib.contextmanager
def case(data="hex:00"):
    with state() as soft, folder() as path:
        yield Case(soft, path, data)


def test_the_parts_prove_the_evidence():
    with case() as c:
        c.verify(c.file("after-two"), c.file("after-three")).expect(OK)
        whole = c.write("whole", c.bytes("after-two") + c.bytes("after-three"))
        c.verify(whole).expect(OK)


def extend_beside(soft, register):
    """Somebody else extends: the register stays, the log and the intent are as before."""
    kept = {}
    for name in ("log", "intent"):
        with open(soft.file(name), "rb") as file:
            kept[name] = file.read()
    soft.run("extend", register, "--event", "theirs", "--data", "hex:02").expect(OK)
    for name, content in kept.items():
        with open(soft.file(name), "wb") as file:
            file.write(content)


def test_gaps_in_the_parts_are_pinned():
    with case() as c:
        extend_beside(c.soft, "rtmr3")
        c.soft.run("log", "trim", "--store", c.file("after-gap")).expect(OK)
        c.soft.run("extend", "rtmr3", "--event", "ours", "--data", "hex:00").expect(OK)
        c.soft.run("evidence", "--nonce", NONCE, "--output", c.file("evidence")).expect(OK)
        with open(c.file("policy.json"), encoding="utf-8") as file:
            policy = json.load(file)
        policy["registers"]["soft.rtmr3"] = {"events": [{"require": {"name": "ours"}}], "gaps": {"max": 1}}
        c.write("policy.json", json.dumps(policy).encode())
        c.verify(c.file("after-two"), c.file("after-three"), c.file("after-gap")).expect(OK)


def test_without_them_it_is_rejected():
    with case() as c:
        c.expect_rejected(["log.trim-unproven", "policy.event-missing"])
        c.expect_rejected(["log.trim-unproven"], c.file("after-two"))
        c.expect_rejected(["log.trim-unproven"], c.file("after-three"))


def test_parts_that_do_not_join_are_rejected():
    with case() as c, case("hex:01") as other:
        first, second = c.file("after-two"), c.file("after-three")
        c.expect_rejected(["log.renumbered"], second, first)
        c.expect_rejected(["log.renumbered"], first, first, second)
        c.expect_rejected(["log.trim-mismatch"], other.file("after-two"), second)
        c.expect_rejected(["log.trim-mismatch"], first, other.file("after-three"))
        cut = c.write("cut", c.bytes("after-two")[:-40])
        c.verify(cut, second).expect(MALFORMED).expect_text("log.malformed", "stored part 1")
        changed = bytearray(c.bytes("after-two"))
        changed[-1] ^= 1
        c.expect_rejected(["log.trim-mismatch"], c.write("changed", changed), second)


def test_what_a_trim_says():
    with state() as soft, folder() as path:
        part = os.path.join(path, "part")
        soft.run("log", "trim", "--store", part).expect_problem(UNAVAILABLE, "nothing to trim")
        tap.expect_equal(os.path.exists(part), False, "a file for nothing")
        soft.run("extend", "rtmr2", "--event", "one", "--data", "hex:00").expect(OK)
        before = soft.log()
        told = soft.run("log", "trim", "--store", part, "--json").expect(OK).object()
        tap.expect_equal((told["first"], told["next"], told["size"]), (0, 2, len(before)), "what was handed out")
        with open(part, "rb") as file:
            tap.expect_equal(file.read(), before, "the part")
        listed = soft.run("log", "show", "--json").expect(OK).objects()
        tap.expect_equal([record["number"] for record in listed], [2, 3], "what stays")


def test_refusals_leave_everything_as_it_was():
    with state("--soft-preset", "nsm") as soft, folder() as path:
        part = os.path.join(path, "part")
        soft.run("extend", "pcr16", "--event", "one", "--data", "hex:00").expect(OK)
        with unchanged(soft):
            soft.run("log", "trim").expect_problem(USAGE, "--store")
            soft.run("log", "trim", "extra", "--store", part).expect_problem(USAGE)
            soft.run("log", "cut").expect_problem(USAGE, "show", "trim")
            soft.run("log", "trim", "--store", os.path.join(path, "no", "part")).expect_problem(USAGE, "can't be created")
            with open(part, "w", encoding="utf-8") as file:
                file.write("precious")
            soft.run("log", "trim", "--store", part).expect_problem(SYSTEM, "exists")
            with open(part, encoding="utf-8") as file:
                tap.expect_equal(file.read(), "precious", "the file that was there")
        soft.run("registers", "lock", "pcr16").expect(OK)
        os.unlink(part)
        with unchanged(soft):
            soft.run("log", "trim", "--store", part).expect_problem(REFUSED, "pcr16", "locked")


if __name__ == "__main__":
    tap.main(globals())
