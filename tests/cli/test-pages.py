#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally-policy(5), tally-log(5) and tally-callers(5) against the code and the pages that they tell of; their examples are run."""
import json
import os
import re
import shutil
import subprocess

import program
from program import NONCE, OK, REJECTED, folder, run, state, tap

POLICY, LOG, CALLERS = "docs/man/tally-policy.5", "docs/man/tally-log.5", "docs/man/tally-callers.5"


def plain(page):
    """The page's text: without macros of words, and with quotes for what stands for them."""
    text = tap.read(page).replace("\\(dq", '"')
    return re.sub(r"^\.(It )?(Cm |It |Ql |Pa |Fl |Em |Ss |Sh |Xr )?", "", text, flags=re.M)


def blocks(page):
    """Literal blocks of the examples: a list of commands, or JSON."""
    source = tap.read(page).split(".Sh EXAMPLES\n", 1)[1]
    found = []
    for block in re.findall(r"^\.Bd -literal.*?$\n(.*?)^\.Ed$", source, flags=re.M | re.S):
        if block.startswith("{"):
            found.append(json.loads(block))
        else:
            found.append([line[2:] for line in block.splitlines() if line.startswith("$ ")])
    return found


def shell(commands, path, soft):
    environment = {**os.environ, "TALLY_DIR": soft.path, "TALLY_PROVIDER": "soft", "NONCE": NONCE,
                   "PATH": f"{path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-eu", "-c", "\n".join(commands)], cwd=path, env=environment, check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise tap.Failure("\n".join([*commands, f"ended with {done.returncode}", done.stdout, done.stderr]))


def test_the_pages_have_no_faults():
    if not shutil.which("groff"):
        raise tap.Skip("groff is missing")
    for page in (POLICY, LOG, CALLERS):
        done = tap.run(["groff", "-mdoc", "-Tascii", "-ww", page])
        tap.expect_equal((done.returncode, done.stderr), (0, ""), f"what groff says of {page}")


def sources(prefix):
    return {name: tap.read(name) for name in tap.tracked_files(".c") if name.startswith(prefix)}


def expect_keys(page, prefix, least):
    keys = set()
    for text in sources(prefix).values():
        for table in re.findall(r"\*const \w+\[\] = \{([^}]*)\}", text):
            keys |= set(re.findall(r'"([a-z-]+)"', table))
    tap.expect_equal(len(keys) > least, True, f"keys that were found: {sorted(keys)}")
    text = plain(page)
    tap.expect_none((key for key in sorted(keys) if not re.search(rf"(?<![a-z-]){key}(?![a-z-])", text)), f"keys in {page}")


def test_every_key_of_a_policy_is_told():
    expect_keys(POLICY, "verify/policy", 15)
    text = plain(POLICY)
    for table, header in (("TALLY_EXCEPTION_TABLE_ANY", "verify/exception.h"), ("TALLY_BINDING_MODE_TABLE", "verify/policy.h")):
        rows = tap.read(header).split(f"{table}(X)", 1)[1].split("\n\n", 1)[0]
        for word in re.findall(r'X\(\w+, \d+, "([a-z-]+)"', rows):
            tap.expect_equal(word in text, True, f"{header} {word}")


def test_every_key_of_callers_is_told():
    expect_keys(CALLERS, "face/callers_", 15)
    with open(os.path.join(program.SCHEMAS, "tally-callers.1.json"), encoding="utf-8") as file:
        schema = json.load(file)
    keys = [*schema["properties"], *schema["$defs"]["rule"]["properties"],
            *schema["$defs"]["rule"]["properties"]["quota"]["properties"]]
    text = "".join(sources("face/callers_").values())
    tap.expect_none((key for key in keys if f'"{key}"' not in text), "keys of the schema that the code does not know")
    tap.expect_none((key for key in keys if not re.search(rf"^{key}\b", plain(CALLERS), re.M)), "keys without an item")


def expect_faults(page, prefix, least):
    text = re.sub(r"\s+", " ", plain(page))
    faults = set()
    for source in (sources(prefix) | sources("verify/policy_reader")).values():
        faults |= set(re.findall(r'policy_fault\([^";]*"((?:[^"\\]|\\.)*)"', source))
    tap.expect_equal(len(faults) > least, True, "faults that were found")
    for fault in sorted(faults):
        # What varies is behind a quote or a parenthesis.
        begin = fault.replace('\\"', '"')
        begin = begin if begin.startswith("must be {") else re.split(r' ?["(]|: %s', begin)[0]
        tap.expect_equal(begin in text, True, f"the fault {begin!r} in {page}")


def test_every_fault_of_a_policy_is_told():
    expect_faults(POLICY, "verify/policy", 25)
    expect_faults(CALLERS, "face/callers_", 20)


def test_the_policies_of_callers_are_ones():
    """Those of the page and of docs/examples are of the schema; that the program reads them stands in tests/unit."""
    try:
        import jsonschema
    except ImportError as error:
        raise tap.Skip("python3-jsonschema is missing") from error
    with open(os.path.join(program.SCHEMAS, "tally-callers.1.json"), encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    example = json.loads(tap.read("docs/examples/callers.json"))
    found = [block for block in blocks(CALLERS) if isinstance(block, dict)]
    tap.expect_equal((len(found), found[0]), (2, example), "policies of the page; the first is docs/examples/callers.json")
    for policy in found:
        tap.expect_none((fault.message for fault in validator.iter_errors(policy)), "faults against the schema")
    for rule in ({}, {"uid": 0, "any": True}, {"uid": 0, "full": True, "log": "all"}, {"uid": 0, "evidence": True},
                 {"uid": [1]}, {"uid": 0, "append": []}, {"uid": 0, "log": "mine"}, {"uid": 0, "ful": True}):
        tap.expect_equal(validator.is_valid({"tally-callers": 1, "rules": [rule]}), False, f"{rule}")


def accepts(path, policy):
    with open(f"{path}/policy", "w", encoding="utf-8") as file:
        json.dump(policy, file)
    return run("verify", f"{path}/evidence", "--policy", f"{path}/policy", "--nonce", NONCE)


def test_the_policies_judge_real_evidence():
    found = blocks(POLICY)
    pairs = list(zip(found[::2], found[1::2]))
    tap.expect_equal(len(pairs), 2, "examples")
    for commands, policy in pairs:
        with state() as soft, folder() as path:
            os.symlink(program.TALLY, f"{path}/tally")
            shell(commands, path, soft)
            doctor = soft.run("doctor", "--json").expect(OK).object()
            origin = f"{os.getuid()}:{os.getgid()}"
            text = json.dumps(policy).replace('"0:0"', f'"{origin}"')
            accepts(path, json.loads(text)).expect(REJECTED).expect_text("soft.key-unpinned")
            mine = json.loads(re.sub(r"sha256:[0-9a-f]{64}", doctor["key"], text))
            accepts(path, mine).expect(OK)
            soft.run("extend", "rtmr2", "--event", "other", "--type", "debug").expect(OK)
            soft.run("evidence", "--nonce", NONCE, "--output", f"{path}/evidence").expect(OK)
            accepts(path, mine).expect(REJECTED).expect_text("policy.event-unmatched")


def test_the_examples_of_the_log_work():
    with state() as soft, folder() as path:
        os.symlink(program.TALLY, f"{path}/tally")
        for commands in blocks(LOG):
            shell(commands, path, soft)
        tap.expect_equal({"part1", "log.svg", "log.json"} <= set(os.listdir(path)), True, "what they made")


def test_every_kind_of_record_and_file_is_told():
    text = plain(LOG)
    words = re.findall(r'X\(\w+, \d+, "([a-z]+)"', tap.read("format/control.h"))
    if not words:
        words = re.findall(r'\] = "([a-z]+)"', tap.read("format/control.c"))
    tap.expect_equal(len(words) >= 7, True, f"words of control records: {words}")
    tap.expect_none((word for word in words if not re.search(rf"^{word}$", text, flags=re.M)), "control records")
    files = re.findall(r'#define TALLY_(?:FILE|FOLDER)_\w+ "([a-z.]+)"', tap.read("authority/directory.h"))
    # What is written under another name and renamed is no file of its own.
    named = {name.removesuffix(".new").rstrip(".") for name in files}
    tap.expect_none((name for name in sorted(named) if not re.search(rf"^{name}\b", text, flags=re.M)), "files")


if __name__ == "__main__":
    tap.main(globals())
