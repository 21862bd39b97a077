# SPDX-License-Identifier: BSD-2-Clause
"""Programs that measure, and ratios of what they found: for tools/bench."""
import json
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build-bench")
TALLY = os.path.join(BUILD, "tally")
IS_JSON = bool(os.environ.get("JSON"))
IS_QUICK = bool(os.environ.get("QUICK"))
RUNS = 3 if IS_QUICK else 5


def progress(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def report(name, ratio, goal, note, is_most=False):
    """One ratio. goal None: reported only."""
    is_met = None if goal is None else (ratio <= goal if is_most else ratio >= goal)
    if IS_JSON:
        print(json.dumps({"schema": "tally.bench/1", "bench": name, "value": round(ratio, 4), "goal": goal,
                          "goal_is_most": is_most, "is_met": is_met, "note": note}), flush=True)
        return
    sign = "<=" if is_most else ">="
    aim = "" if goal is None else f"goal {sign} {goal:g}: {'met' if is_met else 'MISSED'}"
    print(f"{name:40} {ratio:9.2f}  {aim:22} {note}", flush=True)


def program(name):
    return os.path.join(BUILD, "bench", name)


def values(*command):
    """The JSON lines of one of our benchmark programs, by name."""
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line["bench"]: line["value"] for line in map(json.loads, output.splitlines())}


def alone(*processors):
    """Begin a command with this: only there, and before everybody else where we may have it so."""
    first = ["chrt", "-f", "10"]
    may = subprocess.run([*first, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return [*(first if may else []), "taskset", "-c", ",".join(map(str, processors))]


def seconds(command, runs=RUNS):
    """Median wall time of a whole process."""
    taken = []
    for _ in range(runs):
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(time.monotonic() - start)
    return statistics.median(taken)
