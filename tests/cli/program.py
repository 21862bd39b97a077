# SPDX-License-Identifier: BSD-2-Clause
"""The program under test: runs it, checks what it prints against the schemas, and looks at the files of its state."""
import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "house"))
import tap  # noqa: E402

TALLY = os.environ.get("TALLY_BIN", os.path.join(tap.ROOT, "build", "tally"))
SCHEMAS = os.path.join(tap.ROOT, "docs", "schema")
NONCE = bytes(range(32)).hex()
# What a sanitizer ends a program with; never one of ours.
CRASHES = {134, 139, 66}
OK, REJECTED, USAGE, UNAVAILABLE, MALFORMED, TRY_AGAIN, REFUSED, SYSTEM, UNCERTAIN = range(9)


def schemas():
    """All schemas by their file name."""
    found = {}
    for name in sorted(os.listdir(SCHEMAS)):
        with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
            found[name] = json.load(file)
    return found


def validate(value):
    """An object of the program's is of the schema that it names."""
    try:
        import jsonschema
    except ImportError as error:
        raise tap.Skip("python3-jsonschema is missing") from error
    store = schemas()
    name = value["schema"].replace("/", ".") + ".json"
    if name not in store:
        raise tap.Failure(f"there is no schema docs/schema/{name}")
    resolver = jsonschema.RefResolver(name, store[name], store=store)
    faults = jsonschema.Draft202012Validator(store[name], resolver=resolver).iter_errors(value)
    tap.expect_none((f"{list(fault.absolute_path)}: {fault.message[:300]}" for fault in faults), f"faults against {name}")


class Result:
    """How a run ended. Standard output as bytes; err as text."""

    def __init__(self, arguments, done):
        self.arguments = arguments
        self.code = done.returncode
        self.bytes = done.stdout
        self.err = done.stderr.decode("utf-8", errors="replace")
        if self.code < 0 or self.code in CRASHES or "Sanitizer" in self.err or "runtime error" in self.err:
            raise tap.Failure(f"tally {arguments} crashed with {self.code}:\n{self.err}")

    @property
    def out(self):
        return self.bytes.decode("utf-8", errors="replace")

    def expect(self, code):
        """Ended with this code; success says nothing on standard error."""
        if self.code != code or (code == OK and self.err):
            raise tap.Failure(f"tally {self.arguments} ended with {self.code}, not {code}:\n{self.out[:2000]}{self.err}")
        return self

    def expect_problem(self, code, *phrases):
        """Refused with this code and one or two lines on standard error that contain the phrases."""
        self.expect(code)
        lines = self.err.splitlines()
        if not 1 <= len(lines) <= 2 or not all(line.startswith("tally: ") for line in lines):
            raise tap.Failure(f"tally {self.arguments} does not say in one or two lines what is wrong:\n{self.err}")
        for phrase in phrases:
            if phrase not in self.err:
                raise tap.Failure(f"tally {self.arguments}: no {phrase!r} in:\n{self.err}")
        return self

    def expect_text(self, *phrases):
        for phrase in phrases:
            if phrase not in self.out:
                raise tap.Failure(f"tally {self.arguments}: no {phrase!r} in:\n{self.out[:4000]}")
        return self

    def objects(self):
        """The objects on standard output, one a line, each of its schema."""
        found = [json.loads(line) for line in self.out.splitlines()]
        for value in found:
            validate(value)
        return found

    def object(self):
        found = self.objects()
        tap.expect_equal(len(found), 1, "number of objects")
        return found[0]


@functools.lru_cache(maxsize=None)
def public_copy():
    """The program where everybody can run it: the tree may lie in a folder of root's."""
    path = tempfile.mkdtemp(prefix="tally-test-")
    atexit.register(shutil.rmtree, path)
    os.chmod(path, 0o755)
    # It looks for libraries and the other programs beside itself, as Meson builds it.
    for name in ("libtally.so.0", "libtally-verify.so.0", "tally-verify", "tally-collateral", "tally-serve"):
        if os.path.exists(os.path.join(os.path.dirname(TALLY), name)):
            shutil.copy(os.path.join(os.path.dirname(TALLY), name), path)
    return shutil.copy(TALLY, path)


def run(*arguments, stdin=b"", user=None, **variables):
    """Run the program in a clean environment, as another user if one is given; variables are set in it."""
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith("TALLY_") and key not in ("NO_COLOR", "XDG_RUNTIME_DIR")}
    rights = {} if user is None else {"user": user, "group": user, "extra_groups": [], "cwd": "/"}
    command = [TALLY if user is None else public_copy(), *(a if isinstance(a, bytes) else str(a) for a in arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=120,
                          env={**environment, **variables}, **rights)
    return Result(arguments, done)


def on_terminal(*arguments, stdin=None, **variables):
    """(exit code, what a terminal got on standard output and standard error); stdin: pieces with pauses between them."""
    leader, follower = os.openpty()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TALLY_") and key != "NO_COLOR"}
    process = subprocess.Popen([TALLY, *map(str, arguments)], stdin=subprocess.PIPE, stdout=follower, stderr=follower,
                               env={**environment, "TERM": "xterm", **variables})
    os.close(follower)
    for piece, pause in stdin or []:
        process.stdin.write(piece)
        process.stdin.flush()
        time.sleep(pause)
    process.stdin.close()
    found = b""
    with contextlib.suppress(OSError):  # EIO is how a terminal ends
        while piece := os.read(leader, 65536):
            found += piece
    os.close(leader)
    return process.wait(timeout=60), found.decode("utf-8", errors="replace").replace("\r\n", "\n")


NOBODY = 65534


def without_rights():
    """How to run as somebody who can't write root's files: options for run(); none if root is not who runs this."""
    return {"user": NOBODY} if os.getuid() == 0 else {}


class State:
    """A directory of the provider soft."""

    def __init__(self, path, *options):
        self.path = path
        self.options = ("--provider", "soft", "--dir", path, *options)

    def run(self, *arguments, **options):
        return run(*arguments, *self.options, **options)

    def file(self, name):
        return os.path.join(self.path, name)

    def log(self):
        with open(self.file("log"), "rb") as file:
            return file.read()

    def contents(self):
        """What a refused command must leave as it was."""
        found = {}
        for name in ("log", "registers", "key.pem"):
            with contextlib.suppress(FileNotFoundError), open(self.file(name), "rb") as file:
                found[name] = file.read()
        return found

    def value(self, register, bank="sha384"):
        listed = self.run("registers", "--json").expect(OK).object()
        return bytes.fromhex(next(r for r in listed["registers"] if r["name"] == register)["value"][bank])


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="tally-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def state(*options):
    """An empty state; options are given at every call, as those that matter when it is created."""
    with folder() as path:
        yield State(os.path.join(path, "soft"), *options)


@contextlib.contextmanager
def unchanged(*states):
    """What happens inside leaves log and registers as they were, byte by byte."""
    before = [s.contents() for s in states]
    yield
    for s, contents in zip(states, before):
        tap.expect_equal(s.contents(), contents, "log and registers afterwards and before")


def elements(data):
    """CEL-TLV: [(tag, value)]."""
    found = []
    while data:
        size = int.from_bytes(data[1:5], "big")
        tap.expect_equal(len(data) >= 5 + size, True, "room for the element")
        found.append((data[0], data[5:5 + size]))
        data = data[5 + size:]
    return found


def records(log):
    """Records of our log as docs/formats/log.md has them: dicts of number, index, digests, type, data."""
    found, items = [], elements(log)
    for start in range(0, len(items), 4):
        (_, number), (_, index), (_, digests), (_, content) = items[start:start + 4]
        inner = dict(elements(content))
        found.append({"number": int.from_bytes(number, "big"), "index": index[0], "digests": dict(elements(digests)),
                      "type": int.from_bytes(inner[0], "big"), "data": inner[1]})
    return found


def event(record):
    """The elements of an event of ours: docs/formats/log.md, 2."""
    data = record["data"]
    tap.expect_equal(data[:4], b"TALY", "tag of the event")
    tap.expect_equal(int.from_bytes(data[4:8], "little"), len(data) - 8, "size of the event")
    return dict(elements(data[8:]))


def sha384(*parts):
    return hashlib.sha384(b"".join(parts)).digest()
