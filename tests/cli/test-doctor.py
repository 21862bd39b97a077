#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally doctor: what it tells of every state of an authority, and that looking changes nothing."""
import hashlib
import os
import re
import subprocess

from program import MALFORMED, OK, REJECTED, UNAVAILABLE, USAGE, folder, records, run, sha384, state, tap


def snapshot(path):
    """Everything below a path: names, modes, times, contents."""
    found = {}
    for parent, _, names in os.walk(path):
        for name in ["."] + names:
            file = os.path.join(parent, name)
            status = os.stat(file)
            content = b"" if name == "." else open(file, "rb").read()  # pylint: disable=consider-using-with
            found[file] = (status.st_mode, status.st_mtime_ns, status.st_size, content)
    return found


def doctor(soft, code=OK):
    """The diagnosis, after a look that changed nothing; the text has the same advice."""
    before = snapshot(soft.path)
    found = soft.run("doctor", "--json").expect(code).object()
    text = soft.run("doctor").expect(code)
    text.expect_text(*found["advice"])
    tap.expect_equal(snapshot(soft.path), before, "the directory")
    return found


def test_every_kind_of_tsm_is_told():
    """Each provider of ARCHITECTURE.md but soft: present or not, and how to get what is missing."""
    table = tap.read("ARCHITECTURE.md").split("## Providers", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `?([a-z]+)`? \|", table, flags=re.M)
    with state() as soft:
        found = soft.run("doctor", "--json").object()
        text = soft.run("doctor").out
        tap.expect_equal(sorted(kind["provider"] for kind in found["kinds"]),
                         sorted(row for row in rows if row not in ("soft", "provider")), "kinds")
        for kind in found["kinds"]:
            first = kind["needs"][0]
            tap.expect_equal(kind["is_present"], first["state"] != "absent", kind["provider"])
            for need in kind["needs"]:
                tap.expect_equal(need["state"] == "absent", not os.path.exists(need["path"]), need["path"])
            if not kind["is_present"]:
                tap.expect_equal(f"{first['path']} is missing" in text and first["how"] in text, True, kind["provider"])


def advice(found, *phrases):
    for phrase in phrases:
        if not any(phrase in line for line in found["advice"]):
            raise tap.Failure(f"no {phrase!r} in {found['advice']}")


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def two_steps(soft):
    """Extend twice; the files after the first and after the second."""
    steps = []
    for name in ("a", "b"):
        soft.run("extend", "rtmr1", "--event", name).expect(OK)
        steps.append({file: read(soft.file(file)) for file in ("log", "registers", "intent")})
    return steps


def test_a_machine_without_state():
    with folder() as path:
        found = run("doctor", "--dir", f"{path}/none", "--json").expect(OK).object()
        tap.expect_equal((found["chosen"], "log" in found, found["directory"]), ("soft", False, f"{path}/none"), "diagnosis")
        advice(found, "nothing was measured there yet", "proves nothing about hardware")
        tap.expect_equal(os.listdir(path), [], "what stands in the folder")


def test_a_healthy_state():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        found = doctor(soft)
        log = found["log"]
        tap.expect_equal((log["records"], log["size"], log["intent"]), (2, len(soft.log()), "settled"), "the log")
        tap.expect_equal([log[key] for key in ("gaps", "unpinned_gaps", "torn_size", "differing_registers", "is_damaged",
                                               "is_other_boot", "open_attempts")], [0, 0, 0, 0, False, False, 0], "the log")
        tap.expect_equal(len(found["advice"]), 1, f"advice {found['advice']}")
        soft.run("doctor").expect(OK).expect_text("all are where the log says", soft.path)


def test_the_key_is_what_a_policy_pins():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        public = subprocess.run(["openssl", "pkey", "-in", soft.file("key.pem"), "-pubout", "-outform", "DER"],
                                capture_output=True, check=True).stdout
        tap.expect_equal(doctor(soft)["key"], "sha256:" + hashlib.sha256(public).hexdigest(), "the key")


def test_an_extend_that_was_cut_short():
    with state() as soft:
        first, second = two_steps(soft)
        write(soft.file("log"), first["log"])
        write(soft.file("registers"), first["registers"])
        found = doctor(soft)
        tap.expect_equal((found["log"]["intent"], found["log"]["differing_registers"]), ("pending", 0), "before the extend")
        advice(found, "cut short")
        write(soft.file("registers"), second["registers"])
        found = doctor(soft)
        tap.expect_equal((found["log"]["intent"], found["log"]["differing_registers"]), ("pending", 1), "after the extend")
        soft.run("extend", "rtmr3", "--event", "c").expect(OK)
        tap.expect_equal(soft.log()[:len(second["log"])], second["log"], "what was settled")
        tap.expect_equal(doctor(soft)["log"]["intent"], "settled", "afterwards")


def test_a_torn_slot():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        write(soft.file("intent"), read(soft.file("intent"))[:-1])
        found = doctor(soft)
        tap.expect_equal(found["log"]["intent"], "torn", "the slot")
        advice(found, "never begun")


def test_a_torn_tail():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        log = soft.log()
        write(soft.file("log"), log + b"\0\0\0\0\x08" + (2).to_bytes(8, "big"))
        found = doctor(soft)
        tap.expect_equal((found["log"]["torn_size"], found["log"]["size"]), (13, len(log)), "the tail")


def intent_of_another(events):
    """The slot that so many extends of another state leave."""
    with state() as other:
        for number in range(events):
            other.run("extend", "rtmr2", "--event", f"other-{number}").expect(OK)
        return read(other.file("intent"))


def test_a_foreign_slot():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        slot = intent_of_another(5)
        write(soft.file("intent"), slot)
        found = doctor(soft)
        tap.expect_equal(found["log"]["intent"], "foreign", "the slot")
        advice(found, "belongs to another log")
        soft.run("extend", "rtmr1", "--event", "b").expect(OK)
        tap.expect_equal(read(soft.file("intent.foreign.5")), slot, "what was put aside")
        tap.expect_equal(doctor(soft)["log"]["intent"], "settled", "afterwards")


def test_a_foreign_slot_within_the_log():
    with state() as soft:
        two_steps(soft)
        log, slot = soft.log(), intent_of_another(2)
        write(soft.file("intent"), slot)
        tap.expect_equal(doctor(soft)["log"]["intent"], "foreign", "the slot")
        soft.run("extend", "rtmr1", "--event", "c").expect_problem(MALFORMED, "damaged", "tally doctor")
        tap.expect_equal((soft.log(), read(soft.file("intent"))), (log, slot), "log and slot")


def test_a_log_of_another_boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = bytes.fromhex(file.read().strip().replace("-", ""))
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        log = soft.log()
        tap.expect_equal(log.count(boot), 1, "the boot id in the header")
        log = log.replace(boot, bytes(range(16)))
        write(soft.file("log"), log)
        os.remove(soft.file("intent"))
        found = doctor(soft)
        tap.expect_equal((found["log"]["is_other_boot"], found["log"]["is_damaged"]), (True, False), "the log")
        advice(found, "of an earlier boot")
        soft.run("doctor").expect(OK).expect_text("of an earlier boot")
        # The registers stand where it led, so it goes on.
        soft.run("extend", "rtmr1", "--event", "b").expect(OK)
        tap.expect_equal(soft.log()[:len(log)], log, "the log of the earlier boot")
        shown = soft.run("log", "show", "--json").expect(OK).objects()
        tap.expect_equal([r["control"]["word"] for r in shown if "control" in r], ["header", "kexec"], "control records")
        tap.expect_equal(doctor(soft)["log"]["is_other_boot"], False, "afterwards")


def test_a_register_that_somebody_else_extended():
    with state() as soft:
        first, second = two_steps(soft)
        write(soft.file("log"), first["log"])
        os.remove(soft.file("intent"))
        found = doctor(soft)
        tap.expect_equal((found["log"]["differing_registers"], found["log"]["gaps"]), (1, 0), "before the next extend")
        advice(found, "values that the log does not explain")
        soft.run("replay", "--live").expect(REJECTED)
        done = soft.run("extend", "rtmr1", "--event", "c", "--json").expect(OK).object()
        tap.expect_equal(done["gaps"], 1, "gaps that the extend found")
        found = doctor(soft)
        tap.expect_equal([found["log"][key] for key in ("gaps", "unpinned_gaps", "differing_registers")], [1, 0, 0], "after it")
        advice(found, "somebody extended beside")
        shown = soft.run("log", "show", "--json").expect(OK).objects()
        gap = next(r["control"] for r in shown if r.get("control", {}).get("word") == "gap")
        stranger = records(second["log"])[2]["digests"][12]
        before = sha384(bytes(48), records(first["log"])[1]["digests"][12])
        tap.expect_equal((gap["from"]["sha384"], gap["to"]["sha384"]), (before.hex(), sha384(before, stranger).hex()), "gap")
        soft.run("log", "show").expect(OK).expect_text("[gap]", "this log does not say how", "tally.pin", "pins what stands")


def test_a_gap_in_text():
    with state() as soft:
        first, _ = two_steps(soft)
        write(soft.file("log"), first["log"])
        os.remove(soft.file("intent"))
        soft.run("extend", "rtmr1", "--event", "c").expect(OK).expect_text("1 gap recorded")


def test_a_damaged_log():
    with state() as soft:
        two_steps(soft)
        log = bytearray(soft.log())
        at = soft.run("log", "show", "--json").expect(OK).objects()[1]["offset"]
        log[at] = 0x77
        write(soft.file("log"), log)
        found = doctor(soft, MALFORMED)
        tap.expect_equal((found["log"]["is_damaged"], found["log"]["damage_offset"]), (True, at), "where it is damaged")
        advice(found, f"damaged at byte {at}", "tally log recover")


def test_damaged_registers():
    with state() as soft:
        soft.run("extend", "rtmr1", "--event", "a").expect(OK)
        write(soft.file("registers"), bytes(len(read(soft.file("registers")))))
        advice(doctor(soft, MALFORMED), "registers is damaged")


def test_a_nearly_full_log():
    with state("--capacity", 64 * 1024) as soft:
        while soft.run("extend", "rtmr2", "--event", "x", "--data", "-", stdin=bytes(4000)).code == OK:
            pass
        found = doctor(soft)
        tap.expect_equal(found["log"]["capacity"], 64 * 1024, "capacity")


def test_wrong_options():
    run("doctor", "--provider", "abacus").expect_problem(UNAVAILABLE, "no provider abacus")
    run("doctor", "--soft-preset", "abacus").expect_problem(USAGE, "unknown preset abacus")
    run("doctor", XDG_RUNTIME_DIR="relative").expect(OK if os.getuid() == 0 else UNAVAILABLE)


if __name__ == "__main__":
    tap.main(globals())
