#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Unit tests of core/ and format/ on a machine of 32 bits and the other byte order: powerpc, in an emulator."""
import os
import re
import shutil
import tempfile

import tap

COMPILER, EMULATOR = "powerpc-linux-gnu-gcc", "qemu-ppc"
OPTIONS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror", "-static",
           "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64"]
LAYERS = ("core", "format")
SECONDS = 240
LOCAL = re.compile(r'^#include "([^"]+)"', re.M)
SYSTEM = re.compile(r"^#include <([^>]+)>", re.M)
# Headers of libraries, of which there is none for the foreign machine.
LIBRARIES = ("openssl/", "jansson.h")


def included(name, seen):
    """The files of this tree that a source file takes in, itself too."""
    seen.add(name)
    for target in LOCAL.findall(tap.read(name)):
        path = os.path.normpath(os.path.join(os.path.dirname(name), target))
        if path not in seen:
            included(path, seen)
    return seen


def is_portable(name):
    """Whether a unit test needs nothing but core/, format/ and what stands in tests/unit/."""
    for path in included(name, set()):
        if os.path.dirname(path) not in (*LAYERS, "tests/unit") or not os.path.isfile(os.path.join(tap.ROOT, path)):
            return False
        if any(header.startswith(LIBRARIES) for header in SYSTEM.findall(tap.read(path))):
            return False
    return True


def build_shared(folder):
    """Objects of core/ and format/, and of the hash that they need."""
    sources = [name for name in tap.tracked_files(".c") if os.path.dirname(name) in LAYERS] + ["tests/cross/hash.c"]
    done = tap.run([COMPILER, *OPTIONS, "-c", *(os.path.join(tap.ROOT, name) for name in sources)], cwd=folder)
    if done.returncode != 0:
        raise tap.Failure(done.stderr[-4000:])
    return [name for name in os.listdir(folder) if name.endswith(".o")]


def run_program(folder, objects, name):
    """Compile and run one unit test; its output if it failed, else None."""
    source = os.path.join(tap.ROOT, name)
    # A program that brings a hash of its own takes the place of ours.
    own = [item for item in objects if item != "hash.o" or "tally_env_hash(const" not in tap.read(name)]
    done = tap.run([COMPILER, *OPTIONS, "-I", f"{tap.ROOT}/tests/cross", "-o", "program", source, *own], cwd=folder)
    if done.returncode == 0:
        done = tap.run([EMULATOR, "./program"], cwd=folder, timeout=SECONDS)
    return None if done.returncode == 0 else f"{name}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}"


def test_unit_tests_of_core_and_format_on_32_bits_and_big_endian():
    for tool in (COMPILER, EMULATOR):
        if not shutil.which(tool):
            raise tap.Skip(f"{tool} is missing")
    programs = [name for name in tap.tracked_files(".c") if name.startswith("tests/unit/test-") and is_portable(name)]
    tap.expect_equal("tests/unit/test-core.c" in programs, True, "the list has a known program")
    with tempfile.TemporaryDirectory() as folder:
        objects = build_shared(folder)
        failures = [run_program(folder, objects, name) for name in programs]
    for name in programs:
        print(f"# {name}")
    tap.expect_none(filter(None, failures), "programs that failed")


if __name__ == "__main__":
    tap.main(globals())
