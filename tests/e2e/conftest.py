"""One local engine for all end-to-end tests: the packaged functions in the local AWS, as `make run` starts it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.child import Child, RunningEngine
from infra.local.emulator import LAMBDA_PYTHON, PYTHON
from tests.e2e.probe import AskAll, probing
from tests.e2e.whole import restore
from tests.e2e.wishes import Plans


@pytest.fixture(scope="session")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """The process of the shared engine, running."""
    if not (PYTHON.exists() and LAMBDA_PYTHON.exists()):
        pytest.skip("the local AWS is not installed: `make run` or `make test` does that")
    child = Child(tmp_path_factory.mktemp("engine"))
    with (child.folder / "output.log").open("wb") as output:
        child.start(output)
    try:
        yield child
    finally:
        child.stop()


@pytest.fixture
def stack(child: Child) -> RunningEngine:
    """The shared engine, where it is now: a test may have stopped and started it."""
    return RunningEngine(child.run_file)


@pytest.fixture
def plans(stack: RunningEngine) -> Iterator[Plans]:
    """Makes plans and fleets, which are gone after the test."""
    made = Plans(stack)
    yield made
    made.clear()


@pytest.fixture
def restored(stack: RunningEngine) -> Iterator[None]:
    """The shared engine is given back as it was."""
    yield
    restore(stack)


@pytest.fixture(scope="module")
def ask_all(child: Child) -> Iterator[AskAll]:
    """Makes AWS calls with the roles of the deployed functions."""
    with probing(RunningEngine(child.run_file).client("lambda")) as ask_all:
        yield ask_all


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Makes engines of a test's own, in folders of their own; none outlives the test."""
    made: list[Child] = []

    def make(**options: object) -> Child:
        made.append(Child(tmp_path / f"engine{len(made)}", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for child in made:
        child.stop()
