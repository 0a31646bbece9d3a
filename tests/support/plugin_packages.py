"""Packages of plugins made for one test."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Makes a package of the given modules (name: source) and gives its name; it goes with the test."""
    made: list[str] = []

    def make(**modules: str) -> str:
        name = f"plugins_of_a_test_{len(made)}"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(source)
        importlib.invalidate_caches()
        made.append(name)
        return name

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    for name in [loaded for loaded in sys.modules if loaded.partition(".")[0] in made]:
        del sys.modules[name]
