"""The API over a world that nothing has happened in."""

import pytest

from tests.api.client import Client
from tests.unit import profile as profile
from tests.unit.meddled import MeddledDeliveries, MeddledSchedules, MeddledStore
from tests.unit.packages import package as package
from tests.unit.world import HandClock, World, world


@pytest.fixture
def some() -> World:
    clock = HandClock()
    return world(clock=clock, store=MeddledStore(clock), schedules=MeddledSchedules(), deliveries=MeddledDeliveries())


@pytest.fixture
def api(some: World) -> Client:
    return Client(some)
