"""An emulated AWS for the proofs: MiniStack, since it answers faster than moto does."""

from itertools import count

import pytest

from tests.contract.conftest import credentials as credentials
from tests.contract.conftest import ministack_endpoint as ministack_endpoint
from tests.reliability.wired import Wired

pytest.register_assert_rewrite(
    *(f"tests.reliability.{name}" for name in ("oracle", "records", "scenarios", "undo_scenarios"))
)
_serial = count(1)


@pytest.fixture
def stage() -> str:
    """A name that no other test has: the emulator need not be emptied."""
    return f"proof{next(_serial)}"


@pytest.fixture
def wired(ministack_endpoint: str, stage: str) -> Wired:
    return Wired(ministack_endpoint, stage)
