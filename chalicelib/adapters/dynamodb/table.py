"""The requests made of the table: each is repeated while AWS is busy, and fails as ``Refused`` or ``Unavailable``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.response_validation import refuse_unreadable_answers, require_field
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.layout import Layout
from chalicelib.adapters.dynamodb.row import Row, rows_of
from chalicelib.config.settings import Settings
from chalicelib.domain.unavailable import Unavailable

if TYPE_CHECKING:
    from botocore.session import Session

_BATCH = 25  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
_ALL_OLD = "ALL_OLD"  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Update.html

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One item's part in a transaction. DynamoDB returns an item that is ``shown`` when it refuses the change, at no
    cost."""

    key: Key
    actions: Sequence[Action]
    condition: Condition | None
    shown: bool = False


class Table:
    """One table at one endpoint. The client is made here, once, because botocore's making of it is not thread safe."""

    def __init__(
        self,
        settings: Settings,
        *,
        region: str | None,
        endpoint: str | None,
        backoff: Backoff,
        session: "Session | None" = None,
    ) -> None:
        self.layout = Layout(shards=settings.list_shards, retention=timedelta(days=settings.retention_days))
        self.width = settings.parallel_requests
        self.rows = rows_of(settings.table, connections=self.width, region=region, endpoint=endpoint)
        self.backoff = backoff
        self._name = settings.table
        self._connection = self.rows._get_connection()
        if session is not None:  # pynamodb makes one of its own, and has no argument for another
            self._connection.connection._local.session = session
        self.client: Any = self._connection.connection.client
        refuse_unreadable_answers(self.client)

    def update(self, operation: str, change: Change) -> Row:
        """Return the row as it is after the change."""
        row = self.rows(*change.key)
        self.backoff.call(operation, row.update, list(change.actions), change.condition)
        return row

    def delete(self, operation: str, key: Key, condition: Condition | None = None) -> None:
        self.backoff.call(operation, self.rows(*key).delete, condition)

    def together(
        self,
        operation: str,
        *changes: Change,
        put: Row | None = None,
        new: Sequence[Row] = (),
        check: tuple[Key, Condition] | None = None,
    ) -> None:
        """Make all the changes or none, put the row with them, and require that some rows are not there yet.

        ``check`` is a condition on a row that does not change; where it fails, the refusal shows that row. botocore
        gives each attempt a token of its own. After a lost answer DynamoDB refuses the next attempt, and the caller
        recognizes its own write.
        """

        def commit() -> None:
            with TransactWrite(connection=self._connection.connection) as transaction:
                for change in changes:
                    row, shown = self.rows(*change.key), _ALL_OLD if change.shown else None
                    transaction.update(row, list(change.actions), condition=change.condition, return_values=shown)
                if put is not None:
                    transaction.save(put)
                for row in new:
                    transaction.save(row, condition=Row.pk.does_not_exist())
                if check is not None:
                    transaction.condition_check(self.rows, *check[0], condition=check[1])
                    [checked] = transaction._condition_check_items  # pynamodb has no argument for it
                    checked["ReturnValuesOnConditionCheckFailure"] = _ALL_OLD

        self.backoff.call(operation, commit)

    def shown(self, refused: Refused) -> dict[Key, Row]:
        """Return the rows that hindered a transaction, by key; none where there was another hindrance beside."""
        rows = (self.rows.from_raw_data(dict(item)) for item in refused.items or ())
        return {(row.pk, row.sk): row for row in rows}

    def get(self, operation: str, *keys: Key) -> dict[Key, Row]:
        """Return the rows there are, as of now, in one request for all keys (if AWS answers them all at once)."""
        found: list[Row] = []
        wanted: list[Any] = [{"pk": pk, "sk": sk} for pk, sk in keys]
        for attempt in range(self.backoff.tries):
            read = require_field("Responses", self._connection.batch_get_item)
            answer = self.backoff.call(operation, read, keys=wanted, consistent_read=True)
            found += (self.rows.from_raw_data(item) for item in answer["Responses"].get(self._name, ()))
            wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not wanted:
                return {(row.pk, row.sk): row for row in found}
            if not self.backoff.pause(attempt):
                break
        raise Unavailable(operation, throttled=True)

    def partition(self, operation: str, plan_id: str, *, wanted: Sequence[str] | None = None) -> list[Row]:
        """Return every row of a plan, as of now; only the attributes ``wanted``, if any are named."""
        names = None if wanted is None else list(wanted)  # pynamodb takes a tuple for one name
        return self._all(operation, self.rows.query(plan_id, consistent_read=True, attributes_to_get=names))

    def index(
        self, operation: str, index: str, key: str, condition: Condition | None, *, limit: int, newest: bool
    ) -> list[Row]:
        """Return the first rows of one partition of an index, by position."""
        query = self.rows.query(
            key, range_key_condition=condition, index_name=index, limit=limit, scan_index_forward=not newest
        )
        return self._all(operation, query)

    def scan(self, operation: str, segment: int, segments: int, wanted: Sequence[str]) -> Iterator[list[Row]]:
        """Yield the rows of one of so many parts of the table, page by page, each as of now: only the attributes
        wanted."""
        after: Any = None
        while True:
            page = self.backoff.call(
                operation,
                self._connection.scan,
                attributes_to_get=list(wanted),
                segment=segment,
                total_segments=segments,
                exclusive_start_key=after,
                consistent_read=True,
            )
            yield [self.rows.from_raw_data(item) for item in page["Items"]]
            after = page.get("LastEvaluatedKey")
            if not after:
                return

    def newest(self, operation: str, pk: str, *, before: str | None, limit: int) -> list[Row]:
        """Return a partition's rows from its end backwards, those before that sort key if one is given, as of now."""
        earlier = None if before is None else Row.sk < before
        query = self.rows.query(
            pk, range_key_condition=earlier, limit=limit, scan_index_forward=False, consistent_read=True
        )
        return self._all(operation, query)

    def write_all(self, operation: str, *, put: Iterable[Row] = (), delete: Iterable[Key] = ()) -> None:
        """Put and delete rows without a condition, 25 a request, in parallel. After a failure some may be done."""
        writes: list[dict[str, Any]] = [{"PutRequest": {"Item": row.serialize()}} for row in put]
        writes += ({"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in delete)
        batches = [writes[start : start + _BATCH] for start in range(0, len(writes), _BATCH)]
        in_parallel(lambda batch: self._write(operation, batch), batches, width=self.width)

    def _all(self, operation: str, query: ResultIterator[Row]) -> list[Row]:
        """Yield every row of a query: one request for each MB, of which each may be repeated, and begins in time."""
        rows = []
        while (row := self.backoff.call(operation, next, query, None)) is not None:
            rows.append(row)
        return rows

    def _write(self, operation: str, batch: list[dict[str, Any]]) -> None:
        for attempt in range(self.backoff.tries):
            puts = [write["PutRequest"]["Item"] for write in batch if "PutRequest" in write]
            deletes = [write["DeleteRequest"]["Key"] for write in batch if "DeleteRequest" in write]
            answer = self.backoff.call(operation, self._connection.batch_write_item, puts, deletes)
            batch = answer.get("UnprocessedItems", {}).get(self._name, [])
            if not batch:
                return
            if not self.backoff.pause(attempt):
                break
        raise Unavailable(operation, throttled=True)
