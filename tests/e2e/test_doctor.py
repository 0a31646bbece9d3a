"""``make doctor`` looks at the running local engine."""

import os
import subprocess
import sys
from pathlib import Path

from infra.doctor.checkup import FIRST, THEN
from infra.local.child import Child
from infra.local.place import from_environment
from infra.local.redeploy import broken
from infra.packaging.package import ROOT


def doctor(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.doctor.checkup", "local"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_running_engine_is_well(child: Child) -> None:
    done = doctor(child.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok      ") == len(done.stdout.splitlines()) == len(FIRST) + len(THEN)


def test_where_none_runs_it_says_so(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == 1
    assert done.stderr == "No engine is running here: start one with make run, and call make doctor beside it\n"


def test_no_plugin_of_the_running_engine_is_broken(child: Child) -> None:
    environment = {"LOCAL_DIR": str(child.folder), "AWS_PORT": str(child.aws_port)}
    assert list(broken(from_environment(environment))) == []
