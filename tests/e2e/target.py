"""Something to attack: an HTTP server on loopback that counts the requests and lets them wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

LONGEST_WAIT = 60.0
"""Seconds, should a test forget to let them go."""


class Target:
    def __init__(self) -> None:
        self._lock = Lock()
        self.hits = 0
        self.hit = Event()
        self.let_go = Event()
        self.port = 0

    @property
    def attack(self) -> dict[str, Any]:
        """One request to it, made by the attack function."""
        args = {"endpoint": f"http://127.0.0.1:{self.port}/", "method": "POST", "timeout": 60}
        return {"ref": "api_request:ApiRequest", "args": args}

    def receive(self) -> None:
        with self._lock:
            self.hits += 1
        self.hit.set()
        self.let_go.wait(LONGEST_WAIT)


@contextmanager
def listening() -> Iterator[Target]:
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            target.receive()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who was killed takes no answer
    target.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        target.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
