"""Serve HTTP on loopback: as the target of the bench's attacks, and in AWS's place."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

from infra.errors import InfraError


@contextmanager
def serving(answer: Callable[[], bytes | None]) -> Iterator[str]:
    """Answer every request with the body that ``answer`` returns. Yields the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = answer() or b""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@dataclass(frozen=True, slots=True)
class Target:
    """The target of the attacks, with the instants at which it was hit."""

    attack: dict[str, Any]
    hits: Queue[float]

    def wait(self, began: float) -> float:
        """Wait for the next hit, and return the milliseconds since ``began``. Raises ``InfraError`` if none comes."""
        try:
            return (self.hits.get(timeout=60) - began) * 1000
        except Empty:
            raise InfraError("No attack reached its target within a minute") from None


@contextmanager
def listening() -> Iterator[Target]:
    """Yield a target that listens."""
    hits: Queue[float] = Queue()
    with serving(lambda: hits.put(time.perf_counter())) as address:
        yield Target({"ref": "api_request:ApiRequest", "args": {"endpoint": address, "method": "GET"}}, hits)
