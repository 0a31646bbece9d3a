"""``make lock`` with uv itself, on a shelf of made-up packages in the place of an index."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from infra.packaging.lock import check, lock
from infra.packaging.requirement_files import pinned
from tests.infra.shelf import put

ASKED = {
    "requirements.in": "whole~=1.0\n",
    "requirements-run.in": "-r requirements.in\n",
    "requirements-dev.in": "-r requirements-run.in\npart\n",
    "requirements-local.in": "whole\n",
    "requirements-docs.in": "part\n",
}


@contextmanager
def only(shelf: Path) -> Iterator[None]:
    """Let uv find nothing but what is on that shelf."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("FIND_LINKS", str(shelf)), ("NO_INDEX", "1"), ("OFFLINE", "1"), ("NO_CACHE", "1")):
            patch.setenv(f"UV_{name}", value)
        yield


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf and a project, where `whole` 1.0 needs `part` 1.0, and both are locked."""
    folder = tmp_path_factory.mktemp("locked")
    (shelf := folder / "shelf").mkdir()
    (project := folder / "project").mkdir()
    for name, text in ASKED.items():
        (project / name).write_text(text)
    put(shelf, "whole", "1.0", "part", 'elsewhere; sys_platform == "win32"')
    put(shelf, "part", "1.0")
    put(shelf, "elsewhere", "1.0")
    with only(shelf):
        lock(project, [])
    return folder


@pytest.fixture
def project(locked: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the locked project, with a shelf of its own."""
    shutil.copytree(locked, tmp_path, dirs_exist_ok=True)
    with only(tmp_path / "shelf"):
        yield tmp_path / "project"


@pytest.fixture
def shelf(project: Path) -> Path:
    return project.parent / "shelf"


def versions(project: Path, name: str) -> dict[str, str]:
    return {package: pin.version for package, pin in pinned((project / name).read_text()).items()}


def test_every_package_is_pinned_with_the_hash_of_its_file(project: Path, shelf: Path) -> None:
    text = (project / "requirements.txt").read_text()
    assert versions(project, "requirements.txt") == {"whole": "1.0", "part": "1.0", "elsewhere": "1.0"}
    for wheel in shelf.iterdir():
        assert f"--hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}" in text
    assert "elsewhere==1.0 ; sys_platform == 'win32'" in text
    assert check(project) == []


def test_where_the_packages_came_from_is_not_reported(project: Path, shelf: Path) -> None:
    for path in project.glob("*.txt"):
        assert str(shelf.parent) not in path.read_text()
        assert "links" not in path.read_text()


def test_what_fits_stays_until_it_is_to_be_renewed(project: Path, shelf: Path) -> None:
    before = {path.name: path.read_text() for path in project.glob("*.txt")}
    put(shelf, "whole", "1.1", "part")
    put(shelf, "whole", "2.0", "part")
    put(shelf, "part", "1.1")
    lock(project, [])
    assert {path.name: path.read_text() for path in project.glob("*.txt")} == before
    lock(project, ["--upgrade"])
    assert versions(project, "requirements.txt") == {"whole": "1.1", "part": "1.1"}
    assert versions(project, "requirements-dev.txt") == {"whole": "1.1", "part": "1.1"}
    assert versions(project, "requirements-local.txt") == {"whole": "2.0", "part": "1.1"}
    assert check(project) == []


def test_what_cannot_be_had_is_an_error(project: Path) -> None:
    (project / "requirements.in").write_text("whole>=3\n")
    with pytest.raises(subprocess.CalledProcessError):
        lock(project, [])
    assert check(project) == [
        "requirements.txt: whole is 1.0, and whole>=3 is asked for",
        "requirements-run.txt: whole is 1.0, and whole>=3 is asked for",
        "requirements-dev.txt: whole is 1.0, and whole>=3 is asked for",
    ]


def test_two_files_that_pin_a_package_otherwise_are_reported(project: Path) -> None:
    path = project / "requirements-dev.txt"
    path.write_text(path.read_text().replace("part==1.0", "part==1.1"))
    assert check(project) == ["part is 1.0 in one file and 1.1 in the other"]
