#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally serve as a process: its options, several providers, slow reports beside everything else, and its end."""
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
import threading
import time

import program
from program import OK, TALLY, USAGE, folder, run, state, tap

SLOW = ["--test-report-delay", "1000"]


class Served:
    """A tree, and the server behind it."""

    def __init__(self, path, mount, server):
        self.path, self.mount, self.server = path, mount, server
        self.report = f"{mount}/tsm/report"

    def entry(self, name):
        """An entry in report/ whose inputs are complete."""
        os.mkdir(f"{self.report}/{name}")
        self.write_input(name)
        return f"{self.report}/{name}"

    def write_input(self, name, data=b"i" * 64):
        write(f"{self.report}/{name}/inblob", data)

    def statistics(self):
        path = f"{self.path}/statistics"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.server.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 20
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        with open(path, encoding="utf-8") as file:
            return json.load(file)


def read(path):
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def write(path, data):
    with open(path, "wb", buffering=0) as file:
        file.write(data)


def error_of(work):
    """The errno that it fails with; 0 for success."""
    try:
        work()
    except OSError as error:
        return errno.errorcode[error.errno]
    return 0


@contextlib.contextmanager
def served(soft, *options, said=""):
    """said: what the server tells on standard error."""
    if not os.path.exists("/dev/fuse"):
        raise tap.Skip("there is no /dev/fuse")
    with folder() as path:
        os.chmod(path, 0o755)
        mount = os.path.join(path, "mount")
        os.mkdir(mount)
        command = [TALLY, "serve", "--mount", mount, "--statistics", f"{path}/statistics", *soft.options, *options]
        server = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            while not os.path.exists(f"{mount}/tsm/request"):
                if server.poll() is not None:
                    raise tap.Failure(f"the server ended with {server.returncode}: {server.stderr.read().decode()}")
                time.sleep(0.02)
            yield Served(path, mount, server)
        finally:
            server.terminate()
            _, err = server.communicate(timeout=60)
            subprocess.run(["umount", "--lazy", mount], stderr=subprocess.DEVNULL, check=False)
        tap.expect_equal((server.returncode, err.decode()), (0, said), "how the server ends")


def test_faults_of_the_command_line():
    with state() as soft, folder() as path:
        mount = ["serve", "--mount", path]
        cases = [
            (mount + ["operand"], "operand"), (mount + ["--owner", "1"], "UID:GID"), (mount + ["--owner", "1:2:3"], "UID:GID"),
            (mount + ["--label", "a:b"], "label"), (mount + ["--present-as", "soft"], "tdx_guest"),
            (mount + ["--test-report-delay", "x"], "number"), (mount + ["--test-report-failures", "-1"], "number"),
            (mount + ["--also", ":/x"], "--also"),
        ]
        for arguments, phrase in cases:
            soft.run(*arguments).expect_problem(USAGE, phrase)
        write(f"{path}/file", b"")
        soft.run("serve", "--mount", f"{path}/file").expect_problem(program.UNAVAILABLE, "file")


def test_several_providers_have_a_tree_each():
    with state() as soft, state() as other, served(soft, "--also", f"soft:{other.options[-1]}") as tree:
        tap.expect_equal(sorted(os.listdir(tree.mount)), ["acpi", "measurements", "soft", "tdx_guest", "tsm"], "the root")
        tap.expect_equal(sorted(os.listdir(f"{tree.mount}/soft/tsm")), sorted(os.listdir(f"{tree.mount}/tsm")), "folders")
        first, second = f"{tree.mount}/measurements/rtmr2:sha384", f"{tree.mount}/soft/measurements/rtmr2:sha384"
        before = read(first)
        write(second, b"d" * 48)
        tap.expect_equal(read(first), before, "the first provider's register")
        tap.expect_equal(read(second) == before, False, "the second one's is as it was")
        tap.expect_equal(read(f"{tree.mount}/tsm/log") == read(f"{tree.mount}/soft/tsm/log"), False, "the logs are one")
        for where in tree.mount, f"{tree.mount}/soft":
            os.mkdir(f"{where}/tsm/report/same")
            tap.expect_equal(read(f"{where}/tsm/report/same/generation"), b"0\n", "generation")


def test_the_owner_is_another_user():
    if os.getuid() != 0:
        raise tap.Skip("to be another user takes root")
    with state() as soft, served(soft, "--owner", "1234:1234") as tree:
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setresgid(1234, 1234, 1234)
            os.setresuid(1234, 1234, 1234)
            code = 1
            with contextlib.suppress(OSError):
                path = tree.entry("mine")
                code = 0 if len(read(f"{path}/outblob")) > 64 else 2
            os._exit(code)
        tap.expect_equal(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, "what the owner came to")


def test_soft_can_be_shown_as_hardware_and_says_so():
    said = "tally: this tree shows the provider soft as tdx_guest: it is for testing clients, and proves nothing\n"
    with state() as soft, served(soft, "--present-as", "tdx_guest", said=said) as tree:
        path = tree.entry("a")
        tap.expect_equal(read(f"{path}/provider"), b"tdx_guest\n", "provider")
        tap.expect_equal(sorted(os.listdir(path)), ["generation", "inblob", "outblob", "provider"], "attributes")
        # The report is soft's own: a COSE_Sign1, tag 18.
        tap.expect_equal(read(f"{path}/outblob")[0], 0xd2, "the first byte of the report")


def test_modes_owners_and_kinds_stay():
    """configfs lets root change modes; here they tell who reaches what."""
    with state() as soft, served(soft) as tree:
        entry = tree.entry("mine")
        for path in (f"{tree.mount}/tsm", f"{tree.mount}/tsm/log", f"{tree.mount}/tsm/request", entry, f"{entry}/outblob"):
            before = os.stat(path)
            cases = {"chmod": lambda: os.chmod(path, 0o777), "chown": lambda: os.chown(path, 1000, 1000),
                     "mknod": lambda: os.mknod(f"{os.path.dirname(path)}/new", 0o600 | stat.S_IFIFO)}
            tap.expect_equal({name: error_of(work) for name, work in cases.items()}, dict.fromkeys(cases, "EPERM"), path)
            tap.expect_equal(os.stat(path)[:6], before[:6], path)


def test_requests_are_counted():
    with state() as soft, served(soft) as tree:
        before = tree.statistics()
        program.validate(before)
        os.mkdir(f"{tree.report}/a")
        read(f"{tree.report}/a/generation")
        after = tree.statistics()
        tap.expect_equal({key: after[key] - before[key] for key in ("mkdir", "open", "rmdir")},
                         {"mkdir": 1, "open": 1, "rmdir": 0}, "requests")
        total = sum(value for key, value in after.items() if key not in ("schema", "total"))
        tap.expect_equal(after["total"], total, "total")


def test_nobody_waits_for_a_slow_report():
    """More readers than threads, of reports that take a second: extends and other files go on meanwhile."""
    with state() as soft, served(soft, *SLOW) as tree:
        got, readers = [], []
        for i in range(24):
            path = tree.entry(f"slow{i}")
            readers.append(threading.Thread(target=lambda path=path: got.append(error_of(lambda: read(f"{path}/outblob")))))
        for reader in readers:
            reader.start()
        while not got:
            write(f"{tree.mount}/measurements/rtmr3:sha384", b"e" * 48)
            os.mkdir(f"{tree.report}/quick")
            tap.expect_equal(read(f"{tree.report}/quick/generation"), b"0\n", "generation")
            os.rmdir(f"{tree.report}/quick")
            count = tap.run([TALLY, "log", "show", "--json", *soft.options]).stdout.count("\n")
            time.sleep(0.05)
        tap.expect_equal(count > 5, True, f"{count} records were written before the first report was there")
        for reader in readers:
            reader.join()
        tap.expect_equal(set(got), {0}, "what readers got")


def test_a_reader_that_is_killed_is_let_go():
    with state() as soft, served(soft, "--test-report-delay", "20000") as tree:
        path = tree.entry("a")
        for sign in signal.SIGKILL, signal.SIGTERM:
            reader = subprocess.Popen(["cat", f"{path}/outblob"], stdout=subprocess.DEVNULL)
            time.sleep(0.3)
            start = time.monotonic()
            reader.send_signal(sign)
            tap.expect_equal(reader.wait(timeout=15), -sign, "how the reader ends")
            tap.expect_equal(time.monotonic() - start < 15, True, "it was let go while the report was made")
        tree.server.kill()
        tree.server.wait()
        tree.server.returncode = 0


def test_writers_of_one_file_do_not_wait_for_one_another():
    """Somebody else has the registers locked: all fail, at the same time, and what failed is not done after all."""
    with state() as soft, served(soft) as tree:
        path = f"{tree.mount}/measurements/rtmr3:sha384"
        before, got = read(path), []
        with open(f"{soft.path}/lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            start = time.monotonic()
            files = [os.open(path, os.O_WRONLY) for _ in range(40)]
            writers = [threading.Thread(target=lambda fd=fd: got.append(error_of(lambda: os.write(fd, b"e" * 48))))
                       for fd in files]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            for fd in files:
                os.close(fd)
            tap.expect_equal(time.monotonic() - start < 25, True, "they waited at the same time, not for 200 seconds")
            time.sleep(6)  # what was begun ends too
        tap.expect_equal((len(got), set(got) <= {"ETIMEDOUT", "EIO"}), (40, True), "what writers got")
        write(path, b"f" * 48)
        tap.expect_equal(read(path), hashlib.sha384(before + b"f" * 48).digest(), "the register")


def test_signals_that_do_not_kill_change_nothing():
    with state() as soft, served(soft, "--test-report-delay", "700") as tree:
        path = tree.entry("a")
        signal.signal(signal.SIGALRM, lambda number, frame: None)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        try:
            tap.expect_equal(error_of(lambda: read(f"{path}/outblob")), 0, "the report")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def test_failures_are_not_kept():
    with state() as soft, served(soft, "--test-report-failures", "2") as tree:
        path = tree.entry("a")
        errors = []
        for _ in range(4):
            errors.append(error_of(lambda: read(f"{path}/outblob")))
            tree.write_input("a")
        tap.expect_equal(errors, [0, "EREMOTEIO", 0, "EREMOTEIO"], "what readers got")


def test_it_ends_while_a_report_is_made():
    with state() as soft, served(soft, "--test-report-delay", "3000") as tree:
        path = tree.entry("a")
        got = []
        reader = threading.Thread(target=lambda: got.append(error_of(lambda: read(f"{path}/outblob"))))
        reader.start()
        time.sleep(0.3)
        tree.server.terminate()
        tree.server.wait(timeout=60)
        reader.join()
        tap.expect_equal(got[0] in (0, "ECONNABORTED", "ENOTCONN"), True, f"the reader got {got}")


def test_the_first_record_of_another_log_is_seen():
    """Registers and log are those of every other program of this machine, at once."""
    with state() as soft, served(soft) as tree:
        run("extend", "rtmr2", "--event", "beside", "--data", "hex:00", *soft.options).expect(OK)
        tap.expect_equal(b"beside" in read(f"{tree.mount}/tsm/log"), True, "the event is in the tree's log")
        os.mkdir(f"{tree.mount}/tsm/rtmrs/a")
        write(f"{tree.mount}/tsm/rtmrs/a/index", b"2")
        write(f"{tree.mount}/tsm/rtmrs/a/append_event", b"from the tree")
        run("replay", "--live", *soft.options).expect(OK)


if __name__ == "__main__":
    tap.main(globals())
