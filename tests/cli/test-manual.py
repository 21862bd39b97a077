#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Manual page, completions and schemas against the program: they have the same commands, options and exit codes."""
import os
import re
import shutil
import subprocess

import program
from program import OK, run, state, folder, tap

MANUAL = "docs/man/tally.1"
BOOT = os.path.join(tap.ROOT, "tests", "vectors", "boot", "ovmf-swtpm")


def tables():
    return run("help", "--json").expect(OK).object()


def section(title):
    """The source of one section of the manual."""
    return re.split(r"^\.Sh ", tap.read(MANUAL).split(f".Sh {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def options_in(source):
    return set(re.findall(r"Fl \\-([a-z-]+)", source))


def entries(source):
    """The items of the outermost list of a section: [first lines, all lines]."""
    depth, found = 0, []
    for line in source.splitlines():
        if line.startswith(".It") and depth == 1:
            found.append([])
        if found:
            found[-1].append(line)
        depth += line.startswith(".Bl") - line.startswith(".El")
    return ["\n".join(entry) for entry in found]


def test_every_command_and_option_is_in_the_manual():
    described = {}
    for entry in entries(section("COMMANDS")):
        command = re.search(r"Cm ([a-z]+)", entry)[1]
        described.setdefault(command, set()).update(options_in(entry))
    known = tables()
    tap.expect_equal(sorted(described), sorted(c["name"] for c in known["commands"]), "commands")
    globals_ = {option["name"] for option in known["options"]}
    for command in known["commands"]:
        own = {option["name"] for option in command["options"]}
        tap.expect_equal(described[command["name"]] - globals_, own, f"options of {command['name']}")
    tap.expect_equal(options_in(section("GLOBAL OPTIONS")), globals_, "global options")


def test_exit_codes_are_in_the_manual():
    codes = re.findall(r"^\.It (\d)$", section("EXIT STATUS"), flags=re.M)
    known = re.findall(r"TALLY_EXIT_\w+ = (\d)", tap.read("cli/exit.h"))
    tap.expect_equal(codes, known, "exit codes")


def test_every_variable_is_in_the_manual():
    described = set(re.findall(r"^\.It Ev (\w+)$", section("ENVIRONMENT"), flags=re.M))
    used = set()
    for name in tap.tracked_files(".c"):
        if name.startswith(("cli/", "provider/", "authority/", "verify/", "crypto/")):
            used |= set(re.findall(r'getenv\("(\w+)"\)|option_or_variable\(cli, "[a-z]+", "(\w+)"\)', tap.read(name)))
    used = {word for pair in used for word in pair if word} - {"TERM"}
    tap.expect_equal(described, used, "variables")


def test_the_manual_has_no_faults():
    if not shutil.which("groff"):
        raise tap.Skip("groff is missing")
    done = tap.run(["groff", "-mdoc", "-Tascii", "-ww", MANUAL])
    tap.expect_equal((done.returncode, done.stderr), (0, ""), "what groff says")


def examples():
    """The commands of the manual's examples, in order."""
    blocks = re.findall(r"^\.Bd -literal.*?$(.*?)^\.Ed$", section("EXAMPLES"), flags=re.M | re.S)
    return [re.findall(r"^\$ (.*)$", block.replace("\\e", "\\"), flags=re.M) for block in blocks]


def test_the_examples_of_the_manual_work():
    with state() as soft, folder() as path:
        os.symlink(program.TALLY, f"{path}/tally")
        environment = {**os.environ, "TALLY_DIR": soft.path, "TALLY_PROVIDER": "soft", "BOOT": BOOT,
                       "PATH": f"{path}:{os.environ['PATH']}"}
        for commands in examples():
            if not commands:
                raise tap.Failure("an example without commands")
            done = subprocess.run(["sh", "-eu", "-c", "\n".join(commands)], cwd=path, env=environment, check=False,
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise tap.Failure("\n".join([*commands, f"ended with {done.returncode}", done.stdout, done.stderr]))


def test_completions_are_those_of_the_tables():
    source = run("help", "--json").expect(OK).bytes
    for shell, name in (("bash", "tally.bash"), ("zsh", "_tally")):
        done = subprocess.run([os.path.join(tap.ROOT, "tools", "completion"), shell], input=source, capture_output=True,
                              check=True)
        tap.expect_equal(tap.read(f"packaging/completion/{name}"), done.stdout.decode(),
                         f"packaging/completion/{name} (write it anew with tools/completion)")


def actions(command):
    """The words that may follow a command, from its usage."""
    usage = next(c["usage"] for c in tables()["commands"] if c["name"] == command)
    return [line.split(" ")[1].strip("[]") for line in usage.splitlines()]


def completed(line, **variables):
    """What bash offers for the last word of a line."""
    words = line.split(" ")
    script = (f". {tap.ROOT}/packaging/completion/tally.bash; COMP_WORDS=({' '.join(repr(w) for w in words)}); "
              f"COMP_CWORD={len(words) - 1}; _tally; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False,
                          env={**os.environ, **variables})
    tap.expect_equal((done.returncode, done.stderr), (0, ""), f"what bash says to {line!r}")
    return sorted(word for word in done.stdout.split("\n") if word)


def test_completion_in_bash():
    if not shutil.which("bash"):
        raise tap.Skip("bash is missing")
    known = tables()
    names = sorted(c["name"] for c in known["commands"])
    globals_ = {f"--{option['name']}" for option in known["options"]}
    tap.expect_equal(completed("tally "), names, "commands")
    tap.expect_equal(completed("tally re"), ["registers", "replay", "report"], "commands that begin with re")
    tap.expect_equal(completed("tally help "), names, "what there is help for")
    for command in known["commands"]:
        own = {f"--{option['name']}" for option in command["options"]}
        tap.expect_equal(completed(f"tally {command['name']} -"), sorted(own | globals_), f"options of {command['name']}")
        tap.expect_equal(completed(f"tally --dir x {command['name']} -"), sorted(own | globals_), "the same behind --dir")
    tap.expect_equal(completed("tally log "), sorted(actions("log")), "what log can do")
    tap.expect_equal(completed("tally registers "), ["list", "lock"], "what registers can do")
    tap.expect_equal(completed("tally replay --bank sha3"), ["sha384"], "a bank")
    tap.expect_equal(completed("tally --soft-preset c"), ["cca"], "a preset")
    tap.expect_equal(completed("tally extend --event "), [], "a name")
    with state() as soft, folder() as path:
        soft.run("extend", "rtmr0", "--event", "a").expect(OK)
        os.symlink(program.TALLY, f"{path}/tally")
        found = completed("tally extend rt", TALLY_DIR=soft.path, PATH=f"{path}:{os.environ['PATH']}")
        tap.expect_equal(found, ["rtmr0", "rtmr1", "rtmr2", "rtmr3"], "registers")


def test_what_is_installed():
    build = os.path.dirname(program.TALLY)
    if not shutil.which("meson") or not os.path.isdir(os.path.join(build, "meson-private")):
        raise tap.Skip("the program does not stand in a build of Meson's")
    with folder() as path:
        done = tap.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", path])
        tap.expect_equal(done.returncode, 0, f"exit code of meson install: {done.stdout}{done.stderr}")
        found = {os.path.relpath(os.path.join(parent, name), path) for parent, _, names in os.walk(path) for name in names}
        for ending in ("/bin/tally", "/man/man1/tally.1", "/man/man3/libtally.3", "/man/man5/tally-log.5", "/man/man5/tally-policy.5",
                       "/man/man5/tally-callers.5", "/tally/python/tally/__init__.py", "/doc/tally/install.md",
                       "/bash-completion/completions/tally",
                       "/zsh/site-functions/_tally", "/tally/schema/tally.extend.1.json"):
            if not any(name.endswith(ending) for name in found):
                raise tap.Failure(f"no {ending} in {sorted(found)}")
        tap.expect_equal(sorted(name for name in found if re.search(r"\.(build|o|in)$", name)), [], "what has no place there")


def test_every_schema_is_one():
    try:
        import jsonschema
    except ImportError as error:
        raise tap.Skip("python3-jsonschema is missing") from error
    for name, schema in program.schemas().items():
        jsonschema.Draft202012Validator.check_schema(schema)
        tap.expect_equal(schema["$id"], name, "the schema's name for itself")


def test_every_object_has_a_schema():
    """The names in the source, and the files."""
    printed = set()
    for name in (name for name in tap.tracked_files(".c", ".h") if not name.startswith("tests/")):
        printed |= set(re.findall(r'tally_json_(?:print|line_begin)\((?:&?\w+, )+"(tally\.[a-z-]+)"', tap.read(name)))
        printed |= set(re.findall(r'"(tally\.[a-z-]+)/1"', tap.read(name)))
    # Two are of no object that is printed: what the others share, and a file that is read.
    files = {name.removesuffix(".1.json") for name in program.schemas()} - {"tally.types", "tally-callers"}
    tap.expect_equal(printed, files, "schemas")


if __name__ == "__main__":
    tap.main(globals())
