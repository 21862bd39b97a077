#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What only another way of compiling shows: the freestanding unit, each header alone, and the exported symbols."""
import collections
import glob
import os
import re
import shutil
import tempfile

import tap

FREESTANDING = ["core", "format"]
# All that core/ and format/ take from outside.
OUTSIDE = {"memcpy", "memset", "memcmp", "memchr", "strlen", "tally_env_hash"}
STRICT = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Wshadow", "-Werror"]
UNIT = ["-ffreestanding", "-nostdlib", "-fno-stack-protector", "-D_GNU_SOURCE", "-c"]
HEADER_LAYERS = ["core", "format", "crypto", "provider", "authority", "verify", "api"]


def need(tool):
    if not shutil.which(tool):
        raise tap.Skip(f"{tool} is missing")
    return tool


def freestanding_sources():
    return [name for name in tap.tracked_files(".c") if os.path.dirname(name) in FREESTANDING]


def compile_unit(compiler):
    """Compile core/ and format/ as one file, as the kernel module does; fail unless all that it needs is in OUTSIDE."""
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, "unit.c")
        with open(unit, "w", encoding="utf-8") as file:
            file.writelines(f'#include "{tap.ROOT}/{name}"\n' for name in freestanding_sources())
        done = tap.run([need(compiler), *STRICT, *UNIT, "-o", os.path.join(folder, "unit.o"), unit])
        if done.returncode != 0:
            raise tap.Failure(done.stderr[-4000:])
        needed = set(re.findall(r"\bU (\S+)", tap.run(["nm", "-u", os.path.join(folder, "unit.o")]).stdout))
    tap.expect_none(sorted(needed - OUTSIDE), "symbols that come from outside")
    tap.expect_equal("tally_env_hash" in needed, True, "the hash comes from outside")


def headers():
    return [name for name in tap.tracked_files(".h") if os.path.dirname(name) in HEADER_LAYERS]


def compile_headers(compiler, language, *options):
    """Compile each header with nothing before it."""
    faults = []
    for name in headers():
        done = tap.run([need(compiler), "-x", language, "-fsyntax-only", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                        *options, "-"], input=f'#include "{tap.ROOT}/{name}"\n')
        if done.returncode != 0:
            faults.append(f"{name}:\n{done.stderr[-1500:]}")
    tap.expect_none(faults, "headers that do not compile alone")


def test_core_and_format_are_one_freestanding_unit_for_gcc():
    compile_unit("gcc")


def test_core_and_format_are_one_freestanding_unit_for_clang():
    compile_unit("clang")


def test_sparse_finds_nothing_in_core_and_format():
    done = tap.run([need("sparse"), "-std=gnu11", "-D_GNU_SOURCE", *freestanding_sources()])
    tap.expect_none((done.stdout + done.stderr).splitlines(), "warnings")


def test_the_analyzer_of_gcc_finds_nothing_in_core_and_format():
    found = []
    for name in freestanding_sources():
        done = tap.run([need("gcc"), "-std=gnu11", "-O1", "-D_GNU_SOURCE", "-fanalyzer", "-c", "-o", "/dev/null", name])
        found.extend(line for line in done.stderr.splitlines() if "-Wanalyzer" in line)
    tap.expect_none(found, "warnings")


def test_each_header_compiles_alone_in_C():
    compile_headers("gcc", "c", "-std=gnu11")


def test_each_header_compiles_alone_in_CXX():
    compile_headers("clang++", "c++", "-std=c++17")


def defined(*files):
    """The global symbols that these archives or objects define, one for each definition."""
    listed = tap.run(["nm", "--extern-only", "--defined-only", "--portability", *files])
    tap.expect_equal(listed.returncode, 0, f"nm {files}: {listed.stderr}")
    # AddressSanitizer adds one symbol for each global variable.
    return [line.split()[0] for line in listed.stdout.splitlines()
            if len(line.split()) > 1 and not line.startswith("__odr_asan")]


def archives():
    if "TALLY_ARCHIVES" not in os.environ:
        raise tap.Skip("TALLY_ARCHIVES does not name libtally.a and its kin")
    return os.environ["TALLY_ARCHIVES"].split(":")


def test_every_global_symbol_begins_with_tally():
    ours = set(defined(*archives()))
    tap.expect_equal({"tally_digest_equal", "tally_run_serve"} <= ours, True, "the list has known symbols")
    tap.expect_none(sorted(name for name in ours if not name.startswith("tally_") and name != "main"),
                    "symbols without the prefix")


def test_no_symbol_is_defined_twice():
    """An archive hides a second definition from the linker; which of the two is meant would be chance."""
    shared = defined(*archives())
    for program in os.environ["TALLY_PROGRAMS"].split(":"):
        own = glob.glob(f"{program}.p/*.o")
        tap.expect_equal(bool(own), True, f"objects of {program}")
        counts = collections.Counter(shared + defined(*own))
        tap.expect_none(sorted(name for name, count in counts.items() if count > 1), f"twice in {program}")


if __name__ == "__main__":
    tap.main(globals())
