#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Documents that can go stale: links, the README's first screen, invariants, packages, make's targets, others' holes."""
import os
import re

import tap

INVARIANT_COUNT = 12
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")
PROVIDERS = ["soft", "tdx", "snp", "cca", "cove", "nsm", "tpm"]


def documents():
    return tap.tracked_files(".md")


def rows_of(document, heading):
    """Cells of the table rows below a heading, without the header row."""
    section = tap.read(document).split(heading, 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def test_links_lead_somewhere():
    broken = []
    for document in documents():
        for target, _ in LINK.findall(tap.read(document)):
            path = os.path.normpath(os.path.join(tap.ROOT, os.path.dirname(document), target))
            if "://" not in target and not os.path.exists(path):
                broken.append(f"{document}: {target}")
    tap.expect_none(broken, "links to nothing")


def test_the_invariants_are_numbered():
    numbers = re.findall(r"^- \*\*I(\d+) ", tap.read("ARCHITECTURE.md"), re.M)
    tap.expect_equal([int(number) for number in numbers], list(range(1, INVARIANT_COUNT + 1)), "ARCHITECTURE.md")


def test_cited_invariants_exist():
    cited = {}
    for name in tap.tracked_files(".c", ".h", ".md", ".py"):
        for number in re.findall(r"\bI(\d{1,2})\b(?!\.)", tap.read(name)):
            cited.setdefault(int(number), name)
    tap.expect_none((f"I{number} in {name}" for number, name in cited.items() if not 1 <= number <= INVARIANT_COUNT),
                    "invariants that are not in ARCHITECTURE.md")


def test_cited_documents_exist():
    missing = []
    for name in tap.tracked_files(".c", ".h", ".py", ".build"):
        for cited in re.findall(r"\bdocs/(?:[\w-]+/)*[\w.-]+\.(?:md|json|1)\b", tap.read(name)):
            if not os.path.isfile(os.path.join(tap.ROOT, cited)):
                missing.append(f"{name}: {cited}")
    tap.expect_none(missing, "documents that are not there")


def test_the_readme_is_one_sentence_and_a_session():
    text = tap.read("README.md")
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    tap.expect_equal(paragraphs[0], "# tally", "the title")
    tap.expect_equal(len(re.findall(r"[.!?](\s|$)", paragraphs[1])), 1, "sentences in the first paragraph")
    tap.expect_equal("$ tally extend" in text and "$ tally verify" in text, True, "the session extends and verifies")


def test_the_readme_names_two_commands_that_make_has():
    blocks = re.findall(r"^    \$ (make .*)$", tap.read("README.md"), re.M)
    tap.expect_equal(blocks, ["make demo", "make check"], "the commands")
    listed = tap.run(["make", "help"]).stdout
    tap.expect_none((command for command in blocks if command not in listed), "commands that make help lacks")


def test_provider_tables_name_every_provider():
    for document, heading in (("README.md", "# tally"), ("ARCHITECTURE.md", "## Providers")):
        names = [row[0].strip("`") for row in rows_of(document, heading)]
        tap.expect_equal(sorted(names), sorted(PROVIDERS), f"the provider table of {document}")


def test_only_providers_of_this_build_are_said_to_work():
    """A provider that has no file in provider/ is not claimed to measure or attest, one without one in verify/ not to verify."""
    files = set(tap.tracked_files(".c"))
    claimed = [(folder, row[0].strip("`")) for row in rows_of("README.md", "# tally")
               for folder, cells in (("provider", row[1:3]), ("verify", row[3:4])) if "yes" in cells]
    tap.expect_none((f"{folder}/{name}.c" for folder, name in claimed if f"{folder}/{name}.c" not in files),
                    "what README.md claims and no file does")


# What no message is answered with: success, what only a response can have, and what faces do not do.
NOT_ANSWERED = {"OK", "RESERVED", "NO_SPACE", "CHECKSUM", "POLICY"}


def test_messages_name_every_status():
    table = {name: (number, errno) for name, number, errno in
             re.findall(r"^\tX\((\w+), (\d+), (\w+), ", tap.read("core/status.h"), re.M)}
    told = {}
    for names, errno, _ in rows_of("docs/abi/messages.md", "## 4. Statuses"):
        told.update({name: (number, errno) for name, number in re.findall(r"([A-Z_]+) (\d+)", names)})
    expected = {name: row for name, row in table.items() if name not in NOT_ANSWERED}
    tap.expect_equal(told, expected, "statuses of docs/abi/messages.md, and core/status.h")


def test_every_make_target_has_help():
    makefile = tap.read("Makefile")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()) - {"all", "help", "clean"}
    helped = tap.run(["make", "help"]).stdout
    tap.expect_none((target for target in sorted(targets) if f"make {target} " not in helped), "targets without help")


def test_every_hole_of_others_has_its_case():
    """A case is a function, a string in a table of C, or a row of a table that tests read."""
    lines = [line for line in tap.read("tests/interop/holes.tsv").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    tap.expect_none((line for line, row in zip(lines, rows) if len(row) != 4 or not all(row)), "rows that lack a cell")
    tap.expect_none((line for before, line in zip(lines, lines[1:]) if line < before), "rows that are out of order")
    holes = [(peer, hole) for peer, hole, _, _ in rows]
    tap.expect_none((hole for hole in sorted(set(holes)) if holes.count(hole) > 1), "holes that stand there twice")
    files = set(tap.tracked_files())
    tap.expect_none((source for _, _, source, _ in rows if source not in files), "sources that are not there")
    tap.expect_none((f"{source}: {case}" for _, _, source, case in rows
                     if not re.search(rf'"{re.escape(case)}"|\b{re.escape(case)}\(|^{re.escape(case)}\t', tap.read(source), re.M)),
                    "cases that are not there")


if __name__ == "__main__":
    tap.main(globals())
