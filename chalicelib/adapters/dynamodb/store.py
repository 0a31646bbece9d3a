"""All the engine knows, in one DynamoDB table (docs/adr/0001)."""

from typing import TYPE_CHECKING

from chalicelib.adapters.backoff import Backoff
from chalicelib.adapters.dynamodb.begin import Begin
from chalicelib.adapters.dynamodb.census import Census
from chalicelib.adapters.dynamodb.controls import Controls
from chalicelib.adapters.dynamodb.executors import Executors
from chalicelib.adapters.dynamodb.listings import Listings
from chalicelib.adapters.dynamodb.plans import Plans
from chalicelib.adapters.dynamodb.runs import Runs
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.dynamodb.unfinished import Unfinished
from chalicelib.ports.services import Clock
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from botocore.session import Session


class DynamoStore(Plans, Executors, Runs, Begin, Listings, Unfinished, Controls, Census):
    """``PlanStore``, ``ExecutorStore``, ``Listings``, ``Runs``, ``Unfinished``, ``Controls`` and ``Census`` in one
    object, for any thread.

    ``settings`` name the table, its shards, how long rows are kept and how many requests are made at once. ``clock``
    dates what a move leaves unsettled. Region and endpoint are found in the environment unless they are given. The
    ``session`` is as for ``clients.client``.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        backoff: Backoff | None = None,
        session: "Session | None" = None,
    ) -> None:
        table = Table(settings, region=region, endpoint=endpoint, backoff=backoff or Backoff(), session=session)
        super().__init__(table, clock)

    @property
    def table(self) -> Table:
        """The requests this store makes, for the tests that create the table and count them."""
        return self._table
