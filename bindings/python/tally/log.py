# SPDX-License-Identifier: BSD-2-Clause
"""Logs, record by record."""
import dataclasses
import errno
import os
import time
from ctypes import POINTER, byref, c_void_p

from .errors import Status, TallyError
from .library import (LIBRARY, SINK, CExported, CRecordInfo, algorithm_name, call, deadline_of, decode, encode,
                      take_banks, take_bytes)

OLDEST = 2**64 - 1
WAIT_AT_MOST = 3600  # seconds
MEASURED, EVENT, AUTHENTIC, ONCE = 0x1, 0x2, 0x4, 0x8
NUMBERINGS = {1: "pcr", 2: "cc-mr", 3: "register", 4: "nv"}


@dataclasses.dataclass(frozen=True)
class Record:
    """One record. Contents are not trusted: a log is as true as what it is compared with."""

    number: int
    offset: int
    register: str  # None if it belongs to none that is known
    index: int
    numbering: str  # of index: "pcr", "cc-mr", "register", "nv"
    content_type: int
    event_type: int
    is_measured: bool
    is_event: bool  # one of tally's own, with type, name, origin and data
    is_authentic: bool  # its digests are those of its content
    is_once: bool
    digests: dict
    content: bytes
    type: str
    name: str
    origin: str
    data: bytes
    data_digest: tuple  # (algorithm, bytes)
    control: str  # word of a control record: "header", "gap", ...


@dataclasses.dataclass(frozen=True)
class Exported:
    """What was exported."""

    record_count: int
    left_out_count: int  # control records of tally's, for which the format has no place


class Sink:
    """What an export calls with each piece; keeps an exception of write, which can't pass through C."""

    def __init__(self, write):
        self._write = write
        self.exception = None
        self.function = SINK(self._put)

    def _put(self, _, address, size):
        try:
            self._write(take_bytes(address, size))
        except BaseException as exception:  # raised again by whoever called the export
            self.exception = exception
            return errno.EIO
        return 0


def digest_from(pointer):
    if not pointer:
        return None
    bank = pointer.contents
    return algorithm_name(bank.algorithm), bytes(bank.bytes[:bank.size])


def record_from(info):
    return Record(info.number, info.offset, decode(info.reg), info.index, NUMBERINGS.get(info.numbering, "?"),
                  info.content_type, info.event_type, bool(info.flags & MEASURED), bool(info.flags & EVENT),
                  bool(info.flags & AUTHENTIC), bool(info.flags & ONCE), take_banks(info.digests),
                  take_bytes(info.content, info.content_size) or b"", decode(info.type), decode(info.name),
                  decode(info.origin), take_bytes(info.data, info.data_size), digest_from(info.data_digest),
                  decode(info.control))


class Records:
    """An iterator over a log. owner is what it borrows from: an authority, or bytes."""

    def __init__(self, owner, name, *arguments):
        self._owner = owner
        self._handle = c_void_p()
        call(name, *arguments, byref(self._handle))

    @property
    def format(self):
        return decode(LIBRARY.tally_records_format(self._open()))

    def _open(self):
        if not self._handle:
            raise ValueError("these records are closed")
        return self._handle

    def __iter__(self):
        return self

    def __next__(self):
        info = POINTER(CRecordInfo)()
        call("tally_records_next", self._open(), byref(info))
        if not info:
            raise StopIteration
        return record_from(info.contents)

    def export(self, format, file):  # format is what the command calls it
        """Write the whole log in another format, wherever the iterator stands: into a binary file, or a descriptor.

        TallyError with UNSUPPORTED names the record that can't be said in that format; nothing is written then.
        """
        exported = CExported()
        if isinstance(file, int):
            call("tally_records_export_fd", self._open(), encode(format), file, byref(exported))
            return Exported(exported.record_count, exported.left_out_count)
        sink = Sink(file.write)
        try:
            call("tally_records_export", self._open(), encode(format), sink.function, None, byref(exported))
        except TallyError:
            if sink.exception:
                raise sink.exception from None
            raise
        return Exported(exported.record_count, exported.left_out_count)

    def close(self):
        handle, self._handle = self._handle, c_void_p()
        LIBRARY.tally_records_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()


class FollowedRecords(Records):
    """An iterator over a log that waits for what comes. It ends when nothing came for timeout seconds; None: never."""

    timeout = None

    def fileno(self):
        """For select: readable when there may be more."""
        return LIBRARY.tally_records_fd(self._open())

    def next_now(self):
        """The next record, or None if there is none yet."""
        info = POINTER(CRecordInfo)()
        call("tally_records_next", self._open(), byref(info))
        return record_from(info.contents) if info else None

    def __next__(self):
        end = None if self.timeout is None else time.monotonic() + self.timeout
        while (record := self.next_now()) is None:
            left = WAIT_AT_MOST if end is None else min(WAIT_AT_MOST, end - time.monotonic())
            try:
                # At least a deadline that has passed: 0 would be the default.
                call("tally_records_wait", self._open(), deadline_of(left))
            except TallyError as error:
                if error.status != Status.DEADLINE:
                    raise
                if end is not None and time.monotonic() >= end:
                    raise StopIteration from None
        return record


def follow_records(authority, start, timeout):
    records = FollowedRecords(authority, "tally_records_follow", authority._open(), OLDEST if start is None else start)
    records.timeout = timeout
    return records


def own_records(authority):
    return Records(authority, "tally_records_open", authority._open())


def read_log(source, format=None):  # format is what the command calls it
    """Iterate over a log of any format: bytes, or the path of a file. The format is found out if it is not named."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        log = bytes(source)
        return Records(log, "tally_records_open_bytes", log, len(log), encode(format))
    return Records(None, "tally_records_open_file", os.fsencode(source), encode(format))
