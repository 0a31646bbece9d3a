"""Runs that end with the test that started them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts.cases import BUILDERS, Case
from tests.scripts.network import Network, spared
from tests.scripts.runs import Run
from tests.scripts.tools import Tools


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that scripts may write to."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@pytest.fixture
def case(request: pytest.FixtureRequest, place: Path) -> Case:
    return BUILDERS[request.param](request, place)


@pytest.fixture
def network() -> Iterator[Network]:
    reason = spared()
    if reason:
        pytest.skip(reason)
    made = Network()
    yield made
    made.remove()


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start a script, or a case for so many seconds."""
    runs: list[Run] = []

    def start_one(what: "str | Case", *arguments: "str | int", **how: object) -> Run:
        if isinstance(what, Case):
            run = what.start(int(arguments[0]), tmp_path)
        else:
            run = Run(what, *map(str, arguments), folder=tmp_path, **how)  # type: ignore[arg-type]
        runs.append(run)
        return run

    yield start_one
    for run in runs:
        run.kill_all()
