#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The installed API: its headers, the version script and the symbols of the libraries say the same."""
import os
import re
import shutil

import tap

HEADERS = [name for name in tap.tracked_files(".h") if name.startswith("include/tally/")]
MANUAL = "docs/man/libtally.3"
# [(compiler, language, standard)]
LANGUAGES = [("gcc", "c", "c99"), ("gcc", "c", "c11"), ("clang", "c", "c17"), ("g++", "c++", "c++11"),
             ("g++", "c++", "c++20"), ("clang++", "c++", "c++17")]
# What never grows: a program compiled today hands it to every later library.
SIZES = {"struct tally_error": 768, "struct tally_bank": 68, "struct tally_value": 548, "struct tally_extended": 64,
         "struct tally_exported": 64, "struct tally_trimmed": 64, "struct tally_recovered": 128}
DECLARATION = re.compile(r"^TALLY_API [^;{]*?\b(tally_\w+)\(", re.M)
COMMENT = re.compile(r"/\*((?:[^*]|\*(?!/))*)\*/\n(?=TALLY_API)")
STATUS_ROW = re.compile(r'^\tX\((\w+), (\d+), \w+, "([^"]+)"\)', re.M)
STATUS_ITEM = re.compile(r"^\.It Dv TALLY_(\w+) Pq (\d+)\n(.*)\.$", re.M)
STATUS_LINE = re.compile(r"^\tTALLY_(\w+) = (\d+),?(?:\s*/\* (.*?) \*/)?$", re.M)


def declared(headers=None):
    return sorted(name for header in headers or HEADERS for name in DECLARATION.findall(tap.read(header)))


# [(library, its version script, the version of its API, the headers whose functions it has)]
VERIFIER_HEADERS = ["include/tally/verify.h"]
LIBRARIES = [("TALLY_SHARED_LIBRARY", "api/libtally.map", "LIBTALLY", sorted(set(HEADERS) - set(VERIFIER_HEADERS))),
             ("TALLY_VERIFY_LIBRARY", "api/libtally-verify.map", "LIBTALLY_VERIFY", VERIFIER_HEADERS)]


def mapped(script):
    return sorted(re.findall(r"^\t(tally_\w+);$", tap.read(script), re.M))


def exported(variable):
    """name -> symbol version of what a shared library defines."""
    library = os.environ.get(variable)
    if not library:
        raise tap.Skip(f"{variable} does not name a shared library")
    listed = tap.run(["nm", "--dynamic", "--defined-only", library])
    tap.expect_equal(listed.returncode, 0, listed.stderr)
    pairs = [line.split()[2].partition("@") for line in listed.stdout.splitlines()]
    return {name: version.strip("@") for name, _, version in pairs if not name.startswith(("LIBTALLY", "__odr_asan"))}


def test_the_version_scripts_list_what_the_headers_declare():
    for _, script, _, headers in LIBRARIES:
        tap.expect_equal(mapped(script), declared(headers), f"{script}, and the headers")


def test_nothing_outside_the_program_takes_what_is_the_programs_own():
    """Examples and bindings are what other programs look like: they get along with the API."""
    used = set()
    for name in tap.tracked_files(".c", ".py"):
        if name.startswith(("docs/examples/", "bindings/")):
            used |= set(re.findall(r"\b(tally_\w+)\(|\"(tally_\w+)\"", tap.read(name)))
    functions = {name for pair in used for name in pair if name}
    tap.expect_equal({"tally_open", "tally_evidence"} <= functions, True, "the search finds calls")
    tap.expect_none(sorted(functions - set(declared())), "functions that no installed header declares")


def test_the_libraries_export_the_api_and_say_so():
    for variable, _, version_of_api, headers in LIBRARIES:
        symbols = exported(variable)
        tap.expect_equal(sorted(name for name, version in symbols.items() if version == f"{version_of_api}_0"),
                         declared(headers), f"symbols of version {version_of_api}_0, and the headers")
        others = {name: version for name, version in symbols.items() if version != f"{version_of_api}_0"}
        tap.expect_none((f"{name}@{version}" for name, version in others.items()
                         if not re.fullmatch(version_of_api + r"_PRIVATE_\d+\.\d+\.\d+", version) or
                         not name.startswith("tally_")), "symbols that are neither the API nor our programs' own")


def test_the_sonames_are_those_of_version_0():
    for variable, soname in ("TALLY_SHARED_LIBRARY", "libtally.so.0"), ("TALLY_VERIFY_LIBRARY", "libtally-verify.so.0"):
        exported(variable)
        found = tap.run(["readelf", "--dynamic", os.environ[variable]]).stdout
        tap.expect_equal(f"[{soname}]" in found, True, "the soname")


def test_who_only_measures_needs_no_verifier():
    """The library and the program that go into a guest don't need the other one."""
    for file in os.environ["TALLY_SHARED_LIBRARY"], os.environ["TALLY_BIN"]:
        needed = re.findall(r"NEEDED.*\[(.*?)\]", tap.run(["readelf", "--dynamic", file]).stdout)
        tap.expect_equal(("libc.so.6" in needed, [name for name in needed if "verify" in name or "fuse" in name or "curl" in name]),
                         (True, []), f"what {file} needs")


def test_only_what_fetches_needs_libcurl():
    """It brings 25 libraries with it: loading them takes twice as long as a judgement."""
    folder = os.path.dirname(os.environ["TALLY_BIN"])
    found = {name: "[libcurl" in tap.run(["readelf", "--dynamic", os.path.join(folder, name)]).stdout
             for name in ("tally", "tally-verify", "tally-collateral", "tally-serve", "libtally.so.0", "libtally-verify.so.0")}
    tap.expect_equal([name for name, needs in found.items() if needs], ["tally-collateral"], "what needs libcurl")


def test_every_function_says_who_owns_what_and_how_it_fails():
    silent = []
    for header in HEADERS:
        text = tap.read(header)
        for found in COMMENT.finditer(text):
            comment = " ".join(found[1].replace("\n *", " ").split())
            name = DECLARATION.match(text, found.end())
            missing = [word for word in ("Threads:", "Errors:", "Source:") if word not in comment]
            if "_open" in name[1] or "**ret" in text[found.end():text.index(";", found.end())]:
                missing += [] if "Ownership:" in comment else ["Ownership:"]
            if missing:
                silent.append(f"{header}: {name[1]} does not say {' '.join(missing)}")
    tap.expect_none(silent, "functions")


def test_every_function_has_a_comment():
    """A declaration follows its comment, or another declaration that the same comment speaks of."""
    bare = []
    for header in HEADERS:
        text = tap.read(header)
        for found in DECLARATION.finditer(text):
            before = text[:found.start()].rstrip()
            if not before.endswith(("*/", ";")) or text[len(before):found.start()] != "\n":
                bare.append(f"{header}: {found[1]}")
    tap.expect_none(bare, "functions")


def test_statuses_that_headers_name_exist():
    names = {name for name, _, _ in STATUS_ROW.findall(tap.read("core/status.h"))}
    known = {f"TALLY_{name}" for name in names} | set(re.findall(r"#define (TALLY_\w+)", "".join(map(tap.read, HEADERS))))
    unknown = set()
    for header in HEADERS:
        for comment in re.findall(r"Errors:(.*?)(?:Source:|\*/)", tap.read(header), re.S):
            unknown |= set(re.findall(r"\bTALLY_[A-Z_]+\b(?!\w)", comment)) - known
    tap.expect_none(sorted(unknown), "names in Errors: that are nothing")


# What no test of the API can produce with the soft provider alone, by status and then by function; and why.
NOT_ON_SOFT = {
    "TALLY_CRYPTO": "the crypto library fails: tests/unit/test-crypto-missing.c",
    "TALLY_FULL": "the disk is full: tests/crash/test-full-disk.c",
    "TALLY_NO_MEMORY": "tests/api/test-memory.c, for every function",
    "tally_digest_fd TALLY_PERMISSION": "what is open can be read",
    "tally_digest_file TALLY_TRY_AGAIN": "a file changes while it is read: tests/cli/test-extend.py",
    "tally_records_follow TALLY_HISTORY_LOST": "tests/unit/test-follow.c",
    "tally_records_follow TALLY_NOT_FOUND": "tests/unit/test-follow.c",
    "tally_records_follow TALLY_SYSTEM": "the kernel has no inotify",
    "tally_records_wait TALLY_NOT_FOUND": "tests/unit/test-follow.c",
    "tally_report TALLY_PERMISSION": "a device may not be opened; soft's key is read when it is opened",
    "tally_report TALLY_UNAVAILABLE": "soft reports always",
    "tally_restore TALLY_SYSTEM": "a disk fails",
    "tally_digest_fd TALLY_TRY_AGAIN": "a file changes while it is read: tests/cli/test-extend.py",
    "tally_evidence TALLY_TRY_AGAIN": "extends during every attempt: tests/unit/test-sequence.c",
    "tally_save TALLY_TRY_AGAIN": "extends between two reads: tests/unit/test-settle.c",
}
FUNCTION = re.compile(r"^(?:static )?[\w ]+?\b\*?(\w+)\([^;{]*\)\n\{\n(.*?)^\}", re.M | re.S)


def promised():
    """(function, status) of every Errors: list; a comment may speak of several functions."""
    pairs = set()
    for header in HEADERS:
        text = tap.read(header)
        for found in COMMENT.finditer(text):
            named = re.search(r"Errors:(.*?)(?:Source:|$)", found[1], re.S)
            block = text[found.end():].split("\n\n", 1)[0]
            for name in DECLARATION.findall(block):
                pairs |= {(name, status) for status in re.findall(r"\bTALLY_[A-Z_]+\b", named[1] if named else "")}
    statuses = {f"TALLY_{name}" for name, _, _ in STATUS_ROW.findall(tap.read("core/status.h"))}
    return {(name, status) for name, status in pairs if status in statuses}


def produced():
    """(function, status) that stand in one test, or in it and in what it calls of its own file."""
    pairs = set()
    for name in tap.tracked_files(".c"):
        bodies = dict(FUNCTION.findall(tap.read(name))) if name.startswith("tests/api/") else {}
        for body in bodies.values():
            called = "".join(other for helper, other in bodies.items() if re.search(rf"\b{helper}\b", body))
            functions = set(re.findall(r"\b(tally_\w+)\b", body + called))
            pairs |= {(function, status) for function in functions for status in re.findall(r"\bTALLY_[A-Z_]+\b", body)}
    return pairs


def test_every_status_that_a_function_promises_is_produced():
    missing = {f"{name} {status}" for name, status in promised() - produced()}
    excused = {pair for pair in missing if pair in NOT_ON_SOFT or pair.split()[1] in NOT_ON_SOFT}
    tap.expect_equal(len(promised()) > 100, True, "the search finds the lists")
    tap.expect_none(sorted(missing - excused), "statuses in Errors: that no test in tests/api produces")


def test_the_statuses_are_those_of_the_table():
    table = [(name, number, text) for name, number, text in STATUS_ROW.findall(tap.read("core/status.h"))]
    shown = [(name, number, text or "success") for name, number, text in STATUS_LINE.findall(tap.read("include/tally/base.h"))
             if name.isupper()]
    tap.expect_equal(shown[:len(table)], table, "enum tally_status in tally/base.h, and core/status.h")


def manual_section(title):
    return tap.read(MANUAL).split(f".Sh {title}\n", 1)[1].split("\n.Sh ", 1)[0]


def test_the_manual_has_every_function_and_status():
    functions = re.findall(r"Fn (tally_\w+)", manual_section("FUNCTIONS"))
    tap.expect_equal(sorted(functions), declared(), "functions of libtally(3), and the headers")
    shown = [(name, number, text.lower()) for name, number, text in STATUS_ITEM.findall(manual_section("RETURN VALUES"))]
    table = [(name, number, text.lower()) for name, number, text in STATUS_ROW.findall(tap.read("core/status.h"))]
    tap.expect_equal(shown, table, "statuses of libtally(3), and core/status.h")


def test_the_example_of_the_manual_is_the_one_that_is_tested():
    shown = re.search(r"^\.Bd -literal\n(.*?)^\.Ed$", manual_section("EXAMPLES"), re.M | re.S)[1]
    shown = re.sub(r"^\\&", "", shown, flags=re.M).replace("\\-", "-").replace("\\e", "\\")
    code = "".join(line for line in tap.read("docs/examples/measure.c").splitlines(True) if "SPDX" not in line)
    tap.expect_equal(shown, code, "the example of libtally(3), and docs/examples/measure.c")


def test_the_manual_has_no_faults():
    if not shutil.which("groff"):
        raise tap.Skip("groff is missing")
    done = tap.run(["groff", "-mdoc", "-Tascii", "-ww", MANUAL])
    tap.expect_equal((done.returncode, done.stderr), (0, ""), "what groff says")


def compile_text(compiler, language, standard, text):
    return tap.run([compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Werror",
                    "-fsyntax-only", f"-I{tap.ROOT}/include", "-"], input=text)


def test_each_header_compiles_alone_and_twice_in_every_language():
    faults = []
    for compiler, language, standard in LANGUAGES:
        for header in HEADERS:
            line = f"#include <{header.removeprefix('include/')}>\n"
            done = compile_text(compiler, language, standard, 2 * line + "int main(void) { return (int)TALLY_OK; }\n")
            if done.returncode != 0:
                faults.append(f"{header} by {compiler} -std={standard}:\n{done.stderr[-1500:]}")
    tap.expect_none(faults, "headers")


def test_headers_include_the_standard_library_and_each_other():
    installed = {os.path.basename(header) for header in HEADERS}
    standard = {"stdbool.h", "stddef.h", "stdint.h", "string.h"}
    strange = []
    for header in HEADERS:
        for quote, name in re.findall(r'#include ([<"])([^>"]+)', tap.read(header)):
            if name not in (standard if quote == "<" else installed):
                strange.append(f"{header}: {name}")
    tap.expect_none(strange, "includes")


def test_what_never_grows_has_its_size():
    checks = "".join(f'_Static_assert(sizeof({name}) == {size}, "{name}");\n' for name, size in SIZES.items())
    done = compile_text("gcc", "c", "c11", "#include <tally/tally.h>\n" + checks)
    tap.expect_equal((done.returncode, done.stderr), (0, ""), "sizes")


def test_every_header_is_installed():
    listed = set(re.findall(r"'tally/(\w+\.h)'", tap.read("include/meson.build")))
    tap.expect_equal(listed, {os.path.basename(header) for header in HEADERS}, "include/meson.build")


if __name__ == "__main__":
    tap.main(globals())
