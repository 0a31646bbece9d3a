"""Start MiniStack with the changes that this project needs. `emulator.py` runs it in MiniStack's virtual environment.

Unlike the ``ministack`` command it fires one-time schedules within a second of their time, not ten. It runs the Lambda
functions in a bare Python, so that a library missing from the package is missing here too. It unzips their archives
once (`unzipped.py`). It lets policies name the group of a schedule, and takes ``localhost`` for 127.0.0.1. It saves its
state every few seconds (`saving.py`), and once more when its parent process has ended.
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

from infra.local.saving import save_often
from infra.local.unzipped import UnzippedOnce

SECONDS_BETWEEN_SWEEPS = 1


def end_with_parent() -> None:
    """End this process when its parent ends: the parent holds the other end of stdin and never writes.

    The read is unbuffered, because Python could not end properly while a thread holds a buffer's lock.
    """
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def run_functions_in(interpreter: str) -> None:
    """Let MiniStack run the Lambda functions with that Python instead of its own."""
    original = lambda_runtime._detect_runtime_binary

    def detect(runtime: str) -> tuple[str, str]:
        binary, worker = original(runtime)
        return (interpreter if binary == sys.executable else binary), worker

    lambda_runtime._detect_runtime_binary = detect


def unzip_functions_once(shared: Path) -> None:
    """Keep the functions' unzipped archives in one folder, from one start to the next."""
    UnzippedOnce.shared = shared
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": UnzippedOnce})


def name_groups_of_schedules() -> None:
    """Put the group's name into a schedule's ARN, as AWS does: MiniStack's IAM takes every group for "default"."""
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
    """Treat ``localhost`` as that custom domain: MiniStack allows no custom domain without a dot."""
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
    save_often()
    ministack.app.main()
