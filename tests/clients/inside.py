# SPDX-License-Identifier: BSD-2-Clause
"""A test program that runs itself inside of `tally run`, and the clients that it finds in $CLIENTS."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "house"))
import tap  # noqa: E402

PARALLEL = 64
MEASUREMENTS = "/sys/class/misc/tdx_guest/measurements"
IS_INSIDE = "TALLY_CLIENTS_INSIDE"


def main(module, *options):
    """Outside: run this program again, where the tree stands at the paths of clients. Inside: the tests."""
    if os.environ.get(IS_INSIDE):
        tap.main(module)
    with tempfile.TemporaryDirectory(prefix="tally-clients-") as directory:
        command = [os.environ["TALLY_BIN"], "run", "--provider", "soft", "--dir", os.path.join(directory, "soft"), *options,
                   "--", sys.executable, os.path.abspath(sys.argv[0])]
        sys.exit(subprocess.run(command, env={**os.environ, IS_INSIDE: "1"}, check=False).returncode)


def client(name):
    """The path of a client, unless it can't be had here."""
    missing = os.path.join(os.environ["CLIENTS"], os.path.dirname(name), "missing")
    if os.path.exists(missing):
        with open(missing, encoding="utf-8") as file:
            raise tap.Skip(file.read().strip())
    return os.path.join(os.environ["CLIENTS"], name)


def expect_success(done, what):
    if done.returncode != 0:
        raise tap.Failure(f"{what} ended with {done.returncode}:\n{done.stdout[-500:]}\n{done.stderr[-1500:]}")


def parallel(commands):
    """Run all at once; a list of finished processes, their output as bytes."""
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for command in commands]
    finished = []
    for process in started:
        out, err = process.communicate(timeout=300)
        finished.append(subprocess.CompletedProcess(process.args, process.returncode, out, err))
    return finished


def reports_carry_their_nonces(make_command, count):
    """Ask count times at once, each with a nonce of its own, which its report must carry."""
    nonces = [os.urandom(64) for _ in range(count)]
    for nonce, done in zip(nonces, parallel([make_command(nonce) for nonce in nonces])):
        expect_success(done, done.args[0])
        if nonce not in done.stdout:
            raise tap.Failure(f"{done.args[0]}: the report has another nonce")
