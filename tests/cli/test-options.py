#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line: help, options, how it is refused, and what the global options do."""
import json
import os
import re
import shutil
import subprocess
import tempfile

import program
from program import OK, UNAVAILABLE, USAGE, on_terminal, run, state, tap

# [arguments, phrases of the message]: every one is a usage error.
REFUSED = [
    ((), ("no command was given", "tally help")),
    (("extendd",), ("unknown command extendd: did you mean extend?",)),
    (("frobnicate",), ("unknown command frobnicate\n",)),
    (("help", "frobnicate"), ("unknown command frobnicate",)),
    (("help", "extend", "evidence"), ("one command at most",)),
    (("extend", "--evnt", "x", "rtmr2"), ("unknown option --evnt: did you mean --event?", "tally help extend")),
    (("version", "--frobnicate"), ("unknown option --frobnicate\n",)),
    (("version", "-x"), ("unknown option -x\n",)),
    (("version", "--json=yes"), ("--json takes no argument",)),
    (("extend", "rtmr2", "--event"), ("--event needs an argument",)),
    (("extend", "rtmr2", "--event", "a", "--event", "b"), ("--event is given twice",)),
    (("--event", "x", "extend"), ("unknown option --event",)),
    (("version", "now"), ("takes no operand",)),
    (("doctor", "now"), ("takes no operand",)),
    (("report", "now"), ("takes no operand",)),
    (("evidence", "now"), ("takes no operand",)),
    (("registers", "unlock"), ("can list and lock, not unlock",)),
    (("registers", "list", "rtmr0"), ("list takes no operand",)),
    (("registers", "lock"), ("lock takes one register",)),
    (("extend", "--event", "x"), ("takes one register",)),
    (("extend", "rtmr2"), ("needs a name: --event NAME",)),
    (("extend", "rtmr2", "--event", "x", "--file", "a", "--data", "b"), ("a file or data, not both",)),
    (("extend", "rtmr2", "--digest", "sha384:00", "--once"), ("can't have --once",)),
    (("version", *["x"] * 200), ("more than",)),
    (("extend", "rtmr2", "--event", "x", "--soft-preset", "cove"), ("unknown preset cove",)),
    (("extend", "rtmr2", "--event", "x", "--capacity", "many"), ("--capacity is a number of bytes",)),
    (("extend", "rtmr2", "--event", "x", "--capacity", "0"), ("--capacity is a number of bytes",)),
    (("extend", "rtmr2", "--event", "x", "--capacity", "-1"), ("--capacity is a number of bytes",)),
    (("extend", "rtmr2", "--event", "x", "--capacity", "99999999999999999999"), ("--capacity is a number of bytes",)),
]


def test_a_wrong_command_line_is_refused_and_says_why():
    for arguments, phrases in REFUSED:
        run(*arguments).expect_problem(USAGE, *phrases)


def test_problems_are_objects_with_json():
    for arguments, phrases in REFUSED:
        done = run("--json", *arguments).expect(USAGE)
        problem = json.loads(done.err)
        program.validate(problem)
        tap.expect_equal((problem["schema"], problem["exit"]), ("tally.error/1", USAGE), "the object")
        if phrases[0].rstrip("\n") not in problem["message"]:
            raise tap.Failure(f"no {phrases[0]!r} in {problem}")


def test_help_lists_every_command_and_option():
    tables = run("help", "--json").expect(OK).object()
    overview = run("help").expect(OK)
    for command in tables["commands"]:
        overview.expect_text(f"  {command['name']}", command["summary"])
        page = run("help", command["name"]).expect(OK).expect_text(*command["usage"].splitlines())
        page.expect_text(*(f"--{option['name']}" for option in command["options"]))
        tap.expect_equal(run(command["name"], "--help").expect(OK).out, page.out, "--help and help COMMAND")
        tap.expect_equal(run(command["name"], "-h").expect(OK).out, page.out, "-h and help COMMAND")
    overview.expect_text(*(f"--{option['name']}" for option in tables["options"]))


def test_every_option_of_a_usage_is_in_its_table():
    tables = run("help", "--json").expect(OK).object()
    for command in tables["commands"]:
        known = {option["name"] for option in command["options"]}
        for word in command["usage"].replace("[", " ").replace("]", " ").split():
            if word.startswith("--") and word != "--" and word[2:] not in known:
                raise tap.Failure(f"tally {command['name']} has no {word}")


def test_help_of_one_command_is_json_too():
    tables = run("help", "extend", "--json").expect(OK).object()
    tap.expect_equal([command["name"] for command in tables["commands"]], ["extend"], "commands")


def test_version():
    text = run("version").expect(OK).out
    version = run("version", "--json").expect(OK).object()
    tap.expect_equal(text, f"tally {version['version']}\n", "the version")
    tap.expect_equal(run("--version").expect(OK).out, text, "--version")
    if "soft" not in version["providers"]:
        raise tap.Failure(f"no provider soft in {version}")


def test_global_options_may_stand_anywhere():
    with state() as soft:
        for arguments in (["--dir", soft.path, "--json", "extend", "rtmr3", "--event", "a"],
                          ["extend", f"--dir={soft.path}", "rtmr3", "--event=a", "--json"],
                          ["extend", "--event", "a", "--json", "--dir", soft.path, "--", "rtmr3"]):
            tap.expect_equal(run(*arguments).expect(OK).object()["register"], "rtmr3", "the register")


def test_variables_stand_in_for_options():
    with state() as soft:
        run("extend", "rtmr3", "--event", "a", TALLY_DIR=soft.path, TALLY_PROVIDER="soft").expect(OK)
        listed = run("registers", "--json", TALLY_DIR=soft.path, TALLY_PROVIDER="soft").expect(OK).object()
        tap.expect_equal(listed["provider"], "soft", "the provider")
        # An option wins over its variable, and an empty variable is none.
        run("registers", "--dir", soft.path, TALLY_DIR="/nonexistent", TALLY_PROVIDER="").expect(OK)


def test_an_unknown_provider_is_not_available():
    run("registers", "--provider", "abacus").expect_problem(UNAVAILABLE, "no provider abacus", "tally doctor")
    run("registers", TALLY_PROVIDER="abacus").expect_problem(UNAVAILABLE, "no provider abacus")


def test_a_command_whose_program_is_not_installed_names_its_package():
    if os.path.exists("/usr/local/libexec/tally"):
        raise tap.Skip("the other programs are installed")
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(os.path.dirname(program.TALLY), "libtally.so.0")
        for file in (program.TALLY, *([library] if os.path.exists(library) else [])):
            shutil.copy(file, folder)
        for command, package in (("verify", "tally-verify"), ("collateral", "tally-verify"), ("serve", "tally-serve")):
            done = subprocess.run([os.path.join(folder, os.path.basename(program.TALLY)), command], capture_output=True, check=False)
            program.Result([command], done).expect_problem(UNAVAILABLE, f"install the package {package}\n")


def test_output_that_can_not_be_written_is_no_success():
    if not os.path.exists("/dev/full"):
        raise tap.Skip("/dev/full is missing")
    for command in ("help", "version"):
        done = tap.run(["sh", "-c", '"$0" "$1" >/dev/full', program.TALLY, command])
        tap.expect_equal(done.returncode, program.SYSTEM, f"exit code of {command} to a full disk")
        if "standard output could not be written: No space left on device" not in done.stderr:
            raise tap.Failure(done.stderr)


def test_no_colour_in_a_pipe():
    for arguments in (("help",), ("doctor",)):
        if b"\033" in run(*arguments, TERM="xterm-256color").bytes:
            raise tap.Failure(f"tally {arguments} colours a pipe")


def test_colour_on_a_terminal_unless_it_is_not_wanted():
    for variables, is_coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
        code, shown = on_terminal("help", **variables)
        tap.expect_equal((code, "\033[1m" in shown), (OK, is_coloured), f"exit code and colour with {variables}")
        tap.expect_equal(shown.replace("\033[1m", "").replace("\033[0m", ""), run("help").out, "the text")


def test_every_status_has_an_exit_code():
    statuses = set(re.findall(r"^\tX\((\w+), \d+,", tap.read("core/status.h"), flags=re.M))
    rows = set(re.findall(r"\[TALLY_(\w+)\] = \{ TALLY_EXIT_", tap.read("cli/exit.c")))
    tap.expect_equal(rows, statuses, "rows of cli/exit.c")


if __name__ == "__main__":
    tap.main(globals())
