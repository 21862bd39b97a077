#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes IMA lists of every template, binary and ascii, as Linux does, and what they replay to: hashlib's word, not ours.

Run it in this folder; it replaces its own output.
"""
import hashlib
import json
import struct

BANKS = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
DIGEST = bytes(range(64))
NG = [("d-ng", ("sha256", DIGEST[:32])), ("n-ng", "/bin/true")]
SIGNATURE = bytes([3, 2, 4, 0xF3, 0x45, 0x2D, 0x23, 0, 4, 1, 2, 3, 4])

# (PCR, template, fields). What a field holds: (algorithm, digest) or (kind, algorithm, digest), a text, bytes, or a
# number; None where the kernel writes nothing.
RECORDS = [
    (10, "ima-ng", [("d-ng", ("sha1", bytes(20))), ("n-ng", "boot_aggregate")]),
    (10, "ima-ng", NG),
    (10, "ima-sig", NG + [("sig", None)]),
    (11, "ima-sig", NG + [("sig", SIGNATURE)]),
    (9, "ima-ngv2", [("d-ngv2", ("verity", "sha512", DIGEST)), ("n-ng", "/usr/lib/a")]),
    (10, "ima-sigv2", [("d-ngv2", ("ima", "sha384", DIGEST[:48])), ("n-ng", "/usr/lib/b"), ("sig", SIGNATURE)]),
    (10, "ima-buf", [("d-ng", ("sha256", DIGEST[32:])), ("n-ng", "kexec-cmdline"), ("buf", b"ro quiet\0\n ")]),
    (10, "ima-modsig", NG + [("sig", None), ("d-modsig", None), ("modsig", None)]),
    (10, "ima-modsig", NG + [("sig", SIGNATURE), ("d-modsig", ("sha512", DIGEST)), ("modsig", b"\x30\x82\0")]),
    (10, "evm-sig", NG + [("evmsig", b"\x05\x02"), ("xattrnames", "security.ima|security.selinux"),
                          ("xattrlengths", bytes(8)), ("xattrvalues", b"\x01\xff"), ("iuid", 1000), ("igid", 0),
                          ("imode", 0o100755)]),
    (10, "evm-sig", NG + [("evmsig", None), ("xattrnames", None), ("xattrlengths", None), ("xattrvalues", None),
                          ("iuid", None), ("igid", None), ("imode", None)]),
    (10, "d-ng|n-ng|iuid", NG + [("iuid", 0xFFFFFFFE)]),
    (10, "n|d", [("n", "/etc/passwd"), ("d", DIGEST[:16])]),
    (12, "ima-ng", [("d-ng", ("sm3", DIGEST[:32])), ("n-ng", "/with blanks and\ta tab")]),
    (10, "ima-sig", [("d-ng", ("sha1", DIGEST[:20])), ("n-ng", "/with blanks"), ("sig", SIGNATURE)]),
    (10, "ima-ng", [("d-ng", ("streebog256", DIGEST[:32])), ("n-ng", "/caf\u00e9")]),
]
FIRST = [(10, "ima", [("d", DIGEST[:20]), ("n", "boot_aggregate")]), (10, "ima", [("d", DIGEST[20:40]), ("n", "/bin/true")])]
# A violation: digest of nothing, and zeros in every list. Before the digest had the size of its hash, it had 20 bytes.
VIOLATIONS = [
    (10, "ima-ng", [("d-ng", ("sha256", bytes(32))), ("n-ng", "/var/log/wtmp")]),
    (10, "ima-ng", [("d-ng", ("sha256", bytes(20))), ("n-ng", "/var/log/btmp")]),
]


def field_bytes(name, value, is_first, order):
    if value is None:
        return b""
    if name in ("iuid", "igid"):
        return struct.pack(order + "I", value)
    if name == "imode":
        return struct.pack(order + "H", value)
    if isinstance(value, str):
        return value.encode() + (b"" if is_first else b"\0")
    if isinstance(value, tuple):
        return b":".join(part.encode() for part in value[:-1]) + b":\0" + value[-1]
    return value


def field_text(value):
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ":".join(value[:-1]) + ":" + value[-1].hex()
    return value.hex()


def template_data(template, fields, order):
    is_first = template == "ima"
    data = b""
    for name, value in fields:
        part = field_bytes(name, value, is_first, order)
        data += (b"" if is_first and name == "d" else struct.pack(order + "I", len(part))) + part
    return data


def template_hash(bank, template, fields, data):
    if template == "ima":
        name = fields[1][1].encode()
        data = fields[0][1] + name + bytes(256 - len(name))
    return hashlib.new(bank, data).digest()


class Measured:
    """One record: its data, its digest in each bank, and what was extended."""

    def __init__(self, record, order, is_violation):
        self.pcr, self.template, self.fields = record
        self.data = template_data(self.template, self.fields, order)
        self.digests = {}
        self.extended = {}
        self.padded = {}
        for bank, size in BANKS.items():
            digest = template_hash(bank, self.template, self.fields, self.data)
            sha1 = template_hash("sha1", self.template, self.fields, self.data)
            self.digests[bank] = bytes(size) if is_violation else digest
            self.extended[bank] = b"\xff" * size if is_violation else digest
            self.padded[bank] = (b"\xff" * 20 if is_violation else sha1) + bytes(size - 20)

    def binary(self, bank, order):
        name = self.template.encode()
        size = b"" if self.template == "ima" else struct.pack(order + "I", len(self.data))
        return (struct.pack(order + "I", self.pcr) + self.digests[bank] + struct.pack(order + "I", len(name)) + name +
                size + self.data)

    def ascii(self, bank):
        fields = "".join(" " + field_text(value) for _, value in self.fields)
        return f"{self.pcr:2d} {self.digests[bank].hex()} {self.template}{fields}\n".encode()


def replay(measured, kind):
    values = {}
    for record in measured:
        for bank, size in BANKS.items():
            key = f"pcr{record.pcr}"
            old = values.setdefault(key, {}).get(bank, bytes(size))
            values[key][bank] = hashlib.new(bank, old + getattr(record, kind)[bank]).digest()
    return {pcr: {bank: value.hex() for bank, value in banks.items()} for pcr, banks in values.items()}


def main():
    answers = {}
    for name, records, violations, order, banks in (
            ("templates", RECORDS, [], "<", BANKS),
            ("big-endian", RECORDS, [], ">", ["sha1", "sha256"]),
            ("first", FIRST, [], "<", ["sha1"]),
            ("violations", RECORDS[:2], VIOLATIONS, "<", BANKS),
    ):
        measured = [Measured(record, order, True) for record in violations]
        measured += [Measured(record, order, False) for record in records]
        for bank in banks:
            with open(f"{name}.{bank}.bin", "wb") as file:
                file.write(b"".join(record.binary(bank, order) for record in measured))
            with open(f"{name}.{bank}.txt", "wb") as file:
                file.write(b"".join(record.ascii(bank) for record in measured))
        answers[name] = {
            "banks": list(banks),
            "violations": len(violations),
            "replay": replay(measured, "extended"),
            "padded": replay(measured, "padded"),
            "records": [{"pcr": record.pcr, "template": record.template, "data": record.data.hex(),
                         "digests": {bank: value.hex() for bank, value in record.extended.items()}}
                        for record in measured],
        }
    with open("expected.json", "w", encoding="ascii") as file:
        json.dump(answers, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
