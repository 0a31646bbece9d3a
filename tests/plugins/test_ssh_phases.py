"""Machines that break the protocol: whatever they answer in whatever phase, the attack has failed with a sentence."""

import re
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh import host_keys, process, remote_file, session
from chalicelib.drivers.ssh.host_keys import Trust
from tests.plugins.hostile_ssh import (
    BANNER,
    FORGER,
    HANDLE,
    HOST_KEY,
    STATUS,
    VERSION,
    Behaviour,
    ClosedInterface,
    Interface,
    answering,
    endless,
    file_system,
    frame,
    listening,
    packet,
    raw,
    raw_sftp,
    resetting,
    running,
    sending,
    serving,
)
from tests.plugins.ssh_server import pem

KEY = pem(ed25519.Ed25519PrivateKey.generate())
SHOWN = host_keys.fingerprint(HOST_KEY.asbytes())
INT = struct.Struct(">I").pack


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "UPLOAD_SECONDS", 1.0)
    monkeypatch.setattr(remote_file, "REMOVE_SECONDS", 1.0)
    monkeypatch.setattr(process, "START_SECONDS", 1.0)
    monkeypatch.setattr(process, "STOP_SECONDS", 1.0)


def attack(port: int, seconds: float = 1) -> dict[str, object]:
    on = session.Machine(
        address="127.0.0.1", port=port, user="eve", trust=Trust(any_key=True), key=KEY, connect_seconds=2
    )
    return session.run(session.Script(content=b"#!/bin/sh\n", path="/tmp/s", seconds=seconds), on=on)


def failure_of(behave: Behaviour) -> AttackFailed:
    begun = time.monotonic()
    with listening(behave) as port, pytest.raises(AttackFailed) as failure:
        attack(port)
    assert time.monotonic() - begun < 12
    message = str(failure.value)
    assert message.isprintable() and len(message) < 700
    return failure.value


HANDSHAKES: dict[str, Behaviour] = {
    "it closes": raw(),
    "it resets": resetting,
    "it is silent": raw(wait=True),
    "another protocol": raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "SSH 1": raw(b"SSH-1.5-old\r\n"),
    "lines without end": endless(b"hello\r\n"),
    "a line without end": endless(b"x" * 4096),
    "a banner that is no text": raw(b"SSH-2.0-\xff\xfe\x00\x1b[31m\r\n", b"\xff" * 64, wait=True),
    "zeros without end": endless(bytes(4096)),
    "a packet of 4 GB": raw(BANNER, b"\xff\xff\xff\xf4" + b"x" * 64, wait=True),
    "a packet of 900 MB": raw(BANNER, INT(900_000_004) + b"x" * 64, wait=True),
    "an empty packet": raw(BANNER, INT(4) + b"\x04" + bytes(3), wait=True),
    "a padding that is longer than its packet": raw(BANNER, INT(12) + b"\xff" + bytes(11), wait=True),
    "half a packet": raw(BANNER, packet(b"\x14" + bytes(40))[:20]),
    "an announcement that is cut": raw(BANNER, packet(b"\x14" + bytes(16) + INT(999) + b"a"), wait=True),
    "an announcement that is no text": raw(
        BANNER, packet(b"\x14" + bytes(16) + (INT(2) + b"\xff\xfe") * 10 + b"\0" + INT(0)), wait=True
    ),
    "no algorithm in common": raw(BANNER, packet(b"\x14" + bytes(16) + INT(0) * 10 + b"\0" + INT(0)), wait=True),
    "a farewell with control characters": raw(
        BANNER, packet(b"\x01" + INT(2) + INT(9) + b"\x1b[31mno\r\n" + INT(0)), wait=True
    ),
    "a message that nobody knows": raw(BANNER, packet(b"\xc8"), wait=True),
    "a forged signature": serving(key=FORGER),
    "a key exchange that is cut": serving(prepare=sending(31, INT(999) + b"a", instead_of=31)),
    "a host key that is none": serving(
        prepare=sending(31, INT(7) + b"nothing" + INT(0) + INT(0), instead_of=31)
    ),
    "a host key that is no text": serving(prepare=sending(31, INT(8) + INT(4) + b"\xff\xfe\xfd\xfc", instead_of=31)),
}  # fmt: skip


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_machine_that_breaks_the_handshake_fails_the_attack_with_its_address(name: str) -> None:
    failure = failure_of(HANDSHAKES[name])
    message = str(failure)
    assert message.startswith("127.0.0.1 port ")
    assert "speak SSH" in message or "could not be reached" in message or "is not trusted" in message


LOGINS: dict[str, Behaviour] = {
    "a service that is refused": serving(prepare=sending(1, INT(2) + INT(2) + b"no" + INT(0), instead_of=6)),
    "a service that is cut": serving(prepare=sending(6, INT(999), instead_of=6)),
    "a service that is silent": serving(prepare=sending(2, INT(0), instead_of=6)),
    "an answer that is cut": serving(prepare=sending(51, INT(999) + b"a", instead_of=52)),
    "an answer that is no text": serving(prepare=sending(51, INT(2) + b"\xff\xfe\0", instead_of=52)),
    "a question in place of an answer": serving(prepare=sending(60, INT(999), instead_of=52)),
    "a banner that is no text": serving(prepare=sending(53, INT(2) + b"\xff\xfe" + INT(0), instead_of=52)),
    "no answer": serving(prepare=sending(2, INT(0), instead_of=52)),
}


@pytest.mark.parametrize("name", LOGINS)
def test_a_machine_that_breaks_the_login_fails_the_attack_with_its_host_key(name: str) -> None:
    failure = failure_of(LOGINS[name])
    assert str(failure).startswith("127.0.0.1 port ")
    assert "eve" in str(failure)
    assert failure.outcome == {"host_key": SHOWN}


def once(data: bytes) -> Callable[[paramiko.Channel], None]:
    def answer(channel: paramiko.Channel) -> None:
        channel.sendall(data)
        while channel.recv(65536):
            pass

    return answer


def for_ever(data: bytes) -> Callable[[paramiko.Channel], None]:
    def answer(channel: paramiko.Channel) -> None:
        while True:
            channel.sendall(data)

    return answer


ABSENT = frame(STATUS, b"{n}" + INT(2) + INT(0) + INT(0))
UPLOADS: dict[str, Behaviour] = {
    "no session": serving(ClosedInterface),
    "no subsystem": serving(sftp=None, prepare=lambda transport: transport.subsystem_table.clear()),
    "a session that is cut": serving(prepare=sending(91, INT(0), instead_of=91)),
    "a session without an answer": serving(prepare=sending(2, INT(0), instead_of=91)),
    "a refusal that is no text": serving(
        ClosedInterface, prepare=sending(92, INT(0) + INT(1) + INT(2) + b"\xff\xfe" + INT(0), instead_of=92)
    ),
    "a line first": serving(sftp=raw_sftp(once(b"Welcome!\n" + VERSION))),
    "an escape sequence first": serving(sftp=raw_sftp(once(b"\x1b[31m\n"))),
    "silence": serving(sftp=raw_sftp(once(b""))),
    "an end": serving(sftp=raw_sftp(lambda channel: channel.close())),
    "another message than a version": serving(sftp=raw_sftp(answering(frame(STATUS, INT(0))))),
    "a version that is cut": serving(sftp=raw_sftp(answering(frame(2, b"\0")))),
    "an empty packet": serving(sftp=raw_sftp(answering(INT(0)))),
    "a packet of 4 GB": serving(sftp=raw_sftp(answering(b"\xff\xff\xff\xff"))),
    "a packet of 15 MB that never comes": serving(sftp=raw_sftp(once(b"\x00\xf0\0\0"))),
    "versions without end": serving(sftp=raw_sftp(for_ever(VERSION))),
    "a status that is cut": serving(sftp=raw_sftp(answering(VERSION, frame(STATUS, b"{n}")))),
    "a status that is no text": serving(
        sftp=raw_sftp(answering(VERSION, frame(STATUS, b"{n}" + INT(4) + INT(2) + b"\xff\xfe" + INT(0))))
    ),
    "a status with control characters": serving(
        sftp=raw_sftp(answering(VERSION, frame(STATUS, b"{n}" + INT(4) + INT(5) + b"\x1b[1m\n" + INT(0))))
    ),
    "an answer to another request": serving(sftp=raw_sftp(answering(VERSION, frame(STATUS, INT(77) + INT(0))))),
    "an answer of another kind": serving(sftp=raw_sftp(answering(VERSION, frame(HANDLE, b"{n}" + INT(999))))),
    "an answer that nobody knows": serving(sftp=raw_sftp(answering(VERSION, frame(250, b"{n}")))),
    "a handle that is cut": serving(sftp=raw_sftp(answering(VERSION, ABSENT, ABSENT, ABSENT, frame(HANDLE, b"{n}")))),
    "no right to make the file": serving(files=file_system("open")),
    "no right to make it executable": serving(files=file_system("chmod")),
    "a disk that is full": serving(files=file_system("write")),
    "a disk that forgets": serving(files=file_system("forget")),
}  # fmt: skip


@pytest.mark.parametrize("name", UPLOADS)
def test_a_machine_that_breaks_the_upload_fails_the_attack_with_its_host_key(name: str) -> None:
    failure = failure_of(UPLOADS[name])
    assert str(failure).startswith("the script could not be put at /tmp/s: ")
    assert failure.outcome.pop("left_behind", "/tmp/s") == "/tmp/s"
    assert failure.outcome == {"host_key": SHOWN}


def test_a_machine_that_prints_before_sftp_is_recognized() -> None:
    failure = failure_of(UPLOADS["a line first"])
    assert str(failure).endswith(
        "its SFTP answer cannot be read (Garbage packet received): does its login shell or SFTP server print first?"
    )


@pytest.mark.parametrize("fault", ["chmod", "write", "forget"])
def test_a_file_that_could_not_be_written_whole_is_removed(fault: str, tmp_path: Path) -> None:
    removed: list[str] = []

    class Remembering(file_system(fault)):  # type: ignore[misc]
        def lstat(self, path: str) -> object:
            return paramiko.SFTPAttributes() if removed == [] and self.made else paramiko.SFTP_NO_SUCH_FILE

        made = False

        def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> object:
            Remembering.made = True
            return super().open(path, flags, attr)

        def remove(self, path: str) -> int:
            removed.append(path)
            return int(paramiko.SFTP_OK)

    assert failure_of(serving(files=Remembering)).outcome == {"host_key": SHOWN}
    assert removed == ["/tmp/s"]


def marker_of(command: bytes) -> str:
    return command.split()[-1].decode()


def begin(channel: paramiko.Channel, command: bytes) -> str:
    channel.sendall(f"begun-{marker_of(command)}\n".encode())
    assert channel.recv(65536)  # the words of the script, in one packet
    return marker_of(command)


def printing(*data: str, status: int | None = None) -> Behaviour:
    """Begin, print, and end with a status."""

    def on_exec(channel: paramiko.Channel, command: bytes) -> None:
        marker = begin(channel, command)
        for each in data:
            channel.sendall(each.replace("MARKER", marker).encode())
        if status is not None:
            channel.send_exit_status(status)
        channel.close()

    return running(on_exec)


def ending(status: int | None, printed: bytes = b"") -> Behaviour:
    """Print, and end, without having begun."""

    def on_exec(channel: paramiko.Channel, command: bytes) -> None:
        channel.sendall(printed)
        if status is not None:
            channel.send_exit_status(status)
        channel.close()

    return running(on_exec)


def flood(channel: paramiko.Channel, command: bytes) -> None:
    begin(channel, command)
    for_ever(b"y\n" * 4096)(channel)


def leave(channel: paramiko.Channel, command: bytes) -> None:
    begin(channel, command)
    channel.get_transport().sock.shutdown(socket.SHUT_RDWR)


def rekey(channel: paramiko.Channel, command: bytes) -> None:
    """Begin another key exchange, and never go on with it."""
    begin(channel, command)
    transport = channel.get_transport()
    transport.packetizer.send_message(paramiko.Message(b"\x14" + bytes(16) + INT(0) * 10 + b"\0" + INT(0)))


DID_NOT = r"^the script did not begin: "
RUNS: dict[str, tuple[Behaviour, str]] = {
    "no command": (serving(Interface), "^the script could not be started: "),
    "an answer that is cut": (
        serving(lambda: Interface(for_ever(b"")), prepare=sending(94, INT(0), instead_of=99)),  # type: ignore[arg-type]
        "^the script could not be",
    ),
    "success without a word": (ending(0), DID_NOT + "the user's login shell ended with exit status 0, and printed"),
    "no status": (ending(None), DID_NOT + "the user's login shell ended without an exit status, and printed nothing$"),
    "its command back": (running(lambda channel, command: channel.sendall(command)), DID_NOT),
    "control characters": (ending(1, b"\x1b[31m\xff\0no\r\n"), DID_NOT + r".* status 1, and printed '\[31m\ufffd no'$"),
    "text without end": (running(lambda channel, _: for_ever(b"y")(channel)), DID_NOT),
    "silence": (running(lambda channel, _: once(b"")(channel)), DID_NOT + ".* did not start it within"),
    "a beginning, and success without a word": (printing(status=0), "^nobody reported how .* exit status 0$"),
    "a beginning, and nothing": (printing(), "^the script was killed by somebody else$"),
    "a status that is none": (printing("ended-MARKER-x\n", status=0), "^nobody reported how the script ended"),
    "a status of somebody else": (printing("ended-0-0\n", status=0), "^nobody reported how the script ended"),
    "a failure, reported as success": (printing("ended-MARKER-3\n", status=0), "^the script ended with exit status 3$"),
    "a flood": (running(flood), "^the script printed more than 8 MB and could not be seen to stop"),
    "a connection that is cut": (running(leave), "^the connection was lost while the script ran"),
    "keys that are never agreed on again": (running(rekey), "^the (connection was lost|script could not be started)"),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_machine_that_breaks_the_run_fails_the_attack_with_its_host_key(name: str) -> None:
    behave, message = RUNS[name]
    with pytest.raises(AttackFailed, match=message):
        raise (failure := failure_of(behave))
    assert failure.outcome["host_key"] == SHOWN


def test_a_run_that_keeps_to_the_protocol_succeeds() -> None:
    with listening(printing("hello\n", "ended-MARKER", "-0\n", status=0)) as port:
        outcome = attack(port)
    assert (outcome["exit_status"], outcome["output"], outcome["host_key"]) == (0, "hello\n", SHOWN)


def test_an_exit_status_that_comes_before_the_last_words_is_no_end_of_them() -> None:
    def on_exec(channel: paramiko.Channel, command: bytes) -> None:
        marker = begin(channel, command)
        channel.send_exit_status(0)
        time.sleep(3 * process._LOOK_EVERY)  # as a busy machine does it
        channel.sendall(f"hello\nended-{marker}-0\n".encode())
        channel.close()

    with listening(running(on_exec)) as port:
        outcome = attack(port, seconds=10)
    assert (outcome["exit_status"], outcome["output"]) == (0, "hello\n")


@settings(max_examples=25, deadline=None)
@given(answers=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=24), st.booleans()), max_size=6))
def test_whatever_sftp_answers_the_attack_fails_with_a_sentence(answers: list[tuple[int, bytes, bool]]) -> None:
    frames = [frame(kind, (b"{n}" if numbered else b"") + payload) for kind, payload, numbered in answers]
    failure = failure_of(serving(sftp=raw_sftp(answering(VERSION, *frames))))
    assert str(failure).startswith("the script could not be ")
    assert failure.outcome["host_key"] == SHOWN


@settings(max_examples=60, deadline=None)
@given(payload=st.binary(max_size=200), kind=st.sampled_from([1, 4, 6, 20, 21, 30, 31, 50, 51, 52, 53, 60, 80, 90, 94]))
def test_whatever_is_said_before_keys_are_agreed_on_the_attack_fails_with_a_sentence(kind: int, payload: bytes) -> None:
    failure = failure_of(raw(BANNER, packet(bytes([kind]) + payload)))
    assert str(failure).startswith("127.0.0.1 port ")


def test_a_packet_that_is_announced_too_large_is_not_waited_for() -> None:
    failure = failure_of(HANDSHAKES["a packet of 900 MB"])
    assert re.search(r"it announces a packet of \d{9} bytes$", str(failure))
