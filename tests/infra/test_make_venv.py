"""The environments are made from what is locked, whatever else the index has by then."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.packaging.package import ROOT
from tests.infra.shelf import put

pytestmark = pytest.mark.long
LOCKED = "part==1.0 --hash=sha256:{}\nwhole==1.0 --hash=sha256:{}\n"


@dataclass(frozen=True)
class Made:
    """A call that made some environments and failed at one."""

    project: Path
    shelf: Path
    status: int
    output: str


def make_venvs(project: Path, shelf: Path, *environments: str) -> Made:
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}
    command = [sys.executable, str(ROOT / "infra" / "local" / "make_venv.py"), *environments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    return Made(project, shelf, done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project, shelf = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("shelf")
    part, whole = put(shelf, "part", "1.0"), put(shelf, "whole", "1.0", "part[extra]>=1.0")
    lacking = put(shelf, "lacking", "1.0", "part", "forgotten")
    put(shelf, "part", "1.1")
    (project / "locked.txt").write_text(LOCKED.format(part, whole))
    (project / "lacking.txt").write_text(LOCKED.format(part, lacking).replace("whole", "lacking"))
    return make_venvs(project, shelf, "env=locked.txt", "other=lacking.txt", "bare")


def test_a_release_newer_than_the_lock_is_not_asked_for_even_by_an_extra(made: Made) -> None:
    [installed] = (made.project / "env").glob("lib/*/site-packages/part-*.dist-info")
    assert installed.name == "part-1.0.dist-info"


def test_a_lock_that_lacks_what_a_package_needs_makes_no_environment(made: Made) -> None:
    assert made.status == 1
    assert "lacking 1.0 requires forgotten, which is not installed" in made.output
    assert "other cannot be made: other/bin/python -m pip" in made.output
    assert not (made.project / "other" / "stamp").exists()


def test_an_environment_without_requirements_has_not_even_pip(made: Made) -> None:
    assert (made.project / "bare" / "stamp").exists()
    assert not list((made.project / "bare").glob("lib/*/site-packages/pip*"))


def test_an_environment_that_is_complete_is_left_alone(made: Made) -> None:
    """pip would fail here: its index is empty."""
    before = (made.project / "env" / "stamp").stat().st_mtime_ns
    again = make_venvs(made.project, made.project / "nowhere", "env=locked.txt", "bare")
    assert again.status == 0, again.output
    assert (made.project / "env" / "stamp").stat().st_mtime_ns == before
