"""The API contract, replayed against the deployed engine case by case.

The replay is no part of this repository. CONFORMANCE names its program; without it, ``shared/conformance/replay.py`` is
looked for beside the checkout.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.child import RunningEngine
from infra.packaging.package import ROOT
from tests.conftest import IN_SUMMARY

REPLAY = Path(os.environ.get("CONFORMANCE", ROOT.parent / "shared" / "conformance" / "replay.py"))
SECONDS = 420


def test_the_contract_holds_in_every_case(stack: RunningEngine, record_property: Callable[[str, str], None]) -> None:
    if not REPLAY.exists():
        pytest.skip(f"the contract's replay is not there ({REPLAY}): name its program by CONFORMANCE")
    finished = subprocess.run(
        [sys.executable, str(REPLAY), "--base", stack.run["api"]],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    last = (finished.stdout.strip().splitlines() or [finished.stderr])[-1]
    record_property(IN_SUMMARY, f"replay.py against the deployed engine: {last}")
    assert finished.returncode == 0, finished.stdout[-6000:]
    assert re.search(r"\b0 failed\b", last), last
