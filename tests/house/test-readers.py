#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every reader of untrusted bytes has a fuzz target."""
import os
import re

import tap

# Headers outside format/ that read what others wrote.
OTHER_READERS = ["core/cursor.h", "face/callers_policy.h", "verify/policy.h"]
READER = re.compile(r"\btally_\w*_(read|next)\w*\(")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def targets():
    """Names in the list of tests/fuzz/meson.build."""
    return re.findall(r"^  \['([\w-]+)',", tap.read("tests/fuzz/meson.build"), re.M)


def readers():
    """Headers that declare a reader for others: those of format/ that only format/ itself includes are its own."""
    headers = [name for name in tap.tracked_files(".h") if name.startswith("format/") and READER.search(tap.read(name))]
    return headers + OTHER_READERS


def included_by(name):
    return {os.path.normpath(os.path.join(os.path.dirname(name), target)) for target in INCLUDE.findall(tap.read(name))}


def test_the_list_of_targets_is_complete():
    files = {os.path.basename(name)[len("fuzz-"):-2] for name in tap.tracked_files(".c")
             if name.startswith("tests/fuzz/fuzz-")}
    tap.expect_equal(sorted(files), sorted(targets()), "files tests/fuzz/fuzz-NAME.c, and the list of meson.build")


def test_seeds_belong_to_targets():
    corpora = {name.split("/")[3] for name in tap.tracked_files() if name.startswith("tests/fuzz/corpus/")}
    tap.expect_none(sorted(corpora - set(targets())), "seeds of no target")


def test_every_reader_has_a_target():
    fuzzed = set().union(*(included_by(f"tests/fuzz/fuzz-{name}.c") for name in targets()))
    # A reader may be reached through another: what one target reads, it reads with the code below it.
    reached = set(fuzzed)
    for name in fuzzed:
        source = name[:-2] + ".c"
        if os.path.isfile(os.path.join(tap.ROOT, source)):
            reached |= included_by(source)
        reached |= included_by(name)
    tap.expect_none((name for name in readers() if name not in reached), "readers without a fuzz target")


if __name__ == "__main__":
    tap.main(globals())
