#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What one report of go-configfs-tsm costs, in requests that the server counts: 43 at most, 94 where nothing is cached."""
import json
import os
import signal
import subprocess
import tempfile
import time

from inside import client, expect_success, tap

CONFIGFS = "go-configfs-tsm/go-configfs-tsm"
LIMIT = 43
SECONDS = 60


def wait_for(what, path):
    for _ in range(20 * SECONDS):
        if os.path.exists(path):
            return
        time.sleep(0.05)
    raise tap.Failure(f"{what} is not there after {SECONDS} seconds: {path}")


def counted(server, statistics):
    if os.path.exists(statistics):
        os.unlink(statistics)
    server.send_signal(signal.SIGUSR1)
    wait_for("a count of requests", statistics)
    with open(statistics, encoding="utf-8") as file:
        return json.load(file)["total"]


def test_requests_of_one_report():
    tally = os.environ["TALLY_BIN"]
    ask = [client(CONFIGFS), "reports", "1"]
    with tempfile.TemporaryDirectory(prefix="tally-clients-") as folder:
        mount, statistics = os.path.join(folder, "mount"), os.path.join(folder, "statistics")
        os.mkdir(mount)
        server = subprocess.Popen([tally, "serve", "--provider", "soft", "--dir", os.path.join(folder, "soft"), "--mount",
                                   mount, "--present-as", "tdx_guest", "--statistics", statistics])
        try:
            wait_for("the tree", os.path.join(mount, "tsm", "report"))
            # The first finds names that the next knows: what a client costs is what each further report costs.
            counts = [counted(server, statistics)]
            for reports in (1, 3):
                script = "; ".join([" ".join(ask)] * reports)
                expect_success(tap.run([tally, "run", "--mount", mount, "--", "sh", "-ec", script]), "go-configfs-tsm")
                counts.append(counted(server, statistics))
        finally:
            server.terminate()
            server.wait()
    each = ((counts[2] - counts[1]) - (counts[1] - counts[0])) / 2
    print(f"# {each:g} requests")
    if not 20 <= each <= LIMIT:
        raise tap.Failure(f"one report takes {each:g} requests, not 20 to {LIMIT}")


if __name__ == "__main__":
    tap.main(globals())
