"""What the unit tests share."""

import pytest

from tests.unit import profile as profile
from tests.unit.packages import package as package
from tests.unit.world import World, world


@pytest.fixture
def new() -> World:
    """A world with the samples' plugins, where nothing has happened yet."""
    return world()
