"""The two emulators, on loopback: moto in this process, MiniStack in one of its own."""

import os
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).parents[2]
EMULATORS = (pytest.param("moto", marks=pytest.mark.long), "ministack")


class OneAtATime:
    """moto's transactions copy whole tables and put them back, so two at once would undo each other."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lock = Lock()

    def __call__(self, environment: Any, start_response: Any) -> Iterable[bytes]:
        with self._lock:
            return list(self._application(environment, start_response))


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def moto() -> Iterator[str]:
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def find_ministack() -> Path | None:
    """MiniStack's program: named by MINISTACK, or in the virtual environment the project makes for it."""
    program = Path(os.environ.get("MINISTACK", ROOT / ".local/ministack-venv/bin/ministack"))
    return program if program.is_file() else None


@contextmanager
def ministack(program: Path, folder: Path) -> Iterator[str]:
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    process = subprocess.Popen(
        [program], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    patience = Timer(60, process.kill)
    patience.start()
    try:
        if not any("Running on" in line for line in process.stdout):
            raise RuntimeError(f"{program} did not start")
        patience.cancel()
        Thread(target=process.stdout.read, daemon=True).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        patience.cancel()
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
