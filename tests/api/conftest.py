"""The API over a world that nothing has happened in."""

import pytest

from tests.api.client import Client
from tests.support.disturbed_adapters import MeddledDeliveries, MeddledSchedules, MeddledStore
from tests.support.plugin_packages import package as package
from tests.support.world import HandClock, World, world


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules(), deliveries=MeddledDeliveries())


@pytest.fixture
def api(some: World) -> Client:
    return Client(some)
