"""What the unit tests share."""

import pytest

from tests.support.plugin_packages import package as package
from tests.support.world import World, world


@pytest.fixture
def new() -> World:
    """A world with the samples' plugins, where nothing has happened yet."""
    return world()
