"""All that is stored, in memory: ``ports.TableScan``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.ids import plan_of
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.snapshot import Contents


@dataclass(frozen=True, slots=True)
class TableScan:
    rows: Rows

    def everything(self, seen: Callable[[int], None]) -> Contents:
        with self.rows.lock:
            contents = self.of_plans(list(self.rows.plans))
        seen(len(contents.plans) + len(contents.executors))
        return contents

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        with self.rows.lock:
            wanted = set(plan_ids)
            return Contents(
                plans={id: _outline(plan) for id, plan in self.rows.plans.items() if id in wanted},
                executors={id: _bare(each) for id, each in self.rows.executors.items() if each.plan_id in wanted},
                unsynced={id: at for id, (at, _) in self.rows.unsynced.items() if plan_of(id) in wanted},
                half_deleted={id: at for id, at in self.rows.deleted_at.items() if id in wanted - self.rows.finalized},
            )


def _outline(plan: Plan) -> Plan:
    return replace(plan, attack={}, planner={})


def _bare(executor: Executor) -> Executor:
    return replace(executor, attack=None, outcome=None, error=None, prepared=None)
