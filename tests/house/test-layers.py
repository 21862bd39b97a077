#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The layers: tools/check-layers accepts this tree, refuses planted violations, and ARCHITECTURE.md shows its table."""
import os
import shutil
import tempfile

import tap

# [what is planted, file, text, part of the message]: each is one damage to a tree that passes.
VIOLATIONS = [
    ("an include that points up", "core/a.c", '#include "../format/b.h"\n', "core/ may include: nothing"),
    ("a layer that skips the table", "verify/v.c", '#include "../authority/a.h"\n', "verify/ may include: core"),
    ("an include from tests", "format/b.c", '#include "../tests/unit/test.h"\n', "format/ may include: core"),
    ("an include that is not there", "core/a.c", '#include "gone.h"\n', "no such file beside it"),
    ("an include from the root", "format/b.c", '#include "core/a.h"\n', "no such file beside it"),
    ("indented, with spaces", "core/a.c", '\t#  include "../cli/c.h"\n', "core/ may include: nothing"),
    ("a path that leaves and returns", "core/a.c", '#include "../core/../format/b.h"\n', "core/ may include: nothing"),
    ("libc in core", "core/a.c", "#include <stdlib.h>\n", "freestanding"),
    ("libc in format", "format/b.c", "#include <string.h>\n", "freestanding"),
    ("a kernel test outside the environment", "core/a.c", "#ifdef __KERNEL__\n#endif\n", "__KERNEL__"),
    ("an unknown folder", "attic/old.c", "", "attic/: no such folder"),
]


def planted_tree(folder):
    """A small tree with the layers that this one has, which check-layers accepts."""
    os.mkdir(os.path.join(folder, "tools"))
    shutil.copy(os.path.join(tap.ROOT, "tools/check-layers"), os.path.join(folder, "tools"))
    tap.run(["git", "init", "-q", "."], cwd=folder)
    for layer in layers():
        if os.path.isdir(os.path.join(tap.ROOT, layer)):
            plant(folder, f"{layer}/{layer[0]}.h", "")
    plant(folder, "core/env.h", "#ifdef __KERNEL__\n#include <linux/types.h>\n#else\n#include <stdint.h>\n#endif\n")
    plant(folder, "format/b.h", '#include "../core/env.h"\n#include "f.h"\n')
    plant(folder, "authority/a.h", "")
    plant(folder, "tests/unit/test.h", '#include <stdio.h>\n#include "../../core/env.h"\n')


def plant(folder, path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check_layers(*arguments, cwd=tap.ROOT):
    return tap.run([os.path.join(cwd, "tools/check-layers"), *arguments], cwd=cwd)


def layers():
    """The table of check-layers: layer to the layers below, in its order."""
    lines = check_layers("--table").stdout.splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].split() for line in lines}


def shown_layers():
    """The same table as ARCHITECTURE.md shows it."""
    section = tap.read("ARCHITECTURE.md").split("## Layers", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `/"): row[1].replace("`", "").replace("-", "").split() for row in rows}


def test_this_tree_is_in_order():
    found = check_layers()
    tap.expect_none(found.stdout.splitlines(), "violations")
    tap.expect_equal(found.returncode, 0, "exit status")


def test_a_planted_violation_is_found():
    with tempfile.TemporaryDirectory() as folder:
        planted_tree(folder)
        clean = check_layers(cwd=folder)
        tap.expect_equal((clean.returncode, clean.stdout), (0, ""), "before anything is planted")
        for what, path, text, message in VIOLATIONS:
            whole = os.path.join(folder, path)
            plant(folder, path, text)
            found = check_layers(cwd=folder)
            os.remove(whole)
            if found.returncode != 1 or message not in found.stdout or path.split("/")[0] not in found.stdout:
                raise tap.Failure(f"{what}: exit status {found.returncode}, output:\n{found.stdout}{found.stderr}")


def test_an_empty_layer_is_found():
    with tempfile.TemporaryDirectory() as folder:
        planted_tree(folder)
        shutil.rmtree(os.path.join(folder, "verify"))
        found = check_layers(cwd=folder)
        tap.expect_equal(found.returncode, 1, "exit status")
        tap.expect_equal("verify/: a layer without files" in found.stdout, True, "the message names the layer")


def test_the_table_points_down():
    above = []
    for layer, below in layers().items():
        tap.expect_none((name for name in below if name not in above), f"layers that {layer} names before they stand")
        above.append(layer)


def test_architecture_shows_the_table():
    tap.expect_equal(shown_layers(), layers(), "the layer table of ARCHITECTURE.md, and that of tools/check-layers")


def test_architecture_knows_every_folder():
    text = tap.read("ARCHITECTURE.md")
    folders = {name.split("/")[0] for name in tap.tracked_files() if "/" in name and not name.startswith(".")}
    tap.expect_none((folder for folder in sorted(folders) if f"`{folder}/" not in text), "folders it does not name")


if __name__ == "__main__":
    tap.main(globals())
