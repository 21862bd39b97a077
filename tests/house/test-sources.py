#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How files read: licence, opening sentence, layout, names, length, and words that must not be there."""
import os
import re
import shutil

import tap

SOURCES = (".c", ".h", ".sh", ".py", ".build", ".go")
SHARED_LICENCE = "GPL-2.0-only OR BSD-2-Clause"  # the kernel compiles these folders too
SHARED_FOLDERS = ("core/", "format/")
LICENCE = "BSD-2-Clause"
LINE_LIMIT = 700
DRAWERS = re.compile(r"(^|[/_-])(utils?|common|helpers?|misc)\.[a-z]+$")
UNSAFE_CALLS = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|alloca|system|popen)\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented|unimplemented|for now)\b")
# Places of one machine: absolute work folders, folders beside the clone, and package registries.
PLACES = re.compile(r"(?<![\w.])/(work|farm|home)/|\.\./shared|"
                    r"\b(registry|proxy|mirror|deb|pypi)\.([\w-]+\.)?(org|io|com|net)\b|\bcrates\.io\b")


def text_files():
    """(name, text) of every file that is text."""
    for name in tap.tracked_files():
        with open(os.path.join(tap.ROOT, name), "rb") as file:
            content = file.read()
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")


def sources():
    programs = tap.program_files("sh") + tap.program_files("bash") + tap.program_files("python3")
    return sorted({*tap.tracked_files(*SOURCES), *programs, "Makefile"})


def lines_matching(pattern, names=None):
    for name, text in text_files():
        if names is None or name in names:
            for number, line in enumerate(text.splitlines(), 1):
                if pattern.search(line):
                    yield f"{name}:{number}: {line.strip()[:100]}"


def licence_of(name):
    """What the SPDX line in the first three lines says; None without one."""
    for line in tap.read(name).splitlines()[:3]:
        found = re.search(r"SPDX-License-Identifier: ([^*]+)", line)
        if found:
            return found[1].strip()
    return None


def test_every_source_file_has_its_licence():
    expected = {name: SHARED_LICENCE if name.startswith(SHARED_FOLDERS) and name.endswith((".c", ".h")) else LICENCE
                for name in sources()}
    tap.expect_none((f"{name}: {licence_of(name)}, not {licence}" for name, licence in expected.items()
                     if licence_of(name) != licence), "files with another SPDX line")


def test_every_licence_has_its_text():
    named = {word for name in sources() for word in (licence_of(name) or "").replace(" OR ", " ").split()}
    tap.expect_none((word for word in sorted(named) if not os.path.isfile(f"{tap.ROOT}/LICENSES/{word}.txt")),
                    "licences without a text in LICENSES/")


def test_every_source_file_opens_with_a_sentence():
    openings = re.compile(r"^(/\* .*|/\*|# \S.*|\"\"\".*)$")
    silent = []
    for name in tap.tracked_files(".c", ".h", ".py") + tap.program_files("sh"):
        after = [line for line in tap.read(name).splitlines()[:5] if "SPDX" not in line and line not in ("", "#")]
        after = after[1:] if after and after[0].startswith("#!") else after
        if not after or not openings.match(after[0]):
            silent.append(name)
    tap.expect_none(silent, "files that do not say what they are")


def test_layout_is_that_of_clang_format():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        raise tap.Skip("clang-format is missing")
    done = tap.run([tool, "--dry-run", "-Werror", *tap.tracked_files(".c", ".h")])
    tap.expect_none((line for line in done.stderr.splitlines() if "error:" in line), "places for clang-format -i")
    tap.expect_equal(done.returncode, 0, "exit status of clang-format")


def test_no_file_is_a_drawer():
    tap.expect_none((name for name in tap.tracked_files() if DRAWERS.search(name)), "names that say nothing")


def test_no_source_file_is_too_long():
    lengths = ((name, tap.read(name).count("\n")) for name in sources())
    tap.expect_none((f"{name}: {length}" for name, length in lengths if length > LINE_LIMIT), "look for a second subject")


def test_nothing_is_unfinished():
    names = [name for name in sources() if name != "tests/house/test-sources.py"]
    tap.expect_none(lines_matching(UNFINISHED, names), "places")


def test_no_unsafe_calls():
    tap.expect_none(lines_matching(UNSAFE_CALLS, tap.tracked_files(".c", ".h")), "calls")


def test_no_place_of_one_machine_is_named():
    found = lines_matching(PLACES)
    allowed = (".ci/", "tests/house/test-sources.py:", "tests/clients/tsm-report/Cargo.lock:",
               "bench/dcap-qvl/Cargo.lock:")  # Cargo writes these
    tap.expect_none((line for line in found if not line.startswith(allowed)), "places")


def test_lists_of_files_are_complete():
    """Meson's lists are explicit: a file that is not in its folder's list is not compiled."""
    missing = []
    for name in tap.tracked_files(".c"):
        folder, file = os.path.split(name)
        if folder in ("tests/cross", "docs/examples"):  # compiled by tests/house/test-cross.py, tests/api/test-installed.py
            continue
        build = tap.read(f"{folder}/meson.build") if os.path.isfile(f"{tap.ROOT}/{folder}/meson.build") else ""
        stem = re.sub(r"^fuzz-", "", file[:-2])
        if not re.search(rf"'({re.escape(file)}|{re.escape(file[:-2])}|{re.escape(stem)})'", build):
            missing.append(name)
    tap.expect_none(missing, "files in no meson.build")


def test_shell_scripts_parse():
    done = [(name, tap.run(["sh", "-n", name])) for name in tap.program_files("sh") + tap.tracked_files(".sh")]
    tap.expect_none((f"{name}: {result.stderr}" for name, result in done if result.returncode != 0), "syntax errors")


def test_shell_scripts_pass_shellcheck():
    if not shutil.which("shellcheck"):
        raise tap.Skip("shellcheck is missing")
    scripts = tap.program_files("sh") + tap.program_files("bash") + tap.tracked_files(".sh")
    done = tap.run(["shellcheck", "--severity=warning", "--format=gcc", *sorted(set(scripts))])
    tap.expect_none(done.stdout.splitlines(), "warnings")
    tap.expect_equal(done.returncode, 0, "exit status of shellcheck")


def test_python_programs_compile():
    faults = []
    for name in sorted({*tap.tracked_files(".py"), *tap.program_files("python3")}):
        try:
            compile(tap.read(name), name, "exec")
        except SyntaxError as error:
            faults.append(f"{name}: {error}")
    tap.expect_none(faults, "syntax errors")


def test_no_large_file():
    sizes = ((name, os.path.getsize(os.path.join(tap.ROOT, name))) for name in tap.tracked_files())
    tap.expect_none((f"{name}: {size}" for name, size in sizes if size > 2 * 1024 * 1024), "files above 2 MiB")


if __name__ == "__main__":
    tap.main(globals())
