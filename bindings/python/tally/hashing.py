# SPDX-License-Identifier: BSD-2-Clause
"""Digests of files and streams, for events that carry one in the place of data."""
from ctypes import byref

from .library import CBank, call, encode


def digest_file(path):
    """SHA-384 of a file of any size. TallyError with TRY_AGAIN if it changed meanwhile."""
    bank = CBank()
    call("tally_digest_file", encode(path), byref(bank))
    return bytes(bank.bytes[:bank.size])


def digest_fd(fd):
    """SHA-384 of everything that can be read from a descriptor, which stays open."""
    bank = CBank()
    call("tally_digest_fd", fd, byref(bank))
    return bytes(bank.bytes[:bank.size])
