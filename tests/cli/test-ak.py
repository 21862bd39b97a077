#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally ak against a software TPM: the exchange, and each half of it in turn with the other half of tpm2-tools."""
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

import program
from program import MALFORMED, OK, REFUSED, REJECTED, SYSTEM, UNAVAILABLE, USAGE, run, tap

AK = "0x81000003"
ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign"


class Tpm:
    """A swtpm with an EK and an AK, and tpm2-tools that talk to it."""

    def __init__(self, directory, algorithm="rsa"):
        for tool in ("swtpm", "tpm2_createek"):
            if not shutil.which(tool):
                raise tap.Skip(f"{tool} is missing")
        self.directory = directory
        self.socket = self.file("socket")
        os.mkdir(self.file("state"))
        self.swtpm = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + self.file("state"), "--server",
             "type=unixio,path=" + self.socket, "--ctrl", "type=unixio,path=" + self.socket + ".ctrl", "--flags",
             "startup-clear"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()
        self.tool("createek", "-c", "ek.ctx", "-G", algorithm, "-u", "ek.pub")
        self.tool("createprimary", "-C", "e", "-G", "ecc256:ecdsa-sha256:null", "-g", "sha256", "-a", ATTRIBUTES, "-c",
                  "ak.ctx")
        self.tool("readpublic", "-c", "ak.ctx", "-o", "ak.pub", "-n", "ak.name")
        self.tool("readpublic", "-c", "ek.ctx", "-o", "ek.pub", "-n", "ek.name")
        self.tool("evictcontrol", "-C", "o", "-c", "ak.ctx", AK)

    def wait(self):
        """The socket is there before anybody listens to it."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.socket)
                return
            time.sleep(0.02)
        raise tap.Failure("swtpm does not listen")

    def file(self, name):
        return os.path.join(self.directory, name)

    def bytes(self, name):
        with open(self.file(name), "rb") as file:
            return file.read()

    def write(self, name, content):
        with open(self.file(name), "wb") as file:
            file.write(content)
        return self.file(name)

    def tool(self, name, *arguments):
        """One tool, and the objects that it leaves in the TPM, which has no resource manager."""
        self.one_tool(name, *arguments)
        self.one_tool("flushcontext", "-t")

    def one_tool(self, name, *arguments):
        done = subprocess.run(["tpm2_" + name, *arguments], cwd=self.directory, capture_output=True, check=False,
                              env={**os.environ, "TPM2TOOLS_TCTI": "swtpm:path=" + self.socket})
        if done.returncode != 0:
            raise tap.Failure(f"tpm2_{name}: {done.stderr.decode()}")

    def end(self):
        self.swtpm.terminate()
        self.swtpm.wait()

    def answer_by_tools(self, challenge):
        """What TPM2_ActivateCredential of tpm2-tools gives."""
        self.tool("startauthsession", "--policy-session", "-S", "session.ctx")
        self.tool("policysecret", "-S", "session.ctx", "-c", "e")
        self.tool("activatecredential", "-c", AK, "-C", "ek.ctx", "-i", challenge, "-o", "answer.tools", "-P",
                  "session:session.ctx")
        self.tool("flushcontext", "session.ctx")
        return self.file("answer.tools")


@contextlib.contextmanager
def tpm(algorithm="rsa"):
    with program.folder() as directory:
        made = Tpm(directory, algorithm)
        try:
            key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384",
                                  "-out", made.file("key.pem")], capture_output=True, check=False)
            tap.expect_equal(key.returncode, 0, "openssl genpkey")
            yield made
        finally:
            made.end()


def challenge(made, ek="ek.pub", ak="ak.pub"):
    run("ak", "challenge", made.file(ek), made.file(ak), "--keep", made.file("kept"), "--output",
        made.file("challenge")).expect(OK)
    return made.file("challenge")


def activate(made, path, *more, ak=AK):
    return run("ak", "activate", path, "--ak", ak, "--tpm", made.socket, "--output", made.file("answer"), *more)


def accept(made, answer):
    return run("ak", "accept", made.file("kept"), answer, "--key", made.file("key.pem"))


def names_of(record):
    """EK and AK of a record, by another reader of CBOR."""
    try:
        import cbor2
    except ImportError as error:
        raise tap.Skip("python3-cbor2 is missing") from error
    message = cbor2.loads(record)
    tap.expect_equal(message.tag, 18, "tag")
    payload = cbor2.loads(message.value[2])
    tap.expect_equal(sorted(payload), [1, 2, 3, 4, 5], "members")
    tap.expect_equal(abs(payload[4] - time.time()) < 600, True, "time")
    return payload[2], payload[3]


def test_the_exchange():
    with tpm() as made:
        activate(made, challenge(made)).expect(OK)
        record = accept(made, made.file("answer")).expect(OK).bytes
        tap.expect_equal(names_of(record), (made.bytes("ek.name"), made.bytes("ak.name")), "names")
        # The TPM keeps nothing: it has room for three objects, and this is the fourth time.
        for _ in range(3):
            activate(made, made.file("challenge")).expect(OK)


def test_tpm2_tools_answer_our_challenge():
    for algorithm in ("rsa", "ecc"):
        with tpm(algorithm) as made:
            answer = made.answer_by_tools(challenge(made))
            record = accept(made, answer).expect(OK).bytes
            tap.expect_equal(names_of(record), (made.bytes("ek.name"), made.bytes("ak.name")), algorithm)


def test_we_answer_a_challenge_of_tpm2_tools():
    with tpm() as made:
        made.write("secret", b"sixteen or more bytes")
        made.tool("makecredential", "-T", "none", "-u", "ek.pub", "-s", "secret", "-n", made.bytes("ak.name").hex(),
                  "-o", "made")
        activate(made, made.file("made")).expect(OK)
        tap.expect_equal(made.bytes("answer"), b"sixteen or more bytes", "answer")


def test_an_ek_can_be_persistent_and_an_ak_a_name():
    with tpm() as made:
        made.tool("evictcontrol", "-C", "o", "-c", "ek.ctx", "0x81010001")
        made.write("name", made.bytes("ak.name"))
        activate(made, challenge(made, ak="name"), "--ek", "0x81010001").expect(OK)
        accept(made, made.file("answer")).expect(OK)


def test_an_svsm_manifest_is_a_place_for_an_ek():
    with tpm() as made:
        area = made.bytes("ek.pub")[2:]
        vtpm = bytes.fromhex("ebf176c42301a5459641b4e7dde5bfe3")
        made.write("manifest", bytes.fromhex("bb9e8463923d7046a1ff58f9c94b87bb") + (48 + len(area)).to_bytes(4, "little") +
                   (1).to_bytes(4, "little") + vtpm + (48).to_bytes(4, "little") + len(area).to_bytes(4, "little") + area)
        activate(made, challenge(made, ek="manifest")).expect(OK)
        accept(made, made.file("answer")).expect(OK)


def test_another_key_or_tpm_gives_no_answer():
    with tpm() as made, tpm() as other:
        shutil.copy(other.file("ak.pub"), made.file("other.pub"))
        activate(made, challenge(made, ak="other.pub")).expect_problem(REFUSED, "opening the challenge", "made for other keys")
        shutil.copy(other.file("ek.pub"), made.file("other.pub"))
        activate(made, challenge(made, ek="other.pub")).expect_problem(REFUSED, "opening the challenge")
        activate(made, challenge(made), "--ek", "0x81010001").expect_problem(REFUSED, "opening the challenge")


def credential(blob, secret):
    """A file of tpm2_makecredential's."""
    return struct.pack(">II", 0xbadcc0de, 1) + struct.pack(">H", len(blob)) + blob + struct.pack(">H", len(secret)) + secret


def test_what_a_tpm_refuses_is_told_in_words():
    with tpm() as made:
        good = challenge(made)
        secret = made.bytes("challenge")[-256:]
        activate(made, good, ak="0x81000099").expect_problem(REFUSED, "there is no key at that handle")
        activate(made, good, ak="0x81010001").expect_problem(REFUSED, "there is no key at that handle")
        rows = (
            (["--ek", "0x81010099"], good, REFUSED, "there is no key at that handle"),
            (["--ek", AK], good, REFUSED, "the key asks for another policy"),
            ([], made.write("integrity", credential(bytes(range(68)), secret)), REFUSED, "opening the challenge"),
            ([], made.write("large", credential(bytes(1000), secret)), REFUSED, "size"),
            ([], made.write("larger", credential(bytes(5000), secret)), MALFORMED, "larger than a TPM takes"),
            ([], made.write("secret", credential(bytes(68), bytes(2000))), REFUSED, "size"),
            ([], made.write("nothing", credential(b"", b"")), REFUSED, "opening the challenge"),
        )
        for more, path, code, words in rows:
            activate(made, path, *more).expect_problem(code, words)
        # None of them has left a key or a session in the TPM, which has room for three of each.
        activate(made, good).expect(OK)


def test_a_tpm_that_is_none():
    """What listens there says nothing that a TPM says, or nothing at all."""
    for answer in (b"", b"\x80\x01\0\0\0\x05", b"\x80\x01\xff\xff\xff\xff\0\0\0\0"):
        with program.folder() as path, socket.socket(socket.AF_UNIX) as listener:
            name = os.path.join(path, "socket")
            listener.bind(name)
            listener.listen()

            def serve(answer=answer, listener=listener):
                peer, _ = listener.accept()
                with peer:
                    peer.recv(4096)
                    peer.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            challenge_file = os.path.join(path, "challenge")
            with open(challenge_file, "wb") as file:
                file.write(credential(bytes(68), bytes(256)))
            run("ak", "activate", challenge_file, "--ak", AK, "--tpm", name).expect_problem(SYSTEM, "does not answer")
            thread.join()


def test_wrong_and_late_answers_are_rejected():
    with tpm() as made:
        activate(made, challenge(made)).expect(OK)
        accept(made, made.write("wrong", bytes(32))).expect_problem(REJECTED, "wrong")
        accept(made, made.write("short", made.bytes("answer")[:-1])).expect_problem(REJECTED, "wrong")
        kept = made.bytes("kept")
        # The time is the only number of five bytes.
        at = kept.index(b"\x04\x1a") + 2
        made.write("kept", kept[:at] + (int.from_bytes(kept[at:at + 4], "big") - 3601).to_bytes(4, "big") + kept[at + 4:])
        accept(made, made.file("answer")).expect_problem(REJECTED, "last hour")


def test_bad_input_is_malformed():
    with tpm() as made:
        path = challenge(made)
        made.write("cut", made.bytes("challenge")[:-1])
        activate(made, made.file("cut")).expect_problem(MALFORMED, "challenge")
        made.write("cut", made.bytes("kept")[:-1])
        run("ak", "accept", made.file("cut"), path, "--key", made.file("key.pem")).expect_problem(MALFORMED, "kept")
        run("ak", "accept", made.file("kept"), path, "--key", path).expect_problem(MALFORMED, "key")
        run("ak", "challenge", path, made.file("ak.pub"), "--keep", made.file("kept"), "--output",
            made.file("c")).expect_problem(MALFORMED, "endorsement key")
        run("ak", "challenge", made.file("ak.pub"), made.file("ak.pub"), "--keep", made.file("kept"), "--output",
            made.file("c")).expect_problem(MALFORMED, "no kind that a secret can be encrypted to")


def test_json_has_the_same_bytes():
    with tpm() as made:
        shown = run("ak", "challenge", made.file("ek.pub"), made.file("ak.pub"), "--keep", made.file("kept"),
                    "--json").expect(OK).object()
        made.write("challenge", bytes.fromhex(shown["data"]))
        activate(made, made.file("challenge")).expect(OK)
        accept(made, made.file("answer")).expect(OK)


def test_usage():
    run("ak").expect_problem(USAGE, "challenge, activate or accept")
    run("ak", "challenge", "a", "b").expect_problem(USAGE, "--keep")
    run("ak", "challenge", "a").expect_problem(USAGE, "attestation key")
    run("ak", "activate").expect_problem(USAGE, "a challenge")
    run("ak", "activate", "hex:00", "--ak", "zero").expect_problem(USAGE, "0x81000003")
    run("ak", "activate", "hex:00").expect_problem(USAGE, "--ak")
    run("ak", "accept", "a", "b").expect_problem(USAGE, "--key")
    run("ak", "activate", "hex:badcc0de0000000100000000", "--ak", AK, "--tpm", "/nonexistent").expect_problem(
        UNAVAILABLE, "/nonexistent")


if __name__ == "__main__":
    tap.main(globals())
