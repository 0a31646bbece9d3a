"""All that is stored, in memory: ``ports.Census``."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from chalicelib.adapters.memory.rows import Rows
from chalicelib.ids import plan_of
from chalicelib.inventory import Contents
from chalicelib.model import Executor, Plan


class Census(Rows):
    def everything(self, seen: Callable[[int], None]) -> Contents:
        with self._lock:
            contents = self.of_plans(list(self._plans))
        seen(len(contents.plans) + len(contents.executors))
        return contents

    def of_plans(self, plan_ids: Iterable[str]) -> Contents:
        with self._lock:
            wanted = set(plan_ids)
            return Contents(
                plans={id: _outline(plan) for id, plan in self._plans.items() if id in wanted},
                executors={id: _bare(each) for id, each in self._executors.items() if each.plan_id in wanted},
                unsettled={id: at for id, (at, _) in self._unsettled.items() if plan_of(id) in wanted},
                unburied={id: at for id, at in self._buried.items() if id in wanted - self._interred},
            )


def _outline(plan: Plan) -> Plan:
    return replace(plan, attack={}, planner={})


def _bare(executor: Executor) -> Executor:
    return replace(executor, attack=None, outcome=None, error=None, prepared=None)
