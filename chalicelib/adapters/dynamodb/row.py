"""The table: its keys, its two sparse indexes, and every attribute a row may have (docs/adr/0001)."""

from collections.abc import Mapping
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.adapters.aws import timeouts
from chalicelib.adapters.dynamodb.attributes import DuesAttribute, InstantAttribute, JSONTextAttribute

UNREADABLE = (TypeError, ValueError, OverflowError, OSError, RecursionError)
"""The errors of decoding an attribute that the engine did not write."""


class ListedIndex(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]  # its __class_getitem__ has no types
    """The index of the lists of everything: active plans, executors that were not deleted."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class StateIndex(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]  # its __class_getitem__ has no types
    """The index by state: open plans and executors for the short lists, the rest for the sweep."""

    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    state_key = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class Row(Model):
    """A plan, an executor, the note that an executor's schedule is unsynced, the key of a request, or what is set for
    the whole engine."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    listed = UnicodeAttribute(null=True)
    state_key = UnicodeAttribute(null=True)
    position = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)
    by_list = ListedIndex()
    by_state = StateIndex()

    name = UnicodeAttribute(null=True)
    attack = JSONTextAttribute(null=True)

    state = UnicodeAttribute(null=True)
    created = InstantAttribute(null=True)
    planner = JSONTextAttribute(null=True)
    mode = UnicodeAttribute(null=True)
    guards = JSONTextAttribute(null=True)
    undoable = BooleanAttribute(null=True)
    secrets_of = UnicodeAttribute(null=True)
    dues = DuesAttribute(null=True)
    remaining = NumberAttribute(null=True)
    running = NumberAttribute(null=True)
    erasing = BooleanAttribute(null=True)
    deleted_at = UnicodeAttribute(null=True)  # to the microsecond: so no two deletions are the same
    request_key = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute(null=True)

    plan_id = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)

    status = UnicodeAttribute(null=True)
    due = InstantAttribute(null=True)
    delivered = InstantAttribute(null=True)
    deliveries = NumberAttribute(null=True)
    last_refused = UnicodeAttribute(null=True)
    run_id = UnicodeAttribute(null=True)
    run_request = UnicodeAttribute(null=True)
    run_seed = NumberAttribute(null=True)
    run_started = InstantAttribute(null=True)
    run_lease_until = InstantAttribute(null=True)
    began = InstantAttribute(null=True)
    prepared = JSONTextAttribute(null=True)
    undo = UnicodeAttribute(null=True)
    undoes = UnicodeAttribute(null=True)
    attempts = NumberAttribute(null=True)
    finished = InstantAttribute(null=True)
    outcome = JSONTextAttribute(null=True)
    error_type = UnicodeAttribute(null=True)
    error_message = UnicodeAttribute(null=True)
    deleted = BooleanAttribute(null=True)
    changed_by = UnicodeAttribute(null=True)
    deleted_by = UnicodeAttribute(null=True)

    version = NumberAttribute(null=True)
    control = JSONTextAttribute(null=True)
    lever = JSONTextAttribute(null=True)
    halted = BooleanAttribute(null=True)
    frozen_from = InstantAttribute(null=True)
    frozen_until = InstantAttribute(null=True)
    by = UnicodeAttribute(null=True)
    made = NumberAttribute(null=True)
    last = InstantAttribute(null=True)

    problems: Mapping[str, str] = {}
    """Attributes that the table holds in a form that the engine does not write, and what is wrong with each."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Return the row in an answer of DynamoDB. An attribute that cannot be read is left out: see ``problems``."""
        try:
            return super().from_raw_data(data)
        except UNREADABLE:
            readable, problems = cls._readable(data)
            row = super().from_raw_data(readable)
            row.problems = problems
            return row

    def deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        """Take over the attributes in the answer to an update, as ``from_raw_data`` does."""
        self.problems = {}
        try:
            super().deserialize(attribute_values)
        except UNREADABLE:
            readable, self.problems = self._readable(attribute_values)
            super().deserialize(readable)

    @classmethod
    def _readable(cls, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        problems = {}
        for name, attribute in cls.get_attributes().items():
            raw = data.get(attribute.attr_name)
            if raw is None or "NULL" in raw:
                continue
            try:
                attribute.deserialize(attribute.get_value(raw))
            except TypeError:
                problems[name] = "has the wrong type"
            except UNREADABLE:
                problems[name] = "cannot be decoded"
        return {name: value for name, value in data.items() if name not in problems}, problems


def rows_of(table: str, *, connections: int, region: str | None = None, endpoint: str | None = None) -> type[Row]:
    """Return the rows of one table: a model of its own, so that tables and endpoints can live side by side.

    Without ``region`` and ``endpoint`` botocore finds them in the environment (AWS_DEFAULT_REGION, AWS_ENDPOINT_URL).
    """
    meta: dict[str, Any] = {
        "table_name": table,
        "region": region,
        "host": endpoint,
        "billing_mode": PAY_PER_REQUEST_BILLING_MODE,
        "connect_timeout_seconds": timeouts.CONNECT,
        "read_timeout_seconds": timeouts.READ,
        "max_retry_attempts": 0,  # repeating is Backoff's
        "max_pool_connections": connections,
    }
    return type("Row", (Row,), {"Meta": type("Meta", (), meta), "__module__": __name__})
