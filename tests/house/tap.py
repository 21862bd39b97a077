# SPDX-License-Identifier: BSD-2-Clause
"""A test program in Python: its test_* functions in order, each one test of the TAP report."""
import os
import re
import subprocess
import sys
import traceback

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Failure(Exception):
    """A property of the tree that does not hold; its text says where."""


class Skip(Exception):
    """A tool or input is missing; the text says which."""


def expect_none(faults, what):
    """Fail and list the faults, if there are any."""
    faults = list(faults)
    if faults:
        raise Failure("\n".join([f"{what}: {len(faults)}", *(str(fault) for fault in faults[:40])]))


def expect_equal(left, right, what):
    if left != right:
        raise Failure(f"{what}:\n{left!r}\nis not\n{right!r}")


def run(command, **options):
    """A finished process with its output as text; it is not checked."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=options.pop("cwd", ROOT),
                          check=False, **options)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def tracked_files(*endings):
    """Files that git knows, or would take; with one of the endings, if there are any."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    if listed.returncode != 0:
        raise Skip("this tree is no git clone: " + listed.stderr.strip())
    names = sorted(name for name in listed.stdout.split("\0") if name and os.path.isfile(os.path.join(ROOT, name)))
    return [name for name in names if not endings or name.endswith(endings)]


def program_files(interpreter):
    """Files whose first line names the interpreter, for example "sh" or "python3"."""
    pattern = re.compile(rb"^#!.*\b" + interpreter.encode() + rb"\s*$")
    found = []
    for name in tracked_files():
        with open(os.path.join(ROOT, name), "rb") as file:
            if pattern.match(file.readline(100)):
                found.append(name)
    return found


def diagnostics(text):
    for line in str(text).splitlines():
        print(f"# {line}")


def run_one(number, name, function):
    """Whether the test held or was skipped."""
    try:
        function()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}")
    except Failure as failure:
        print(f"not ok {number} - {name}")
        diagnostics(failure)
        return False
    except Exception:  # a fault of the test itself is reported like any other
        print(f"not ok {number} - {name}")
        diagnostics(traceback.format_exc())
        return False
    else:
        print(f"ok {number} - {name}")
    return True


def main(module):
    tests = [(name, function) for name, function in module.items() if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    results = []
    for number, (name, function) in enumerate(tests, 1):
        results.append(run_one(number, name[len("test_"):].replace("_", " "), function))
        sys.stdout.flush()
    sys.exit(0 if all(results) else 1)
