# SPDX-License-Identifier: BSD-2-Clause
"""Statuses and the exception that carries them."""
import enum


class Status(enum.IntEnum):
    """Why a call failed; numbers and meanings are those of enum tally_status in tally/base.h."""

    OK = 0
    TRUNCATED = 1
    TRAILING = 2
    RESERVED = 3
    UNSUPPORTED = 4
    NO_SPACE = 5
    OUT_OF_RANGE = 6
    DUPLICATE = 7
    DISORDER = 8
    NOT_CANONICAL = 9
    UNKNOWN_ALGORITHM = 10
    CHECKSUM = 11
    INVALID = 12
    UNKNOWN_REGISTER = 13
    DIGEST_SIZE = 14
    BANK_SET = 15
    NONCE_SIZE = 16
    TOO_LARGE = 17
    PERMISSION = 18
    LOCKED = 19
    FULL = 20
    CONFLICT = 21
    UNKNOWN = 22
    HISTORY_LOST = 23
    TRY_AGAIN = 24
    NOT_APPLIED = 25
    INDETERMINATE = 26
    UNAVAILABLE = 27
    NO_MEMORY = 28
    SYSTEM = 29
    DEADLINE = 30
    CORRUPT = 31
    CRYPTO = 32
    NOT_FOUND = 33
    POLICY = 34
    STATIC_REGISTER = 35
    QUOTA = 36


class TallyError(Exception):
    """A call failed. status says how, the text what was wrong and where, hint what to do about it ("" for nothing)."""

    def __init__(self, status, text, hint):
        super().__init__(text)
        # A newer library may have statuses that this file does not know.
        self.status = Status(status) if status in Status._value2member_map_ else status
        self.hint = hint
