# SPDX-License-Identifier: BSD-2-Clause
"""Evidence for the program: the public vectors, and sound evidence of every provider that the forger writes."""
import json
import os

from program import tap

VECTORS = os.environ.get("TALLY_VECTORS")
# 2027-01-15: the time at which forged evidence holds.
FORGE_TIME = 1800000000
COLLATERAL = ("tcbinfo.json", "qeidentity.json", "tcbsign-chain.pem", "pckcrl.der", "rootcrl.der")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def vector(*parts):
    if not VECTORS:
        raise tap.Skip("TALLY_VECTORS is not set")
    return os.path.join(VECTORS, *parts)


def answers(*parts):
    with open(vector(*parts) + ".expected.json", encoding="utf-8") as file:
        return json.load(file)


def intel(name):
    """Options for one set of Intel's collateral."""
    paths = (vector("tdx-collateral", f"{name}.{ending}") for ending in COLLATERAL)
    return [word for path in paths for word in ("--collateral", path)]


def forged():
    """The folder of what the forger writes."""
    return os.environ["TALLY_FORGED"]


def forged_nonce(name):
    return read(os.path.join(forged(), name, "nonce")).hex()


def forged_arguments(name):
    """Evidence, and what is needed to judge it: a time, its collateral, its root."""
    path = os.path.join(forged(), name)
    root = os.path.join(path, "root")
    return [os.path.join(path, "evidence"), "--collateral", os.path.join(path, "collateral"), "--time", str(FORGE_TIME),
            "--no-cache", *(["--test-root", root] if os.path.exists(root) else [])]


def codes(result):
    """Reasons of a verdict, each once, in order."""
    return sorted({reason["code"] for reason in result.object()["reasons"]})
