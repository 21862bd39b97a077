#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ask the authority by the transaction file: request.py FILE append REGISTER TYPE NAME DATA | evidence NONCE | log [FROM]."""
import os
import struct
import sys

EVIDENCE, APPEND, LOG = 2, 4, 5
NONCE, REGISTER, TYPE, NAME, DATA, FROM, UNTIL = 1, 6, 7, 8, 9, 12, 13
FRONT, BACK, FIRST, NEXT, NUMBER, RECORDS, MORE = 9, 10, 11, 12, 14, 17, 18


def element(tag, value):
    return bytes([tag]) + struct.pack(">I", len(value)) + value


def integer(tag, value):
    return element(tag, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def message(kind, *elements):
    body = struct.pack(">HHII", 1, kind, 0, 0) + b"".join(elements)
    return b"TLYQ" + struct.pack(">I", len(body)) + body


def read(file, size):
    data = b""
    while len(data) < size:
        piece = os.read(file, size - len(data))
        if not piece:
            raise EOFError("the response ends too soon")
        data += piece
    return data


def receive(file):
    """Status and elements of a response: tag to value."""
    response = read(file, int.from_bytes(read(file, 8), "big"))
    status, at, elements = int.from_bytes(response[12:16], "big"), 20, {}
    while at < len(response):
        tag, size = response[at], int.from_bytes(response[at + 1:at + 5], "big")
        elements[tag] = response[at + 5:at + 5 + size]
        at += 5 + size
    return status, elements


def ask(file, request):
    """What write(2) fails with has its reason in the response."""
    try:
        os.write(file, request)
    except OSError as error:
        elements = receive(file)[1]
        raise SystemExit(f"{error.strerror}: {elements[1].decode()}")
    elements = receive(file)[1]
    os.read(file, 1)  # the end, after which the next request may come
    return elements


def read_log(file, first, until=None):
    more = True
    while more:
        limit = [] if until is None else [integer(UNTIL, until)]
        answer = ask(file, message(LOG, integer(FROM, first), *limit))
        first, more = int.from_bytes(answer[NEXT], "big"), MORE in answer
        yield answer[RECORDS]


def main(path, command, *arguments):
    file, output = os.open(path, os.O_RDWR), sys.stdout.buffer
    if command == "append":
        tags = (REGISTER, TYPE, NAME, DATA)
        answer = ask(file, message(APPEND, *(element(tag, text.encode()) for tag, text in zip(tags, arguments))))
        print(int.from_bytes(answer[NUMBER], "big"))
    elif command == "evidence":
        answer = ask(file, message(EVIDENCE, element(NONCE, bytes.fromhex(arguments[0]))))
        first, until = (int.from_bytes(answer[tag], "big") for tag in (FIRST, NEXT))
        output.write(answer[FRONT] + b"".join(read_log(file, first, until)) + answer[BACK])
    else:
        for records in read_log(file, int(arguments[0]) if arguments else 0):
            output.write(records)


if __name__ == "__main__":
    main(*sys.argv[1:])
