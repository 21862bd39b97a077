#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally log follow: every record once and in order, while others extend, trim and begin new logs."""
import json
import os
import select
import shutil
import signal
import subprocess
import time

import program
from program import OK, UNAVAILABLE, USAGE, folder, run, state, tap

PATIENCE = 60


class Follower:
    """A running `tally log follow`."""

    def __init__(self, soft, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TALLY_")}
        self.process = subprocess.Popen([program.TALLY, "log", "follow", *map(str, arguments), *soft.options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def lines(self, count):
        """So many lines more; fails if they do not come."""
        while self.rest.count(b"\n") < count:
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                raise tap.Failure(f"no more than this came of {count} lines: {self.rest[-300:]!r}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise tap.Failure(f"it ended: {self.rest[-300:]!r}{self.process.stderr.read()!r}")
            self.rest += piece
        *found, self.rest = self.rest.split(b"\n", count)
        return [line.decode() for line in found]

    def records(self, count):
        return [json.loads(line) for line in self.lines(count)]

    def end(self, signal_number=None):
        """How it ends: (exit code, the rest of what it printed, standard error)."""
        if signal_number is not None:
            self.process.send_signal(signal_number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, (self.rest + out).decode(), err.decode()


def numbers(records):
    return [record["number"] for record in records]


def extend(soft, name, register="rtmr2", *more):
    soft.run("extend", register, "--event", name, *more).expect(OK)


def trim(soft, name):
    soft.run("log", "trim", "--store", os.path.join(os.path.dirname(soft.path), name)).expect(OK)


def test_records_are_printed_as_they_come():
    with state() as soft:
        extend(soft, "one")
        with Follower(soft, "--json") as follower:
            tap.expect_equal(numbers(follower.records(2)), [0, 1], "what was there")
            for i in range(3):
                extend(soft, f"more-{i}")
                record = follower.records(1)[0]
                program.validate(record)
                tap.expect_equal((record["number"], record["event"]["name"]), (2 + i, f"more-{i}"), "what came")
            tap.expect_equal(follower.end(signal.SIGTERM), (0, "", ""), "how it ends")


def test_lines_are_those_of_log_show():
    with state() as soft:
        extend(soft, "one")
        extend(soft, "two", "rtmr3")
        shown = soft.run("log", "show").expect(OK).out.splitlines()
        followed = soft.run("log", "follow", "--count", 3).expect(OK).out.splitlines()
        tap.expect_equal(followed, shown[:4], "heading and records")


def test_from_register_and_count():
    with state() as soft:
        for i in range(4):
            extend(soft, f"event-{i}", f"rtmr{i % 2 + 1}")
        options = ("log", "follow", "--json")
        tap.expect_equal(numbers(soft.run(*options, "--from", 3, "--count", 2).expect(OK).objects()), [3, 4], "--from 3")
        tap.expect_equal(numbers(soft.run(*options, "--register", "rtmr2", "--count", 2).expect(OK).objects()), [2, 4],
                         "--register")
        soft.run("log", "follow", "--count", 0).expect(OK)
        with Follower(soft, "--json", "--from", 6) as follower:
            extend(soft, "five")
            extend(soft, "six")
            tap.expect_equal(follower.records(1)[0]["event"]["name"], "six", "a number that was not there yet")


def test_it_waits_for_a_log():
    with state() as soft:
        os.mkdir(soft.path)
        with Follower(soft, "--json") as follower:
            time.sleep(0.2)
            extend(soft, "one")
            tap.expect_equal(numbers(follower.records(2)), [0, 1], "the first records")


def test_a_trim_in_between():
    with state() as soft:
        extend(soft, "one")
        with Follower(soft, "--json") as follower:
            follower.records(2)
            for part in range(3):
                extend(soft, f"before-{part}")
                trim(soft, f"part{part}")
                extend(soft, f"behind-{part}")
            # An event, the trim and its pin, and an event, three times.
            found = follower.records(12)
            tap.expect_equal(numbers(found), list(range(2, 14)), "numbers")
            tap.expect_equal([record["event"]["name"] for record in found if "event" in record],
                             [name for part in range(3) for name in (f"before-{part}", "pin", f"behind-{part}")], "names")


def test_trimmed_before_they_were_read():
    with state() as soft:
        extend(soft, "one")
        trim(soft, "part")
        soft.run("log", "follow", "--from", 1, "--count", 1).expect_problem(program.REFUSED, "records 1 to 1", "trimmed")
        tap.expect_equal(numbers(soft.run("log", "follow", "--json", "--count", 1).expect(OK).objects()), [2],
                         "the oldest that is there")


def test_trims_that_were_missed():
    """Stopped while the log is trimmed twice: what stood between is told to be missing, not skipped in silence."""
    with state() as soft:
        extend(soft, "one")
        with Follower(soft, "--json") as follower:
            follower.records(2)
            follower.process.send_signal(signal.SIGSTOP)
            for part in range(2):
                extend(soft, f"more-{part}")
                trim(soft, f"part{part}")
            follower.process.send_signal(signal.SIGCONT)
            code, out, err = follower.end()
            seen = [json.loads(line)["number"] for line in out.splitlines()]
            tap.expect_equal(seen, list(range(2, 2 + len(seen))), "numbers until then")
            tap.expect_equal(code, program.REFUSED, "exit code")
            tap.expect_equal(f"records {2 + len(seen)} to 5 were trimmed" in err, True, err)


def test_the_log_of_another_boot():
    with state() as soft, folder() as other:
        extend(soft, "one")
        extend(soft, "two")
        # A boot's log takes the place of another's by rename, as the authority does it.
        fresh = program.State(f"{other}/soft")
        extend(fresh, "of the next boot")
        with Follower(soft, "--json") as follower:
            follower.records(3)
            shutil.copy(fresh.file("log"), soft.file("log.new"))
            os.rename(soft.file("log"), soft.file("log.old"))
            os.rename(soft.file("log.new"), soft.file("log"))
            found = follower.records(2)
            tap.expect_equal(numbers(found), [0, 1], "numbers begin again")
            tap.expect_equal(found[1]["event"]["name"], "of the next boot", "its event")


def test_a_torn_tail_is_waited_for():
    with state() as soft:
        extend(soft, "one")
        extend(soft, "two")
        log = soft.log()
        last = len(log) - len(program.records(log)[-1]["data"])
        with open(soft.file("log"), "r+b") as file:
            file.truncate(last)
        with Follower(soft, "--json") as follower:
            tap.expect_equal(numbers(follower.records(2)), [0, 1], "whole records")
            with open(soft.file("log"), "ab") as file:
                file.write(log[last:last + 3])
                file.flush()
                time.sleep(0.1)
                file.write(log[last + 3:])
            tap.expect_equal(follower.records(1)[0]["event"]["name"], "two", "the one that became whole")


def test_damage_is_no_record():
    with state() as soft:
        extend(soft, "one")
        with open(soft.file("log"), "ab") as file:
            file.write(b"\xff" * 64)
        result = soft.run("log", "follow", "--count", 3)
        tap.expect_equal((result.code, "damaged at byte" in result.err), (program.MALFORMED, True), result.err)


def test_a_burst_and_a_slow_reader():
    with state() as soft:
        extend(soft, "first")
        with Follower(soft, "--json") as follower:
            follower.records(2)
            writers = [subprocess.Popen(
                ["sh", "-c", 'for i in $(seq 25); do "$0" extend rtmr2 --event "$1-$i" "$2" "$3" "$4" "$5" || exit 1; done',
                 program.TALLY, str(writer), *soft.options], stdout=subprocess.DEVNULL) for writer in range(8)]
            # Nobody reads for a while: the pipe is full, and the follower waits.
            time.sleep(0.5)
            found = follower.records(200)
            for writer in writers:
                tap.expect_equal(writer.wait(), 0, "a writer")
            tap.expect_equal(numbers(found), list(range(2, 202)), "every number once, in order")


def test_it_ends_cleanly():
    with state() as soft:
        extend(soft, "one")
        for number in (signal.SIGINT, signal.SIGTERM):
            with Follower(soft, "--json") as follower:
                follower.records(2)
                tap.expect_equal(follower.end(number), (0, "", ""), "how it ends")


def test_its_reader_goes():
    with state() as soft:
        extend(soft, "one")
        for comes_more in (False, True):
            with Follower(soft) as follower:
                follower.lines(3)
                follower.process.stdout.close()
                if comes_more:
                    extend(soft, "more")
                tap.expect_equal(follower.process.wait(timeout=PATIENCE), 0, "exit code")
                tap.expect_equal(follower.process.stderr.read(), b"", "standard error")


def test_a_reader_that_does_not_read_does_not_keep_it():
    with state() as soft:
        for i in range(30):
            soft.run(
                "extend", "rtmr2", "--event", f"event-{i}", "--data", "-", stdin=b"x" * 8192).expect(OK)
        with Follower(soft, "--json") as follower:
            time.sleep(0.5)
            follower.process.send_signal(signal.SIGTERM)
            tap.expect_equal(follower.process.wait(timeout=PATIENCE), 0, "exit code")
            tap.expect_equal(follower.process.stderr.read(), b"", "standard error")


def test_the_directory_goes():
    with state() as soft:
        extend(soft, "one")
        with Follower(soft, "--json") as follower:
            follower.records(2)
            shutil.rmtree(soft.path)
            code, _, err = follower.end()
            tap.expect_equal((code, "was removed" in err), (UNAVAILABLE, True), err)


def test_what_is_refused():
    with state() as soft:
        soft.run("log", "follow").expect_problem(UNAVAILABLE, "there is no directory")
        extend(soft, "one")
        for arguments in (["--from", "x"], ["--from", "-1"], ["--count", "1x"], ["file"], ["--format", "tcg2"]):
            soft.run("log", "follow", *arguments).expect_problem(USAGE)
        soft.run("log", "follow", "--register", "nothing").expect_problem(USAGE, "nothing")
    run("log", "follow", "--provider", "nothing").expect_problem(UNAVAILABLE)


if __name__ == "__main__":
    tap.main(globals())
