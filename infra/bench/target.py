"""What the attacks of a bench hit: an HTTP server on loopback that notes when."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

from infra.errors import InfraError

LONGEST_WAIT = 60.0


class Target:
    """Notes the instants of its requests, by ``time.perf_counter``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.hits: Queue[float] = Queue()

    @property
    def attack(self) -> dict[str, Any]:
        """One request to it."""
        return {
            "ref": "api_request:ApiRequest",
            "args": {"endpoint": f"http://127.0.0.1:{self.port}/", "method": "GET"},
        }

    @contextmanager
    def awaited(self) -> Iterator[Callable[[], float]]:
        """Gives what waits for the next hit and tells its instant. Raises ``InfraError`` where there is none."""
        while not self.hits.empty():
            self.hits.get_nowait()
        yield self.next

    def next(self) -> float:
        """The instant of the next hit. Raises ``InfraError`` where there is none."""
        try:
            return self.hits.get(timeout=LONGEST_WAIT)
        except Empty:
            raise InfraError(f"No attack reached its target within {LONGEST_WAIT:.0f} s") from None


@contextmanager
def listening() -> Iterator[Target]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target.hits.put(time.perf_counter())
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    target = Target(server.server_port)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
