"""SSH servers that break the protocol, each in one phase of a connection, on loopback.

Those that get as far as a channel are paramiko's own server, with one part of it replaced.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko
from paramiko.common import (
    AUTH_SUCCESSFUL,
    MSG_CHANNEL_SUCCESS,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
    byte_chr,
)
from paramiko.sftp import CMD_HANDLE, CMD_NAME, CMD_STATUS, CMD_VERSION

HOST_KEY = paramiko.RSAKey.generate(2048)
BANNER = b"SSH-2.0-OpenSSH_9.6\r\n"
Behaviour = Callable[[socket.socket], None]


@contextmanager
def listening(behave: Behaviour) -> Iterator[int]:
    """Serve every connection with ``behave`` in a thread of its own; the value is the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()
        made: list[socket.socket] = []

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError, EOFError, paramiko.SSHException):
                behave(connection)

        def accept() -> None:
            with suppress(OSError):
                while not over.is_set():
                    connection, _ = server.accept()
                    made.append(connection)
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        for connection in made:
            connection.close()
        thread.join(5)


def raw(*data: bytes, wait: bool = False) -> Behaviour:
    """Send this, read what comes if it is to wait for an end of that, and close."""

    def behave(connection: socket.socket) -> None:
        for each in data:
            connection.sendall(each)
        while wait and connection.recv(65536):
            pass

    return behave


def endless(data: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        while True:
            connection.sendall(data)

    return behave


def resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def packet(payload: bytes) -> bytes:
    """A packet as it is before keys are agreed on."""
    padding = 8 - (5 + len(payload)) % 8 + 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


class Interface(paramiko.ServerInterface):
    """Lets everybody in, opens every session, and starts every command."""

    def __init__(self, on_exec: Callable[[paramiko.Channel, bytes], None] | None = None) -> None:
        self.on_exec = on_exec
        self.notified = threading.Event()
        """Set when the client has learned that its command was started."""

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if self.on_exec is None:
            return False
        threading.Thread(target=self._execute, args=(channel, command), daemon=True).start()
        return True

    def _execute(self, channel: paramiko.Channel, command: bytes) -> None:
        assert self.on_exec
        self.notified.wait(5)
        with suppress(OSError, EOFError, paramiko.SSHException):
            self.on_exec(channel, command)


class ClosedInterface(Interface):
    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class Nothing(paramiko.SFTPServerInterface):
    """A file system that takes every file and holds none; ``fault`` is the operation that fails."""

    fault = ""

    def lstat(self, path: str) -> Any:
        return paramiko.SFTP_NO_SUCH_FILE

    def stat(self, path: str) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.stat("/"))

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        return paramiko.SFTP_PERMISSION_DENIED if self.fault == "open" else Sink(self.fault)

    def remove(self, path: str) -> int:
        return paramiko.SFTP_OK


class Sink(paramiko.SFTPHandle):
    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault, self.size = fault, 0

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        return paramiko.SFTP_FAILURE if self.fault == "chmod" else paramiko.SFTP_OK

    def write(self, offset: int, data: bytes) -> int:
        if self.fault == "write":
            return paramiko.SFTP_FAILURE
        self.size += 0 if self.fault == "forget" else len(data)
        return paramiko.SFTP_OK

    def stat(self) -> Any:
        attributes = paramiko.SFTPAttributes()
        attributes.st_size = self.size
        return attributes


def file_system(broken: str) -> type[Nothing]:
    class Broken(Nothing):
        fault = broken

    return Broken


def raw_sftp(answer: Callable[[paramiko.Channel], None]) -> type[paramiko.SubsystemHandler]:
    """An SFTP subsystem that is one function."""

    class Handler(paramiko.SubsystemHandler):
        def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
            with suppress(OSError, EOFError, paramiko.SSHException):
                answer(channel)
            channel.close()

    return Handler


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload) + 1) + byte_chr(kind) + payload


VERSION = frame(CMD_VERSION, struct.pack(">I", 3))


def answering(*frames: bytes) -> Callable[[paramiko.Channel], None]:
    """Answer each packet with the next frame; ``{n}`` in one is the number of the request. Then close."""

    def answer(channel: paramiko.Channel) -> None:
        for each in frames:
            size = struct.unpack(">I", _exactly(channel, 4))[0]
            request = _exactly(channel, size)
            channel.sendall(each.replace(b"{n}", request[1:5]))

    return answer


def _exactly(channel: paramiko.Channel, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (more := channel.recv(size - len(data))):
            raise EOFError
        data += more
    return data


def serving(
    interface: Callable[[], Interface] = Interface,
    sftp: type[paramiko.SubsystemHandler] | None = None,
    files: type[Nothing] = Nothing,
    prepare: Callable[[paramiko.Transport], None] = lambda transport: None,
    key: paramiko.PKey = HOST_KEY,
) -> Behaviour:
    """paramiko's server. ``prepare`` may change its transport before it begins."""

    def behave(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        if sftp:
            transport.set_subsystem_handler("sftp", sftp)
        else:
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
        server = interface()
        _notice(transport, MSG_CHANNEL_SUCCESS, server.notified)
        prepare(transport)
        transport.start_server(server=server)
        transport.join()

    return behave


def _notice(transport: paramiko.Transport, kind: int, sent: threading.Event) -> None:
    """Set the event when the second message of this kind was sent: the first is for SFTP."""
    send, count = transport._send_message, [0]  # type: ignore[attr-defined]

    def noticing(message: paramiko.Message) -> None:
        send(message)
        count[0] += message.asbytes()[0] == kind
        if count[0] > 1:
            sent.set()

    transport._send_message = noticing  # type: ignore[attr-defined]


def running(on_exec: Callable[[paramiko.Channel, bytes], None]) -> Behaviour:
    return serving(lambda: Interface(on_exec))


def sending(kind: int, payload: bytes, *, instead_of: int) -> Callable[[paramiko.Transport], None]:
    """Send this message in place of each of another kind."""

    def prepare(transport: paramiko.Transport) -> None:
        send = transport._send_message  # type: ignore[attr-defined]

        def replaced(message: paramiko.Message) -> None:
            if message.asbytes()[0] == instead_of:
                message = paramiko.Message(bytes([kind]) + payload)
            send(message)

        transport._send_message = replaced  # type: ignore[attr-defined]

    return prepare


class Forger(paramiko.RSAKey):
    """A host key whose signatures are nonsense."""

    def sign_ssh_data(self, data: bytes, algorithm: str | None = None) -> paramiko.Message:
        message = paramiko.Message()
        message.add_string("rsa-sha2-512")
        message.add_string(b"nonsense")
        message.rewind()
        return message


FORGER = Forger(key=HOST_KEY.key)
STATUS, NAME, HANDLE = CMD_STATUS, CMD_NAME, CMD_HANDLE
