#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The session on the README's first screen, pasted into a shell: it works, and prints what is shown."""
import os
import re
import tempfile

import tap


def session():
    """(commands, lines that they show) of the first block."""
    block = re.search(r"(?:^    .*\n)+", tap.read("README.md"), re.M)[0]
    lines = [line[4:] for line in block.splitlines()]
    commands = [line[2:] for line in lines if line.startswith("$ ")]
    return commands, [line for line in lines if not line.startswith("$ ")]


def fits(shown, line):
    """Whether a printed line is the one shown, in which ... stands for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in shown.split("...")), line) is not None


def test_the_session_works_when_pasted():
    program = os.environ.get("TALLY_BIN")
    if not program:
        raise tap.Skip("TALLY_BIN does not name the program")
    commands, shown = session()
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.dirname(program), os.path.join(folder, "build"))
        os.symlink(os.path.join(tap.ROOT, "docs"), os.path.join(folder, "docs"))
        done = tap.run(["sh", "-e"], input="\n".join(commands) + "\n", cwd=folder)
    if done.returncode != 0:
        raise tap.Failure(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
    printed = iter(done.stdout.splitlines())
    for line in shown:
        if not any(fits(line, candidate) for candidate in printed):
            raise tap.Failure(f"not printed, or not in this order: {line}\n{done.stdout}{done.stderr}")


def test_the_first_screen_is_short():
    commands, shown = session()
    tap.expect_none((line for line in commands + shown if len(line) > 110), "lines that are too wide")
    tap.expect_equal(len(commands) <= 8, True, "at most eight commands")


if __name__ == "__main__":
    tap.main(globals())
