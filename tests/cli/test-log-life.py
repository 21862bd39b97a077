#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log save, restore and recover: a log that is carried away, brought back, and mended in the open."""
import contextlib
import os
import shutil

from program import (MALFORMED, OK, REFUSED, UNAVAILABLE, UNCERTAIN, USAGE, folder, state, tap, unchanged)


def measure(soft, *names):
    for name in names:
        soft.run("extend", "rtmr2", "--event", name, "--data", "hex:00").expect(OK)


def events(soft):
    """Names of events, and words of control records in brackets."""
    shown = soft.run("log", "show", "--json").expect(OK).objects()
    return [f"[{r['control']['word']}]" if r.get("control") else r["event"]["name"] for r in shown]


def lose(soft):
    """Everything but the registers: what a kexec does to a directory in memory."""
    for name in os.listdir(soft.path):
        if name not in ("registers", "key.pem"):
            with contextlib.suppress(IsADirectoryError):
                os.unlink(soft.file(name))


def test_a_saved_log_is_restored():
    with state() as soft, folder() as path:
        save = os.path.join(path, "save")
        measure(soft, "one", "two")
        before = soft.log()
        told = soft.run("log", "save", save, "--json").expect(OK).object()
        tap.expect_equal(told["records"], 3, "records that were saved")
        with open(os.path.join(save, "log"), "rb") as file:
            tap.expect_equal(file.read(), before, "the save")
        lose(soft)
        told = soft.run("log", "restore", save, "--json").expect(OK).object()
        tap.expect_equal(told["records"], 3, "records that were restored")
        tap.expect_equal(soft.log(), before, "the log")
        measure(soft, "three")
        tap.expect_equal(events(soft), ["[header]", "one", "two", "three"], "events")
        soft.run("replay", "--live").expect(OK)


def test_saves_that_do_not_fit_are_refused():
    with state() as soft, state() as other, folder() as path:
        mine, foreign = os.path.join(path, "mine"), os.path.join(path, "foreign")
        measure(soft, "one")
        measure(other, "something", "else")
        soft.run("log", "save", mine).expect(OK)
        other.run("log", "save", foreign).expect(OK)
        with unchanged(soft):
            soft.run("log", "save", mine).expect_problem(USAGE, "new folder")
            soft.run("log", "restore", mine).expect_problem(REFUSED, "restore it first")
            soft.run("log", "save").expect_problem(USAGE, "folder")
            soft.run("log", "restore", os.path.join(path, "none")).expect_problem(UNAVAILABLE, "can't be opened")
        lose(soft)
        soft.run("log", "restore", foreign).expect_problem(REFUSED, "another boot or machine")
        shutil.rmtree(foreign)
        os.mkdir(foreign)
        soft.run("log", "restore", foreign).expect_problem(UNAVAILABLE, "holds no saved log")
        with open(os.path.join(foreign, "log"), "wb") as file:
            file.write(b"no log at all")
        soft.run("log", "restore", foreign).expect_problem(MALFORMED, "byte 0")
        soft.run("log", "restore", mine).expect(OK)


def test_a_damaged_log_is_recovered_in_the_open():
    with state() as soft:
        measure(soft, "one", "two", "three")
        at = soft.run("log", "show", "--json").expect(OK).objects()[2]["offset"]
        damaged = bytearray(soft.log())
        damaged[at] ^= 0x40
        with open(soft.file("log"), "wb") as file:
            file.write(damaged)
        with unchanged(soft):
            soft.run("extend", "rtmr2", "--event", "x", "--data", "hex:00").expect_problem(MALFORMED, "tally log recover")
        soft.run("doctor").expect(MALFORMED).expect_text("tally log recover")
        told = soft.run("log", "recover", "--json").expect(OK).object()
        tap.expect_equal((told["records"], told["lost"], told["gaps"]), (2, len(damaged) - at, 1), "what was told")
        with open(soft.file(told["kept"]), "rb") as file:
            tap.expect_equal(file.read(), bytes(damaged), "the file that is kept")
        measure(soft, "four")
        tap.expect_equal(events(soft), ["[header]", "one", "[gap]", "pin", "four"], "events")
        soft.run("log", "show").expect(OK).expect_text("records were lost with a damaged log")
        soft.run("extend", "rtmr2", "--event", "x", "--data", "hex:00", "--once").expect_problem(UNCERTAIN, "unknown")
        soft.run("replay", "--live").expect(OK)
        with unchanged(soft):
            soft.run("log", "recover").expect_problem(UNAVAILABLE, "not damaged")
            soft.run("log", "recover", "x").expect_problem(USAGE)


if __name__ == "__main__":
    tap.main(globals())
