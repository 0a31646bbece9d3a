"""An EC2 that does what it is asked and does not answer: between the caller and the local AWS, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

LONGEST_WAIT = 60.0
"""Seconds, should a test forget to let the answer go."""


class Withholding:
    """Passes every request on as it is, so that its signature holds. Once the ``action`` was ``done`` its answer is
    kept until it is ``let_go``."""

    def __init__(self, action: str, aws: str) -> None:
        self.action, self.aws = action, urlsplit(aws)
        self.done, self.let_go = Event(), Event()
        self.url = ""

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        there = HTTPConnection(str(self.aws.hostname), self.aws.port, timeout=30)
        try:
            there.request(method, path, body, headers)
            answer = there.getresponse()
            status, said = answer.status, answer.read()
        finally:
            there.close()
        if f"Action={self.action}" in f"{path}&{body.decode()}" and status == 200:
            self.done.set()
            self.let_go.wait(LONGEST_WAIT)
        return status, said


@contextmanager
def withholding(action: str, aws: str) -> Iterator[Withholding]:
    """One that listens; ``aws`` is where the local AWS does."""
    between = Withholding(action, aws)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said = between.pass_on(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who was killed takes no answer
    between.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield between
    finally:
        between.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
