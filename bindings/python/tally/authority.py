# SPDX-License-Identifier: BSD-2-Clause
"""The measurement authority of this machine: registers, measuring, reports and evidence."""
import ctypes
import dataclasses
from ctypes import POINTER, byref, c_bool, c_size_t, c_uint64, c_void_p

from . import log
from .hashing import digest_file
from .library import (LIBRARY, CExtended, CMeasurement, COptions, CRecovered, CReportInfo, CRequest, CTrimmed, CValue,
                      call, deadline_of, decode, encode, make_bank, size_of, take_banks, take_bytes)

OPEN_READER, OPEN_SOFT_DURABLE = 0x1, 0x2
LOCKABLE, RESETTABLE, LATE = 0x1, 0x2, 0x4
RUNTIME = 2
EVENT_ONCE = 0x1
REQUEST_RAW = 0x1
SIGNINGS = {1: "none", 2: "value", 3: "digest", 4: "locked", 5: "elsewhere"}


@dataclasses.dataclass(frozen=True)
class Register:
    """What is declared about one register."""

    name: str
    number: int
    is_runtime: bool  # it grows by extends; else it was set before the guest ran
    signing: str  # where a report signs it: "none", "value", "digest", "locked" (once it is), "elsewhere"
    pcrs: tuple  # PCRs of a TPM that map to it
    is_lockable: bool
    is_resettable: bool
    is_late: bool
    reset: dict  # bank to the value that it starts with


@dataclasses.dataclass(frozen=True)
class Value:
    """A fresh value of a register."""

    banks: dict  # "sha384" to bytes
    is_locked: bool


@dataclasses.dataclass(frozen=True)
class Extended:
    """What became of a measurement."""

    number: int  # of its record
    gap_count: int  # gaps found and recorded: somebody had extended beside the log
    is_existing: bool  # a once event that had been recorded before


@dataclasses.dataclass(frozen=True)
class Report:
    """What the TSM signed, and what came with it; None for a part that was not given."""

    media_type: str
    report: bytes
    binding: bytes
    certificates: bytes
    manifest: bytes


@dataclasses.dataclass(frozen=True)
class Trimmed:
    """What was taken out of a log: records first to next - 1."""

    first: int
    next: int
    size: int  # bytes of them


@dataclasses.dataclass(frozen=True)
class Recovered:
    """What became of a damaged log."""

    record_count: int  # records that could be read, and go on
    lost_size: int  # bytes behind them that could not
    gap_count: int  # registers that the rest does not explain
    kept: str  # where the damaged file is kept, below the directory


def register_from(info):
    return Register(decode(info.name), info.number, info.register_class == RUNTIME, SIGNINGS.get(info.signing, "none"),
                    tuple(pcr for pcr in range(32) if info.pcr_mask >> pcr & 1), bool(info.flags & LOCKABLE),
                    bool(info.flags & RESETTABLE), bool(info.flags & LATE), take_banks(info.reset))


def open(provider=None, directory=None, capacity=0, preset=None, reader=False, durable=False):  # as the C function
    """Open the authority of this machine; settles what a crash left behind. See tally_open in tally/authority.h."""
    return Authority(provider, directory, capacity, preset, reader, durable)


def recover(provider=None, directory=None):
    """Go on with a log that open() refuses as damaged. See tally_recover in tally/life.h."""
    recovered = CRecovered()
    call("tally_recover", byref(COptions(provider=encode(provider), directory=encode(directory))), byref(recovered))
    return Recovered(recovered.record_count, recovered.lost_size, recovered.gap_count, decode(recovered.kept))


class Authority:
    """An open authority; a context manager. Its methods may be called by several threads at once."""

    def __init__(self, provider, directory, capacity, preset, reader, durable):
        flags = (OPEN_READER if reader else 0) | (OPEN_SOFT_DURABLE if durable else 0)
        options = COptions(provider=encode(provider), directory=encode(directory), capacity=capacity,
                           soft_preset=encode(preset), flags=flags)
        self._handle = c_void_p()
        call("tally_open", byref(options), byref(self._handle))

    def close(self):
        """Close; what was measured stays. Iterators over its log must not be used any more."""
        handle, self._handle = self._handle, c_void_p()
        LIBRARY.tally_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()

    def _open(self):
        if not self._handle:
            raise ValueError("this authority is closed")
        return self._handle

    @property
    def provider(self):
        return decode(LIBRARY.tally_provider_word(self._open()))

    @property
    def directory(self):
        return decode(LIBRARY.tally_directory(self._open()))

    @property
    def registers(self):
        """All registers, runtime ones first."""
        handle = self._open()
        count = LIBRARY.tally_register_count(handle)
        return tuple(register_from(LIBRARY.tally_register_at(handle, i).contents) for i in range(count))

    def read(self, register):
        """A fresh value of a register, by name or "pcr:N"."""
        value, is_locked = CValue(), c_bool()
        call("tally_register_read", self._open(), encode(register), byref(value), byref(is_locked))
        return Value(take_banks(value), is_locked.value)

    def lock(self, register):
        """Lock a register for the rest of the boot."""
        call("tally_register_lock", self._open(), encode(register))

    def extend(self, register, name, data=None, *, digest=None, file=None, type=None, once=False, caller=None,
               timeout=None):  # type is what the log calls it
        """Measure an event that holds data, or the SHA-384 digest of something large, or that of a file.

        TallyError with INDETERMINATE means that it may have been extended: look at the log, don't repeat blindly.
        """
        if sum(part is not None for part in (data, digest, file)) > 1:
            raise ValueError("an event has data, a digest or a file, not two of them")
        if file is not None:
            digest = digest_file(file)
        measurement = CMeasurement(name=encode(name), type=encode(type), caller=encode(caller),
                                   deadline=deadline_of(timeout), flags=EVENT_ONCE if once else 0)
        if digest is not None:
            measurement.data_digest = ctypes.pointer(make_bank("sha384", digest))
        if data is not None:
            measurement.data, measurement.data_size = bytes(data), len(data)
        extended = CExtended()
        call("tally_extend", self._open(), encode(register), byref(measurement), byref(extended))
        return Extended(extended.number, extended.gap_count, bool(extended.is_existing))

    def extend_digests(self, register, digests, name=None, timeout=None):
        """Extend with digests alone, {"sha384": bytes}, one for each bank; nobody can check what they are of."""
        value = CValue(count=len(digests))
        if len(digests) > len(value.bank):
            raise ValueError(f"a register has at most {len(value.bank)} banks")
        for i, (bank, digest) in enumerate(digests.items()):
            value.bank[i] = make_bank(bank, digest)
        extended = CExtended()
        call("tally_extend_digests", self._open(), encode(register), byref(value), encode(name), deadline_of(timeout),
             byref(extended))
        return Extended(extended.number, extended.gap_count, bool(extended.is_existing))

    def records(self):
        """Iterate over the log as it is now."""
        return log.own_records(self)

    def follow(self, start=None, timeout=None):
        """
        Iterate over the log and what comes, from record number start on, or from the first that is there. It ends when
        nothing came for timeout seconds; None: never.
        """
        return log.follow_records(self, start, timeout)

    def trim(self, path, timeout=None):
        """Hand out all records into a new file, which proves the rest from then on, and begin the log behind them.

        After a TallyError the file exists only if it holds records, and must be kept then.
        """
        trimmed = CTrimmed()
        call("tally_trim", self._open(), encode(path), deadline_of(timeout), byref(trimmed))
        return Trimmed(trimmed.first, trimmed.next, trimmed.size)

    def save(self, folder):
        """Save the log into a new folder, as the last thing before a kexec. The number of its records."""
        count = c_uint64()
        call("tally_save", self._open(), encode(folder), byref(count))
        return count.value

    def restore(self, folder):
        """Go on with a saved log, as the first thing after a kexec. The number of records that there are now."""
        count = c_uint64()
        call("tally_restore", self._open(), encode(folder), byref(count))
        return count.value

    def _request(self, nonce, audience, key, data, caller, timeout, flags):
        key_type, key_hash = key or (None, None)
        if key_hash is not None and len(key_hash) != 48:
            raise ValueError("the hash of a key is its SHA-384: 48 bytes")
        return CRequest(nonce=nonce, nonce_size=size_of(nonce), audience=encode(audience), key_type=encode(key_type),
                        key_hash=key_hash, data=data, data_size=size_of(data), caller=encode(caller),
                        deadline=deadline_of(timeout), flags=flags)

    def report(self, nonce, *, audience=None, key=None, caller=None, raw=False, timeout=None):
        """A report without the log. key: (type, SHA-384 of the key). raw: nonce is the 64 bytes of REPORT_DATA."""
        request = self._request(nonce, audience, key, None, caller, timeout, REQUEST_RAW if raw else 0)
        info = POINTER(CReportInfo)()
        call("tally_report", self._open(), byref(request), byref(info))
        try:
            found = info.contents
            return Report(decode(found.media_type), take_bytes(found.report, found.report_size),
                          take_bytes(found.binding, found.binding_size),
                          take_bytes(found.certificates, found.certificates_size),
                          take_bytes(found.manifest, found.manifest_size))
        finally:
            LIBRARY.tally_report_close(info)

    def evidence(self, nonce, *, audience=None, key=None, data=None, caller=None, timeout=None):
        """Report, log and certificates of one instant, as bytes for verify()."""
        request = self._request(nonce, audience, key, data, caller, timeout, 0)
        bundle, size = c_void_p(), c_size_t()
        call("tally_evidence", self._open(), byref(request), byref(bundle), byref(size))
        try:
            return ctypes.string_at(bundle, size.value)
        finally:
            LIBRARY.tally_free(bundle)
