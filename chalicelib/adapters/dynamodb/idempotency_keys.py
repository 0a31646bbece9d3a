"""Look up and release idempotency keys in DynamoDB: ``ports.IdempotencyKeys``."""

from contextlib import suppress
from dataclasses import dataclass

from chalicelib.adapters.aws.errors import Refused
from chalicelib.adapters.dynamodb.fields import Malformed, text
from chalicelib.adapters.dynamodb.layout import request_key
from chalicelib.adapters.dynamodb.plans import read_plan
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.broken import Broken, Kind
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.idempotency_key import IdempotencyRecord

_LOOKS = 3


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    table: Table

    def made_with(self, key_id: str) -> IdempotencyRecord | None:
        """Ask in two requests, since the first says where the second looks. A plan that has gone in between was erased,
        and its key before it: so look again."""
        operation, key = "looking for what the key made", request_key(key_id)
        made = None
        for _ in range(_LOOKS):
            row = self.table.get(operation, key).get(key)
            if row is None:
                return None
            try:
                body, plan_id = text(row, "body"), text(row, "plan_id")
            except Malformed as error:
                raise Unreadable(Broken(kind=Kind.KEY, id=key_id, plan_id=None, problem=str(error))) from None
            made = IdempotencyRecord(body=body, plan=read_plan(self.table, operation, plan_id))
            if made.plan:
                break
        return made

    def release(self, key_id: str, plan_id: str) -> None:
        ours = Row.pk.does_not_exist() | (Row.plan_id == plan_id)
        with suppress(Refused):
            self.table.delete("releasing the key", request_key(key_id), ours)
