# SPDX-License-Identifier: BSD-2-Clause
"""The C library as its headers declare it, for ctypes: include/tally/ is the reference, names are the same."""
import ctypes
from ctypes import (CDLL, CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint16,
                    c_uint32, c_uint64, c_void_p)

from .errors import Status, TallyError

SONAME = "libtally.so.0"
VERIFIER_SONAME = "libtally-verify.so.0"


class CError(Structure):
    _fields_ = [("status", c_uint32), ("text", c_char * 508), ("hint", c_char * 256)]


class CBank(Structure):
    _fields_ = [("algorithm", c_uint16), ("size", c_uint16), ("bytes", c_uint8 * 64)]


class CValue(Structure):
    _fields_ = [("count", c_uint32), ("bank", CBank * 8)]


class Sized(Structure):
    """A struct whose first field is its size; every other field is zero until it is set."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(self), **fields)


class COptions(Sized):
    _fields_ = [("size", c_size_t), ("provider", c_char_p), ("directory", c_char_p), ("capacity", c_uint64),
                ("soft_preset", c_char_p), ("flags", c_uint64)]


class CRegisterInfo(Structure):
    _fields_ = [("name", c_char_p), ("number", c_uint32), ("register_class", c_uint32), ("signing", c_uint32),
                ("pcr_mask", c_uint32), ("flags", c_uint64), ("reset", CValue)]


class CMeasurement(Sized):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("type", c_char_p), ("data", c_char_p), ("data_size", c_size_t),
                ("data_digest", POINTER(CBank)), ("caller", c_char_p), ("deadline", c_uint64), ("flags", c_uint64)]


class CExtended(Structure):
    _fields_ = [("number", c_uint64), ("gap_count", c_uint64), ("is_existing", c_uint64), ("reserved", c_uint64 * 5)]


class CRequest(Sized):
    _fields_ = [("size", c_size_t), ("nonce", c_char_p), ("nonce_size", c_size_t), ("audience", c_char_p),
                ("key_type", c_char_p), ("key_hash", c_char_p), ("data", c_char_p), ("data_size", c_size_t),
                ("caller", c_char_p), ("deadline", c_uint64), ("flags", c_uint64)]


class CReportInfo(Structure):
    _fields_ = [("media_type", c_char_p), ("report", c_void_p), ("report_size", c_size_t), ("binding", c_void_p),
                ("binding_size", c_size_t), ("certificates", c_void_p), ("certificates_size", c_size_t),
                ("manifest", c_void_p), ("manifest_size", c_size_t)]


class CRecordInfo(Structure):
    _fields_ = [("number", c_uint64), ("offset", c_uint64), ("reg", c_char_p), ("index", c_uint32),
                ("numbering", c_uint32), ("content_type", c_uint32), ("event_type", c_uint32), ("flags", c_uint64),
                ("digests", CValue), ("content", c_void_p), ("content_size", c_size_t), ("type", c_char_p),
                ("name", c_char_p), ("origin", c_char_p), ("data", c_void_p), ("data_size", c_size_t),
                ("data_digest", POINTER(CBank)), ("control", c_char_p)]


class CPart(Structure):
    _fields_ = [("bytes", c_char_p), ("size", c_size_t)]


class CVerification(Sized):
    _fields_ = [("size", c_size_t), ("evidence", c_char_p), ("evidence_size", c_size_t), ("policy", c_char_p),
                ("policy_size", c_size_t), ("nonce", c_char_p), ("nonce_size", c_size_t), ("audience", c_char_p),
                ("key_type", c_char_p), ("key_hash", c_char_p), ("time", c_int64), ("stored", POINTER(CPart)),
                ("stored_count", c_size_t), ("collateral", POINTER(CPart)), ("collateral_count", c_size_t),
                ("test_roots", POINTER(CPart)), ("test_root_count", c_size_t)]


class CExported(Structure):
    _fields_ = [("record_count", c_uint64), ("left_out_count", c_uint64), ("reserved", c_uint64 * 6)]


class CTrimmed(Structure):
    _fields_ = [("first", c_uint64), ("next", c_uint64), ("size", c_uint64), ("reserved", c_uint64 * 5)]


class CRecovered(Structure):
    _fields_ = [("record_count", c_uint64), ("lost_size", c_uint64), ("gap_count", c_uint64), ("kept", c_char * 64),
                ("reserved", c_uint64 * 5)]


# An exception can't pass through C: whoever makes one catches it, returns an errno, and raises it again.
SINK = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
ERROR = POINTER(CError)
# Name: (result, arguments). c_int: a status, which call() turns into an exception.
FUNCTIONS = {
    "tally_algorithm_from_name": (c_uint16, [c_char_p]),
    "tally_algorithm_name": (c_char_p, [c_uint16]),
    "tally_close": (None, [c_void_p]),
    "tally_deadline_in": (c_uint64, [c_uint64]),
    "tally_digest_fd": (c_int, [c_int, POINTER(CBank), ERROR]),
    "tally_digest_file": (c_int, [c_char_p, POINTER(CBank), ERROR]),
    "tally_directory": (c_char_p, [c_void_p]),
    "tally_error_message": (c_char_p, [c_int]),
    "tally_error_name": (c_char_p, [c_int]),
    "tally_evidence": (c_int, [c_void_p, POINTER(CRequest), POINTER(c_void_p), POINTER(c_size_t), ERROR]),
    "tally_extend": (c_int, [c_void_p, c_char_p, POINTER(CMeasurement), POINTER(CExtended), ERROR]),
    "tally_extend_digests": (c_int, [c_void_p, c_char_p, POINTER(CValue), c_char_p, c_uint64, POINTER(CExtended), ERROR]),
    "tally_free": (None, [c_void_p]),
    "tally_open": (c_int, [POINTER(COptions), POINTER(c_void_p), ERROR]),
    "tally_provider_word": (c_char_p, [c_void_p]),
    "tally_records_close": (None, [c_void_p]),
    "tally_records_export": (c_int, [c_void_p, c_char_p, SINK, c_void_p, POINTER(CExported), ERROR]),
    "tally_records_export_fd": (c_int, [c_void_p, c_char_p, c_int, POINTER(CExported), ERROR]),
    "tally_records_fd": (c_int, [c_void_p]),
    "tally_records_follow": (c_int, [c_void_p, c_uint64, POINTER(c_void_p), ERROR]),
    "tally_records_format": (c_char_p, [c_void_p]),
    "tally_records_next": (c_int, [c_void_p, POINTER(POINTER(CRecordInfo)), ERROR]),
    "tally_records_open": (c_int, [c_void_p, POINTER(c_void_p), ERROR]),
    "tally_records_open_bytes": (c_int, [c_char_p, c_size_t, c_char_p, POINTER(c_void_p), ERROR]),
    "tally_records_open_file": (c_int, [c_char_p, c_char_p, POINTER(c_void_p), ERROR]),
    "tally_records_wait": (c_int, [c_void_p, c_uint64, ERROR]),
    "tally_recover": (c_int, [POINTER(COptions), POINTER(CRecovered), ERROR]),
    "tally_register_at": (POINTER(CRegisterInfo), [c_void_p, c_size_t]),
    "tally_register_count": (c_size_t, [c_void_p]),
    "tally_register_lock": (c_int, [c_void_p, c_char_p, ERROR]),
    "tally_register_read": (c_int, [c_void_p, c_char_p, POINTER(CValue), POINTER(c_bool), ERROR]),
    "tally_report": (c_int, [c_void_p, POINTER(CRequest), POINTER(POINTER(CReportInfo)), ERROR]),
    "tally_report_close": (None, [POINTER(CReportInfo)]),
    "tally_restore": (c_int, [c_void_p, c_char_p, POINTER(c_uint64), ERROR]),
    "tally_save": (c_int, [c_void_p, c_char_p, POINTER(c_uint64), ERROR]),
    "tally_trim": (c_int, [c_void_p, c_char_p, c_uint64, POINTER(CTrimmed), ERROR]),
    "tally_version": (c_char_p, []),
}
# Of the verifier's library, which a machine that only measures does not have.
VERIFIER_FUNCTIONS = {
    "tally_verdict_close": (None, [c_void_p]),
    "tally_verdict_is_accepted": (c_bool, [c_void_p]),
    "tally_verdict_is_malformed": (c_bool, [c_void_p]),
    "tally_verdict_json": (c_void_p, [c_void_p]),
    "tally_verdict_reason_code": (c_char_p, [c_void_p, c_size_t]),
    "tally_verdict_reason_count": (c_size_t, [c_void_p]),
    "tally_verdict_reason_detail": (c_char_p, [c_void_p, c_size_t]),
    "tally_verdict_reason_message": (c_char_p, [c_void_p, c_size_t]),
    "tally_verdict_reason_subject": (c_char_p, [c_void_p, c_size_t]),
    "tally_verdict_text": (c_void_p, [c_void_p, c_bool]),
    "tally_verify_evidence": (c_int, [POINTER(CVerification), POINTER(c_void_p), ERROR]),
}


def declare(library, functions):
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Library:
    """Functions of both libraries by name; the verifier's is loaded when one of its functions is asked for."""

    def __init__(self):
        self.measuring = declare(CDLL(SONAME), FUNCTIONS)
        self.judging = None

    def __getattr__(self, name):
        if name not in VERIFIER_FUNCTIONS:
            return getattr(self.measuring, name)
        if not self.judging:
            self.judging = declare(CDLL(VERIFIER_SONAME), VERIFIER_FUNCTIONS)
        return getattr(self.judging, name)


LIBRARY = Library()


def call(name, *arguments):
    """Call a function that returns a status and takes an error last: TallyError for any status but OK."""
    error = CError()
    status = getattr(LIBRARY, name)(*arguments, ctypes.byref(error))
    if status != Status.OK:
        raise TallyError(status, error.text.decode(errors="replace"), error.hint.decode(errors="replace"))


def encode(text):
    """A text or path for C; None stays NULL. A NUL inside would silently end it there."""
    if text is None:
        return None
    encoded = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogateescape")
    if b"\0" in encoded:
        raise ValueError("a text can't have a NUL inside")
    return encoded


def decode(text):
    return None if text is None else text.decode("utf-8", "replace")


def size_of(data):
    return 0 if data is None else len(data)


def take_bytes(address, size):
    """A copy of borrowed memory; None where there is none."""
    return ctypes.string_at(address, size) if address else None


def take_text(address):
    """A text that the library handed out, which is released."""
    if not address:
        raise MemoryError
    try:
        return ctypes.string_at(address).decode()
    finally:
        LIBRARY.tally_free(address)


def algorithm_name(algorithm):
    return decode(LIBRARY.tally_algorithm_name(algorithm)) or f"{algorithm:#06x}"


def take_banks(value):
    """{"sha384": bytes, ...} of a value."""
    return {algorithm_name(bank.algorithm): bytes(bank.bytes[:bank.size]) for bank in value.bank[:value.count]}


def make_bank(name, digest):
    algorithm = LIBRARY.tally_algorithm_from_name(encode(name))
    if not algorithm:
        raise TallyError(Status.UNKNOWN_ALGORITHM, f"hash algorithm {name} is not known", "")
    if len(digest) > 64:
        raise TallyError(Status.DIGEST_SIZE, f"a digest has at most 64 bytes, not {len(digest)}", "")
    bank = CBank(algorithm=algorithm, size=len(digest))
    ctypes.memmove(bank.bytes, bytes(digest), len(digest))
    return bank


def deadline_of(seconds):
    """The deadline so many seconds from now; 0, the default, for None."""
    return 0 if seconds is None else LIBRARY.tally_deadline_in(max(0, int(seconds * 1000)))
