"""Look up and release idempotency keys in memory: ``ports.IdempotencyKeys``."""

from dataclasses import dataclass

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.idempotency_key import IdempotencyRecord


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    rows: Rows

    def made_with(self, key_id: str) -> IdempotencyRecord | None:
        with self.rows.lock:
            plan_id, body = self.rows.keys.get(key_id, (None, ""))
            return None if plan_id is None else IdempotencyRecord(body=body, plan=self.rows.plans.get(plan_id))

    def release(self, key_id: str, plan_id: str) -> None:
        with self.rows.lock:
            if self.rows.keys.get(key_id, (None,))[0] == plan_id:
                del self.rows.keys[key_id]
