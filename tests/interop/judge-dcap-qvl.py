#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""dcap-qvl judges the real quotes, too: the same verdict, or a row that says why ours is another."""
import calendar
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "house"))
import tap  # noqa: E402

VERSION = "0.7.0"
# What our verdict says and theirs can't, and why we say it: code -> reason.
OURS_ALONE = {
    "registers.all-zero": "whether anybody measured anything is asked by a policy of ours; theirs knows no registers",
}


def peer():
    try:
        import dcap_qvl
    except ImportError as error:
        raise tap.Skip(f"dcap-qvl {VERSION} is not installed: {error}") from error
    return dcap_qvl


def vectors(*names):
    root = os.environ.get("TALLY_VECTORS")
    if not root:
        raise tap.Skip("TALLY_VECTORS does not say where real evidence is")
    return os.path.join(root, *names)


def signed(path, name):
    """The value as it was served, and its signature."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    start = text.index(f'"{name}":') + len(name) + 3
    return text[start:text.index(',"signature"')], bytes.fromhex(json.loads(text)["signature"])


def content(path, mode="rb"):
    with open(path, mode) as file:
        return file.read()


def collateral(qvl, name):
    """A set as the peer takes it; None if it is not whole."""
    stem = vectors("tdx-collateral", name)
    endings = (".tcbinfo.json", ".qeidentity.json", ".tcbsign-chain.pem", ".pckcrl-chain.pem", ".pckcrl.der", ".rootcrl.der")
    if not all(os.path.isfile(stem + ending) for ending in endings):
        return None
    tcb_info, tcb_signature = signed(stem + ".tcbinfo.json", "tcbInfo")
    identity, identity_signature = signed(stem + ".qeidentity.json", "enclaveIdentity")
    signer = content(stem + ".tcbsign-chain.pem", "r")
    return qvl.QuoteCollateralV3(
        pck_crl_issuer_chain=content(stem + ".pckcrl-chain.pem", "r"), root_ca_crl=content(stem + ".rootcrl.der"),
        pck_crl=content(stem + ".pckcrl.der"), tcb_info_issuer_chain=signer, tcb_info=tcb_info,
        tcb_info_signature=tcb_signature, qe_identity_issuer_chain=signer, qe_identity=identity,
        qe_identity_signature=identity_signature)


def their_verdict(qvl, quote, collateral_set, when):
    """"" if they accept it as UpToDate, their status, or their error."""
    try:
        status = qvl.verify(quote, collateral_set, when).status
    except ValueError as error:
        return f"error: {error}"
    return "" if status == "UpToDate" else status


def rows():
    for line in tap.read("tests/vectors/tdx/judgements.tsv").splitlines():
        if not line.startswith("#"):
            name, collateral_name, when, codes, _why = line.split("\t")
            yield name, collateral_name, when, [] if codes == "-" else codes.split()


def test_the_same_verdict_for_every_quote():
    """Ours is the table, which test-verify-tdx proves."""
    qvl = peer()
    faults, compared = [], 0
    for name, collateral_name, when, codes in rows():
        collateral_set = collateral(qvl, collateral_name)
        if collateral_set is None:
            continue
        compared += 1
        quote = content(vectors("tdx-quote", name + ".bin"))
        theirs = their_verdict(qvl, quote, collateral_set, calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ")))
        theirs_to_say = [code for code in codes if code not in OURS_ALONE]
        if bool(theirs) != bool(theirs_to_say):
            faults.append(f"{name} with {collateral_name}: {codes or 'accepted'} here, {theirs or 'accepted'} there")
    tap.expect_equal(compared > 70, True, f"{compared} pairs were compared")
    tap.expect_none(faults, "verdicts that differ and are not in the table of differences")


def test_out_of_date_is_no_error_there():
    """The hole that a caller falls into who asks for success alone."""
    qvl = peer()
    for name, collateral_name, when, codes in rows():
        collateral_set = collateral(qvl, collateral_name) if codes == ["tdx.tcb-status"] else None
        if collateral_set is None:
            continue
        seconds = calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ"))
        theirs = their_verdict(qvl, content(vectors("tdx-quote", name + ".bin")), collateral_set, seconds)
        tap.expect_equal(theirs, "OutOfDate", f"{name} with {collateral_name}")


if __name__ == "__main__":
    tap.main(globals())
