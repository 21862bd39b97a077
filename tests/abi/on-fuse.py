#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the suite against a tree that a server of ours shows: on-fuse.py SERVER SUITE "TAGS" [NAME=VALUE...] [OPTION...].

NAME=VALUE tells the suite something about the target, OPTION is the server's.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

START_SECONDS = 60
END_SECONDS = 60
MEMORY_LIMIT_MIB = 1024  # what a server may ever have used, with a sanitizer's share


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


class Results:
    """Numbered lines of TAP, the suite's and our own."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def tell(self, is_ok, name):
        self.count += 1
        self.failed += not is_ok
        print(f"{'ok' if is_ok else 'not ok'} {self.count} - {name}", flush=True)

    def pass_on(self, lines):
        """The suite's lines; the last is its plan."""
        for line in lines:
            result = re.match(r"(not )?ok \d+ - (.*)", line)
            if result:
                self.tell(not result[1], result[2])
            elif not line.startswith("1.."):
                print(line, end="", flush=True)


def wait_for_tree(server, mount):
    for _ in range(20 * START_SECONDS):
        if os.path.isdir(os.path.join(mount, "tsm", "report")):
            return True
        if server.poll() is not None:
            return False
        time.sleep(0.05)
    return False


def peak_mib(server):
    with open(f"/proc/{server.pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) // 1024


def run_suite(results, suite, tags, settings, folder):
    mount = os.path.join(folder, "mount")
    environment = {**os.environ, **settings, "TSM_ROOT": os.path.join(mount, "tsm"), "TSM_TAGS": tags,
                   "TSM_MEASUREMENTS": os.path.join(mount, "measurements"),
                   "TSM_REQUEST": os.path.join(mount, "tsm", "request"), "TSM_REPORT_DELAY": os.path.join(folder, "delay")}
    chosen = os.environ.get("ABI_CASES", "").split(",") if os.environ.get("ABI_CASES") else []
    with subprocess.Popen([suite, *chosen], env=environment, stdout=subprocess.PIPE, text=True) as process:
        results.pass_on(process.stdout)
    return process.returncode


def end_server(results, server):
    """Whatever the suite did to it, it is there, has not grown without bound, and ends in order."""
    results.tell(server.poll() is None, "the server outlives the suite")
    if server.poll() is None:
        peak = peak_mib(server)
        results.tell(peak < MEMORY_LIMIT_MIB, "the server's memory stays bounded")
        print(f"# it used at most {peak} MiB", flush=True)
        server.terminate()
    try:
        code = server.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        code = "no end"
    results.tell(code == 0, "the server ends in order")
    print(f"# its exit status: {code}", flush=True)


def main():
    program, suite, tags, *rest = sys.argv[1:]
    settings = dict(word.split("=") for word in rest if "=" in word)
    options = [word for word in rest if "=" not in word]
    if os.geteuid() != 0:
        skip("the suite makes entries and extends registers: only root may")
    if not os.path.exists("/dev/fuse"):
        skip("there is no /dev/fuse")
    results = Results()
    with tempfile.TemporaryDirectory(prefix="tally-abi-") as folder:
        mount = os.path.join(folder, "mount")
        os.mkdir(mount)
        os.chmod(folder, 0o755)  # cases look at it as nobody, too
        server = subprocess.Popen([program, "serve", "--provider", "soft", "--dir", os.path.join(folder, "soft"),
                                   "--mount", mount, *options],
                                  env={**os.environ, "TSM_REPORT_DELAY": os.path.join(folder, "delay")})
        try:
            is_served = wait_for_tree(server, mount)
            results.tell(is_served, "the tree is served")
            if is_served:
                code = run_suite(results, suite, tags, settings, folder)
                results.tell(code in (0, 1), "the suite ran to its end")
                end_server(results, server)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()
            subprocess.run(["umount", "--lazy", mount], stderr=subprocess.DEVNULL, check=False)
    print(f"1..{results.count}")
    sys.exit(1 if results.failed else 0)


main()
