"""What the unit tests share: worlds that nothing has happened in, and packages of plugins made for one test."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.unit.world import World, world

settings.register_profile(
    "quick", max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("quick")


@pytest.fixture
def new() -> World:
    """A world with the samples' plugins."""
    return world()


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
