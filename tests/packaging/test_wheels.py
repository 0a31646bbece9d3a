"""The dependencies of the package are those whose hashes requirements.txt names, whichever form Lambda needs."""

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from infra.errors import InfraError
from infra.local.bring_up import BUILD
from infra.packaging.package import ROOT
from infra.packaging.requirement_files import HASH, pinned
from infra.packaging.wheels import fetch, only
from tests.packaging.conftest import Package

NAME = "only_here-1.0.tar.gz"
SOURCES = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "setup.cfg": "[metadata]\nname = only_here\nversion = 1.0\n[options]\npy_modules = only_here\n",
    "only_here.py": "here = True\n",
    "PKG-INFO": "Metadata-Version: 2.1\nName: only_here\nVersion: 1.0\n",
}
"""A package of Python alone that has no wheel, and is in no index."""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip finds, in the place of an index: that package."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    with tarfile.open(folder / NAME, "w:gz") as archive:
        for name, text in SOURCES.items():
            entry = tarfile.TarInfo(f"only_here-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def requirements(shelf: Path, digest: str | None) -> Path:
    """Its own requirements.txt."""
    path = shelf.parent / "requirements.txt"
    path.write_text("only-here==1.0" + (f" --hash=sha256:{digest}" if digest else "") + "\n")
    return path


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_that_chalice_may_choose_from_has_a_hash_of_requirements_txt(packaged: Package) -> None:
    known = {found.removeprefix("--hash=sha256:") for found in HASH.findall((ROOT / "requirements.txt").read_text())}
    files = list(fetch(ROOT / "requirements.txt", BUILD / "wheels").iterdir())
    assert len(files) >= len(pinned((ROOT / "requirements.txt").read_text()))
    assert {path.name for path in files if digest_of(path) not in known} == set()


def test_the_layer_holds_each_release_that_is_pinned_and_no_other(packaged: Package) -> None:
    """But for Chalice's own runtime, which is no release."""
    site = next(packaged.layer.glob("python/lib/python3.*/site-packages"))
    found = {path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")}
    pins = pinned((ROOT / "requirements.txt").read_text())
    wanted = {f"{name.replace('-', '_')}-{pin.version}" for name, pin in pins.items()}
    assert {name.lower() for name in found} <= wanted
    assert {f"cryptography-{pins['cryptography'].version}", f"boto3-{pins['boto3'].version}"} <= found


def test_a_file_of_another_hash_is_refused(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="THESE PACKAGES DO NOT MATCH THE HASHES"):
        fetch(requirements(shelf, "0" * 64), tmp_path / "wheels")


def test_a_requirement_without_a_hash_is_refused(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="Hashes are required"):
        fetch(requirements(shelf, None), tmp_path / "wheels")


def test_what_was_refused_once_is_asked_for_again(shelf: Path, tmp_path: Path) -> None:
    path = requirements(shelf, digest_of(shelf / NAME))
    (shelf / NAME).rename(tmp_path / NAME)
    with pytest.raises(InfraError, match="No matching distribution"):
        fetch(path, tmp_path / "wheels")
    (tmp_path / NAME).rename(shelf / NAME)
    assert [found.name for found in fetch(path, tmp_path / "wheels").iterdir()] == [NAME]


def test_what_was_checked_is_not_downloaded_again(shelf: Path, tmp_path: Path) -> None:
    path = requirements(shelf, digest_of(shelf / NAME))
    first = fetch(path, tmp_path / "wheels")
    (shelf / NAME).unlink()
    assert fetch(path, tmp_path / "wheels") == first


def test_chalices_pip_builds_what_has_no_wheel_from_that_folder_alone(shelf: Path, tmp_path: Path) -> None:
    folder = fetch(requirements(shelf, digest_of(shelf / NAME)), tmp_path / "wheels")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **only(folder)}
    pip = [sys.executable, "-m", "pip"]
    made = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path / "built"), str(folder / NAME)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert [path.name for path in (tmp_path / "built").iterdir()] == ["only_here-1.0-py3-none-any.whl"]
    other = subprocess.run([*pip, "download", "six"], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert other.returncode != 0
