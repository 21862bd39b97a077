#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients of every kind, inside a namespace of tally run: restart-clients.py [FILE].

Each in a loop until standard input ends; or, with the file that tells the server at which reply to die (dying.c), one
after the other, killed before and after each reply that one operation needs.
What they saw is printed as JSON. Each operation ended well or with an error; whatever was read is told, so that
restart.py can find a wrong value in it.
"""
import contextlib
import errno
import json
import os
import struct
import sys
import threading
import time

TSM = "/sys/kernel/config/tsm"
MEASUREMENTS = "/sys/class/misc/tdx_guest/measurements"
# What a client is told when the server dies, or another one has taken its place. After ENOENT, ENXIO and EEXIST
# an entry of before is made again.
EXPECTED = {errno.ECONNABORTED, errno.ENOTCONN, errno.ESTALE, errno.ENOENT, errno.ENXIO, errno.EEXIST, errno.EBUSY, errno.EIO}
PAUSE = 0.002
PATIENCE = 60
REPLY_LIMIT = 200
stop = threading.Event()


class Client(threading.Thread):
    """One kind of operation. step() does it once; OSError is one of its outcomes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.good, self.aborted, self.deaths = 0, 0, 0
        self.errors, self.wrong = {}, []
        self.claims = {"extended": [], "perhaps": [], "values": [], "logs": []}

    def once(self):
        try:
            self.step()
            self.good += 1
        except OSError as error:
            self.note(error)
        except Exception as error:  # a fault of the test itself
            self.wrong.append(f"{type(error).__name__}: {error}")

    def run(self):
        while not stop.is_set():
            self.once()
            time.sleep(PAUSE)

    def run_through_deaths(self, control):
        """One operation, with a death at its first reply, then at its second, until it needs no more of them."""
        for when in ("before", "after"):
            for reply in range(1, REPLY_LIMIT):
                self.recover()
                with open(control + ".new", "w", encoding="utf-8") as file:
                    file.write(f"{when} {reply}")
                os.rename(control + ".new", control)
                self.once()
                try:
                    os.unlink(control)
                    break
                except FileNotFoundError:  # the server's doing, at a reply that nobody waits for as late as now
                    self.deaths += 1

    def recover(self):
        """An operation that ends well."""
        end, good = time.monotonic() + PATIENCE, self.good
        while self.good == good and time.monotonic() < end:
            self.once()

    def note(self, error):
        name = errno.errorcode.get(error.errno, str(error.errno))
        self.errors[name] = self.errors.get(name, 0) + 1
        self.aborted += error.errno == errno.ECONNABORTED
        if error.errno not in EXPECTED:
            self.wrong.append(f"{name} at {error.filename}")

    def step(self):
        raise NotImplementedError

    def told(self):
        return {"good": self.good, "aborted": self.aborted, "deaths": self.deaths, "errors": self.errors, "wrong": self.wrong[:5], **self.claims}

    @contextlib.contextmanager
    def extending(self, what):
        """What is extended here is in the log for certain, or perhaps."""
        try:
            yield
        except OSError:
            self.claims["perhaps"].append(what.hex())
            raise
        self.claims["extended"].append(what.hex())


def write(path, content):
    fd = os.open(path, os.O_WRONLY)
    try:
        size = os.write(fd, content)
    finally:
        os.close(fd)
    if size != len(content):
        raise ValueError(f"a write of {len(content)} bytes took {size}")


def read(path):
    with open(path, "rb", buffering=0) as file:
        return file.read()


class Reporter(Client):
    """The dance of configfs: the report carries this client's own 64 bytes, or there is none."""

    number = 0

    def step(self):
        self.number += 1
        entry = f"{TSM}/report/{id(self)}-{self.number}"
        data = os.urandom(64)
        os.mkdir(entry)
        try:
            write(f"{entry}/inblob", data)
            report = read(f"{entry}/outblob")
            if data not in report:
                self.wrong.append("a report with data of somebody else")
            if read(f"{entry}/generation") != b"1\n":
                self.wrong.append("a generation that nobody wrote")
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(entry)


class Extender(Client):
    """Through rtmrs/, whose entries go with their server."""

    index, attribute = 3, "digest"

    def entry(self):
        entry = f"{TSM}/rtmrs/mine-{self.index}"
        try:
            os.mkdir(entry)
        except FileExistsError:
            return entry
        write(f"{entry}/index", str(self.index).encode())
        return entry

    def content(self):
        return os.urandom(48)

    def step(self):
        entry, content = self.entry(), self.content()
        try:
            with self.extending(content):
                write(f"{entry}/{self.attribute}", content)
        except OSError as error:
            if error.errno == errno.ENXIO:
                os.rmdir(entry)  # the server died between mkdir and index
            raise


class Appender(Extender):
    index, attribute = 2, "append_event"

    def content(self):
        return b"event " + os.urandom(32).hex().encode()


class Measurer(Client):
    """Through the files of tsm-mr."""

    def step(self):
        digest = os.urandom(48)
        with self.extending(digest):
            write(f"{MEASUREMENTS}/rtmr2:sha384", digest)


class Asker(Client):
    """Through the transaction file: an event. docs/abi/messages.md"""

    def step(self):
        data = os.urandom(32)
        body = b"".join(struct.pack(">BI", tag, len(value)) + value
                        for tag, value in ((6, b"rtmr3"), (7, b"test"), (8, b"restart"), (9, data)))
        message = b"TLYQ" + struct.pack(">IHHII", len(body) + 12, 1, 4, 0, 0) + body
        with open(f"{TSM}/request", "r+b", buffering=0) as file, self.extending(data):
            file.write(message)
            size = struct.unpack(">Q", file.read(8))[0]
            answer = b""
            while piece := file.read(size):
                answer += piece
            status = struct.unpack(">I", answer[12:16])[0]
            if answer[:4] != b"TLYR" or len(answer) != size or status != 0:
                raise OSError(errno.EIO, f"status {status}", "request")


class LogReader(Client):
    """A log grows and never changes: every reading begins with the one before."""

    last = b""

    def step(self):
        log = read(f"{TSM}/log")
        if not log.startswith(self.last):
            self.wrong.append("a log that changed")
        self.last = log
        self.claims["logs"] = [log.hex()]


class ValueReader(Client):
    def step(self):
        for path in (f"{TSM}/registers/rtmr2/digest", f"{MEASUREMENTS}/rtmr2:sha384"):
            value = read(path).hex()
            if value not in self.claims["values"][-1:]:
                self.claims["values"].append(value)


class Holder(Client):
    """A file that stays open: the next server does not know it."""

    fd = -1

    def step(self):
        if self.fd < 0:
            self.fd = os.open(f"{TSM}/registers/rtmr2/digest", os.O_RDONLY)
        try:
            value = os.pread(self.fd, 48, 0)
        except OSError:
            os.close(self.fd)
            self.fd = -1
            raise
        if len(value) != 48:
            self.wrong.append(f"{len(value)} bytes of a register")


class Lister(Client):
    def step(self):
        if not {"report", "rtmrs", "registers", "log", "request"} <= set(os.listdir(TSM)):
            self.wrong.append("a directory without its names")
        os.stat(f"{TSM}/report")


def run_side_by_side(clients):
    for client in clients:
        client.start()
    print("begun", flush=True)
    sys.stdin.read()
    # Nobody kills any more: on a busy machine some got nowhere before.
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and any(client.good < 2 for client in clients):
        time.sleep(0.01)
    stop.set()
    for client in clients:
        client.join(PATIENCE)


def main():
    clients = [Reporter(), Reporter(), Extender(), Appender(), Measurer(), Asker(), LogReader(), ValueReader(), Holder(), Lister()]
    if len(sys.argv) > 1:
        clients = clients[1:]
        for client in clients:
            client.run_through_deaths(sys.argv[1])
    else:
        run_side_by_side(clients)
    told = {}
    for client in clients:
        told.setdefault(type(client).__name__, []).append({**client.told(), "hangs": client.is_alive()})
    print(json.dumps(told), flush=True)
    os._exit(0)  # one that hangs must not keep us


main()
