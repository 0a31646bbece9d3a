"""Put together the adapters that share one DynamoDB table (docs/adr/0001)."""

from typing import TYPE_CHECKING

from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.claims import Claims
from chalicelib.adapters.dynamodb.controls import Controls
from chalicelib.adapters.dynamodb.executor_rows import ExecutorRows
from chalicelib.adapters.dynamodb.executors import Executors
from chalicelib.adapters.dynamodb.idempotency_keys import IdempotencyKeys
from chalicelib.adapters.dynamodb.listings import Listings
from chalicelib.adapters.dynamodb.plans import Plans
from chalicelib.adapters.dynamodb.runs import Runs
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.dynamodb.table_scan import TableScan
from chalicelib.adapters.dynamodb.uncommitted_plans import UncommittedPlans
from chalicelib.adapters.dynamodb.unfinished import Unfinished
from chalicelib.config.settings import Settings
from chalicelib.ports.services import Clock

if TYPE_CHECKING:
    from botocore.session import Session


class DynamoStore:
    """The adapters of one table, an attribute for each port. Any thread may call any of them.

    ``settings`` name the table, its shards, how long rows are kept and how many requests are made at once. ``clock``
    dates what a move leaves unsynced. Region and endpoint are found in the environment unless they are given. The
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
        self.table = Table(settings, region=region, endpoint=endpoint, backoff=backoff or Backoff(), session=session)
        rows = ExecutorRows(self.table, clock)
        self.plans = Plans(self.table)
        self.keys = IdempotencyKeys(self.table)
        self.uncommitted = UncommittedPlans(self.table, self.keys)
        self.controls = Controls(self.table)
        self.executors = Executors(rows)
        self.claims = Claims(rows)
        self.runs = Runs(rows, self.controls)
        self.listings = Listings(self.table)
        self.unfinished = Unfinished(self.table)
        self.scan = TableScan(self.table)
