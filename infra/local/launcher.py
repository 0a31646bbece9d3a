"""MiniStack as this project wants it. Runs in MiniStack's own virtual environment, started by `emulator.py`.

It differs from the ``ministack`` command in this: one-time schedules fire within a second of their time, not ten; the
Lambda functions run in a bare Python, so that a library missing from the package is missing here too, and their
archives are unzipped once (`unzipped.py`); a policy can name the group of a schedule; the name ``localhost`` leads to
the API as 127.0.0.1 does; and when whoever started it is gone, it saves its state and ends.
"""

import os
import signal
import sys
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ministack.app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import scheduler

from infra.local.unzipped import UnzippedOnce

SECONDS_BETWEEN_SWEEPS = 1


def end_with_parent() -> None:
    """The parent holds the other end of stdin and never writes: its end is the parent's end.

    Read without a buffer: Python could not end properly while a thread holds a buffer's lock.
    """
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def run_functions_in(interpreter: str) -> None:
    """Let MiniStack start the Lambda functions' processes with that Python instead of its own."""
    original = lambda_runtime._detect_runtime_binary

    def detect(runtime: str) -> tuple[str, str]:
        binary, worker = original(runtime)
        return (interpreter if binary == sys.executable else binary), worker

    lambda_runtime._detect_runtime_binary = detect


def unzip_functions_once(shared: Path) -> None:
    """Keep what the functions' processes read in one place, from one start to the next."""
    UnzippedOnce.shared = shared
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": UnzippedOnce})


def name_groups_of_schedules() -> None:
    """To IAM, every schedule of MiniStack is in the group "default"; on AWS its ARN names its own."""
    original = iam_actions.extract_resource_arn

    def extract(service: str, *request: Any) -> Any:
        arn = original(service, *request)
        if service == "scheduler" and ":schedule/default/" in arn:
            _, _, _, body, query, *_ = request
            group = iam_actions._query_param(query, "groupName") or iam_actions._safe_json_field(body, "GroupName")
            return arn.replace(":schedule/default/", f":schedule/{group or 'default'}/")
        return arn

    iam_actions.extract_resource_arn = extract


def let_localhost_be(domain: str) -> None:
    """MiniStack takes no name without a dot for a custom domain."""
    original = ministack.app._resolve_custom_domain_request

    def resolve(host: str, path: str) -> Any:
        name, _, port = host.partition(":")
        return original(f"{domain}:{port}" if name == "localhost" else host, path)

    ministack.app._resolve_custom_domain_request = resolve


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    scheduler._SCHEDULE_TICK_INTERVAL = SECONDS_BETWEEN_SWEEPS
    run_functions_in(os.environ["LAMBDA_PYTHON"])
    unzip_functions_once(Path(os.environ["LAMBDA_UNZIPPED"]))
    name_groups_of_schedules()
    let_localhost_be("127.0.0.1")
    ministack.app.main()
