"""Another cloud's API on loopback, by TLS, under whatever name a client asks for.

Its name server is ``lookup``; its certificates are signed, one for each name, by an authority of its own.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[[str, str], tuple[int, dict[str, str], bytes | Iterable[bytes]]]
"""What the cloud answers to a method and a path: status, headers and body, which may come in parts, without end."""


class Authority:
    """A certificate authority whose certificates for servers all have one key."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, ssl.SSLContext] = {}
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
        self._name = name
        own = self._certificate(name).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def _certificate(self, subject: x509.Name) -> x509.CertificateBuilder:
        now, number = datetime.now(UTC), x509.random_serial_number()
        until = now + timedelta(days=2)
        return x509.CertificateBuilder(
            self._name, subject, self._key.public_key(), number, now - timedelta(days=1), until
        ).add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)

    def context(self, name: str) -> ssl.SSLContext:
        """Return what a server of this name speaks TLS with."""
        if name not in self._contexts:
            subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cloud")])
            names = x509.SubjectAlternativeName([x509.DNSName(name)])
            made = self._certificate(subject).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
            file = self._folder / f"{len(self._contexts)}.pem"
            private = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            file.write_bytes(private + made.public_bytes(Encoding.PEM))
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(file)
            self._contexts[name] = context
        return self._contexts[name]


@dataclass
class OtherCloud:
    """The server: ``asked`` is what came, as method and path."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def lookup(self, host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        """Answer every name with this server."""
        self.names.append(host)
        return socket.getaddrinfo("127.0.0.1", self.port, **options)


@contextmanager
def other_cloud(authority: Authority, answer: Answer) -> Iterator[OtherCloud]:
    """Serve, until the end of the block, what ``answer`` gives."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.asked.append((str(self.command), self.path))
            status, headers, body = answer(str(self.command), self.path)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                body = [body]
            self.end_headers()
            for part in body:
                self.wfile.write(part)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            connection, address = super().get_request()
            connection.settimeout(10)
            return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    def named(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = authority.context(name or "localhost")

    context = authority.context("localhost")
    context.sni_callback = named
    server = Server(("127.0.0.1", 0), Handler)
    made = OtherCloud(int(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
