# SPDX-License-Identifier: BSD-2-Clause
"""From evidence to a verdict, offline."""
import dataclasses
import json
from ctypes import byref, c_void_p

from .library import LIBRARY, CPart, CVerification, call, decode, encode, size_of, take_text


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why evidence was rejected. The code stands for ever."""

    code: str
    message: str
    subject: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The verifier's answer; true if it is accepted."""

    is_accepted: bool
    is_malformed: bool
    reasons: tuple
    details: dict  # the object of schema tally.verify/1: every rule with its outcome
    text: str  # for people, every rule included

    def __bool__(self):
        return self.is_accepted


def reasons_of(handle):
    parts = (LIBRARY.tally_verdict_reason_code, LIBRARY.tally_verdict_reason_message,
             LIBRARY.tally_verdict_reason_subject, LIBRARY.tally_verdict_reason_detail)
    return tuple(Reason(*(decode(part(handle, i)) for part in parts))
                 for i in range(LIBRARY.tally_verdict_reason_count(handle)))


def parts_of(files):
    return (CPart * len(files))(*((part, len(part)) for part in files)) or None


def verify(evidence, policy=None, nonce=None, *, audience=None, key=None, time=0, stored=(),
           collateral=(), test_roots=()):
    """Judge evidence by a policy: JSON text, bytes, or an object of it. Without one nothing is accepted.

    A rejection is a Verdict; TallyError means that nothing was decided. key: (type, SHA-384 of the key). time: in
    seconds since 1970, where it is not now; the policy must allow it. stored: what the log lost by trims, oldest first.
    collateral: certificates, revocation lists and TCB statements beside those in the evidence. test_roots: roots in DER
    that are trusted for a test; what ends in one of them is never accepted.
    """
    if policy is not None and not isinstance(policy, bytes):
        policy = (policy if isinstance(policy, str) else json.dumps(policy)).encode()
    key_type, key_hash = key or (None, None)
    if key_hash is not None and len(key_hash) != 48:
        raise ValueError("the hash of a key is its SHA-384: 48 bytes")
    verification = CVerification(evidence=evidence, evidence_size=len(evidence), policy=policy,
                                 policy_size=size_of(policy), nonce=nonce, nonce_size=size_of(nonce),
                                 audience=encode(audience), key_type=encode(key_type), key_hash=key_hash, time=time,
                                 stored=parts_of(stored), stored_count=len(stored),
                                 collateral=parts_of(collateral), collateral_count=len(collateral),
                                 test_roots=parts_of(test_roots), test_root_count=len(test_roots))
    handle = c_void_p()
    call("tally_verify_evidence", byref(verification), byref(handle))
    try:
        return Verdict(LIBRARY.tally_verdict_is_accepted(handle), LIBRARY.tally_verdict_is_malformed(handle),
                       reasons_of(handle), json.loads(take_text(LIBRARY.tally_verdict_json(handle))),
                       take_text(LIBRARY.tally_verdict_text(handle, True)))
    finally:
        LIBRARY.tally_verdict_close(handle)
