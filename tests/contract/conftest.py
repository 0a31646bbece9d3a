"""One suite over every adapter: what takes a ``store`` or a ``stage`` runs on memory and on MiniStack.

The slow suites run it on moto too, a second emulator, which is stricter in places.
"""

import os
from collections.abc import Iterator
from itertools import count

import pytest
import pytz

from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.memory.store import MemoryStore
from chalicelib.config.settings import Settings
from tests.contract import endpoints
from tests.contract.builders import NOW, SetClock

REGION = "eu-west-1"
BACKENDS = ("memory", *endpoints.EMULATORS)
_serial = count(1)

Store = MemoryStore | DynamoStore


@pytest.fixture(scope="session", autouse=True)
def credentials() -> None:
    """Of nobody. The contract suite speaks to loopback only."""
    os.environ.update(AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing", AWS_DEFAULT_REGION=REGION)
    os.environ.pop("AWS_ENDPOINT_URL", None)


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    with endpoints.moto() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ministack_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = endpoints.find_ministack()
    if program is None:
        pytest.skip("MiniStack is not installed: `make run` or `make test` puts it in .local/, or name it by MINISTACK")
    with endpoints.ministack(program, tmp_path_factory.mktemp("ministack")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def shared_clock() -> SetClock:
    return SetClock()


@pytest.fixture
def clock(shared_clock: SetClock) -> SetClock:
    shared_clock.now = NOW
    return shared_clock


@pytest.fixture
def settings() -> Settings:
    """Names of their own for every test, so that the emulators need not be emptied."""
    return Settings(stage=f"contract{next(_serial)}", timezone=pytz.timezone("Europe/Madrid"))


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def endpoint(backend: str, request: pytest.FixtureRequest) -> str | None:
    """Where the backend listens; None for memory."""
    return None if backend == "memory" else str(request.getfixturevalue(f"{backend}_endpoint"))


@pytest.fixture(scope="session")
def dynamo_stores(shared_clock: SetClock) -> dict[tuple[str, int], DynamoStore]:
    """One store per endpoint and number of shards: a client takes longer to make than a test to run."""
    return {}


@pytest.fixture
def store(
    endpoint: str | None, settings: Settings, clock: SetClock, dynamo_stores: dict[tuple[str, int], DynamoStore]
) -> Iterator[Store]:
    if endpoint is None:
        yield MemoryStore(clock)
    else:
        key = (endpoint, settings.list_shards)
        dynamo_store = dynamo_stores[key] = dynamo_stores.get(key) or dynamo(settings, clock, endpoint)
        yield dynamo_store
        empty(dynamo_store)


def dynamo(settings: Settings, clock: SetClock, endpoint: str, backoff: Backoff | None = None) -> DynamoStore:
    """A store on a table of its own, made from the store's own description of it."""
    store = DynamoStore(settings, clock, endpoint=endpoint, backoff=backoff or Backoff(shortest=0.002, longest=0.05))
    store.table.rows.create_table(wait=True)
    return store


def empty(store: DynamoStore) -> None:
    rows = store.table.rows.scan(attributes_to_get=["pk", "sk"], consistent_read=True)
    store.table.write_all("emptying the table", delete=[(row.pk, row.sk) for row in rows])
