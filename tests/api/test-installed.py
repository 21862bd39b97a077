#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An installed tree is enough: the example compiles against it, as C and C++, shared and static, and does what it says."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

import installed
from installed import SANITIZERS, TALLY, expect_success, tap

EXAMPLE = os.path.join(tap.ROOT, "docs", "examples", "measure.c")
NONCE = bytes(range(32))
# Exports as a program in C++ calls them, with a sink of its own; and the log over a kexec.
CPLUSPLUS = r"""
#include <cstdio>
#include <string>
#include <tally/tally.h>

static int put(void *context, const void *bytes, size_t size)
{
	static_cast<std::string *>(context)->append(static_cast<const char *>(bytes), size);
	return 0;
}

int main(int, char **argv)
{
	tally_options options;
	tally_measurement event;
	tally_records *records = nullptr;
	struct tally *authority = nullptr;
	tally_trimmed trimmed;
	tally_error error;
	std::string json;

	TALLY_INIT(&options);
	TALLY_INIT(&event);
	options.provider = "soft";
	options.directory = argv[1];
	event.name = "c++";
	if (tally_open(&options, &authority, &error) || tally_extend(authority, "rtmr2", &event, nullptr, &error) ||
	    tally_records_open(authority, &records, &error) ||
	    tally_records_export(records, "cel-json", put, &json, nullptr, &error) ||
	    tally_save(authority, argv[2], nullptr, &error) ||
	    tally_trim(authority, argv[3], 0, &trimmed, &error))
		std::printf("%s\n", error.text);
	std::fwrite(json.data(), 1, json.size(), stdout);
	tally_records_close(records);
	tally_close(authority);
}
"""
# (compiler, its options)
COMPILERS = [("cc", ["-std=c99"]), ("gcc", ["-std=c17"]), ("g++", ["-xc++", "-std=c++11"]), ("g++", ["-xc++", "-std=c++20"])]


def compile_example(tree, folder, compiler, options, linking):
    if not shutil.which(compiler):
        raise tap.Skip(f"{compiler} is missing")
    program = os.path.join(folder, "measure")
    done = tap.run([compiler, *options, "-Wall", "-Wextra", "-pedantic", "-Werror", *SANITIZERS, "-o", program, EXAMPLE,
                    *(["-xnone"] if "-xc++" in options else []), *tree.flags("--cflags"), *linking])
    expect_success(done, f"{compiler} {options}")
    return program


def run(tree, command, folder, stdin=b""):
    environment = tree.environment(TALLY_PROVIDER="soft", TALLY_DIR=f"{folder}/state")
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)


def expect_it_works(tree, program, folder):
    """It measures, and the program reads what it measured and the evidence that it made."""
    done = expect_success(run(tree, [program, "rtmr1", EXAMPLE], folder, NONCE), program)
    number = re.fullmatch(rb"record (\d+)\n", done.stderr)[1]
    shown = expect_success(run(tree, [TALLY, "log", "show", "--json"], folder), "tally log show").stdout
    record = next(r for r in map(json.loads, shown.splitlines()) if r["number"] == int(number))
    with open(EXAMPLE, "rb") as file:
        digest = hashlib.sha384(file.read()).hexdigest()
    tap.expect_equal((record["register"], digest in json.dumps(record)), ("rtmr1", True), f"the record {record}")
    judged = run(tree, [TALLY, "verify", "--nonce", NONCE.hex(), "-", "--json"], folder, done.stdout)
    reasons = {reason["code"] for reason in json.loads(judged.stdout)["reasons"]}
    tap.expect_equal((judged.returncode, reasons), (1, {"soft.key-unpinned", "policy.unruled"}), repr(judged.stdout))
    shutil.rmtree(f"{folder}/state")


def test_the_example_is_short():
    code = [line for line in tap.read("docs/examples/measure.c").splitlines() if line.strip() not in ("", "{", "}")]
    tap.expect_equal(len(code) <= 34, True, f"lines of the example: {len(code)}")


def test_the_example_works_with_the_shared_library():
    with installed.tree() as tree, tempfile.TemporaryDirectory() as folder:
        for compiler, options in COMPILERS:
            expect_it_works(tree, compile_example(tree, folder, compiler, options, tree.flags("--libs")), folder)


def test_the_example_works_with_the_static_library():
    with installed.tree() as tree, tempfile.TemporaryDirectory() as folder:
        flags = ["-Wl,-Bstatic", "-ltally", "-Wl,-Bdynamic",
                 *(flag for flag in tree.flags("--static", "--libs") if flag != "-ltally")]
        program = compile_example(tree, folder, "cc", [], [f"-L{tree.libraries}", *flags])
        needed = tap.run(["readelf", "--dynamic", program]).stdout
        tap.expect_equal("libtally" in needed, False, "the shared library is needed")
        expect_it_works(tree, program, folder)


def test_the_example_says_what_is_wrong():
    with installed.tree() as tree, tempfile.TemporaryDirectory() as folder:
        program = compile_example(tree, folder, "cc", [], tree.flags("--libs"))
        done = run(tree, [program, "rtmr9"], folder, NONCE)
        tap.expect_equal((done.returncode, b"no register rtmr9" in done.stderr), (1, True), repr(done.stderr))
        done = run(tree, [program], folder, b"short")
        tap.expect_equal((done.returncode, done.stderr[:6]), (2, b"usage:"), repr(done.stderr))


def test_a_program_in_cplusplus_exports_a_log():
    if not shutil.which("g++"):
        raise tap.Skip("g++ is missing")
    with installed.tree() as tree, tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/export"
        done = tap.run(["g++", "-std=c++11", "-Wall", "-Wextra", "-pedantic", "-Werror", *SANITIZERS, "-o", program, "-xc++",
                        "-", "-xnone", *tree.flags("--cflags", "--libs")], input=CPLUSPLUS)
        expect_success(done, "g++")
        done = expect_success(run(tree, [program, f"{folder}/state", f"{folder}/save", f"{folder}/part"], folder), program)
        listed = json.loads(done.stdout)
        tap.expect_equal([record["recnum"] for record in listed], [0, 1], repr(done.stdout))
        tap.expect_equal(b"c++".hex() in listed[1]["content"]["event_data"], True, repr(listed))
        for name in ("save/log", "part"):
            with open(f"{folder}/{name}", "rb") as file:
                tap.expect_equal(b"c++" in file.read(), True, name)


def test_the_installed_program_runs():
    with installed.tree() as tree:
        done = tap.run([tree.file("bin/tally"), "version"], env=tree.environment())
        tap.expect_equal((done.returncode, done.stdout.split()[0]), (0, "tally"), done.stderr)


if __name__ == "__main__":
    tap.main(globals())
