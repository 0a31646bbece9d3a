"""Plans and executors as the API shows them: dates in the engine's zone, secrets masked, links that can be followed."""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from chalicelib.api.hal import Links
from chalicelib.api.http import LARGEST_ANSWER
from chalicelib.dates import show
from chalicelib.errors import InvalidRequest
from chalicelib.foresight import DryRun
from chalicelib.guards.held import Held
from chalicelib.masking import masked_config
from chalicelib.model import Config, Executor, Plan
from chalicelib.plugin import Plugin
from chalicelib.registry import Registry
from chalicelib.resolution import Resolution


class Representation:
    """The documents of one engine, in its zone, by its plugins' schemas."""

    def __init__(self, zone: tzinfo, attacks: Registry[Any], planners: Registry[Any]) -> None:
        self._zone, self._attacks, self._planners = zone, attacks, planners

    def plan(self, plan: Plan, links: Links) -> dict[str, Any]:
        """A plan as it stands in a list."""
        itself = links.item("plans", plan.id)
        return {
            "id": plan.id,
            **self.drawn_plan(plan),
            "created_by": plan.created_by,
            "_links": {"self": itself, "update": itself, "delete": itself},
        }

    def plan_with_executors(self, plan: Plan, executors: Sequence[Executor], links: Links) -> dict[str, Any]:
        """A plan that was asked for by its id; its tally is counted from the executors it shows."""
        left = [each for each in executors if not each.status.executed]
        document = self.plan(plan, links)
        document["_links"]["self"] = links.self()
        return {
            **document,
            "executors_count": len(left),
            "executors_total": len(executors),
            "next_execution": self._date(left[0].due if left else None),
            "executed": not left,
            "_embedded": {"executors": _fitting([self.executor(each, links) for each in executors])},
        }

    def drawn_plan(self, plan: Plan) -> dict[str, Any]:
        """A plan without what only a stored one has: id and links."""
        return {
            "name": plan.name,
            "created": self._date(plan.created),
            "executors_count": plan.remaining,
            "executors_total": plan.total,
            "next_execution": self._date(plan.next_due),
            "executed": plan.executed,
            "attack": _shown(plan.attack, self._attacks),
            "planner": _shown(plan.planner, self._planners),
            "mode": str(plan.mode),
            "guards": plan.guards or {},
            **({"warnings": list(plan.warnings)} if plan.warnings else {}),
        }

    def dry_run(self, run: DryRun) -> dict[str, Any]:
        """A plan that would be made, what it could hit now, and what would hold its executors back."""
        guards = run.plan.guards or {}
        likely = {"probability": guards["probability"]} if "probability" in guards else {}
        drawn = [
            {
                "name": each.name,
                "kind": _kind(each),
                "next_run_time": self._date(each.due),
                "held": _held(held),
                **({} if each.undoes else likely),
            }
            for each, held in zip(run.executors, run.held, strict=True)
        ]
        return {**self.drawn_plan(run.plan), "targets": _targets(run.targets), "_embedded": {"executors": drawn}}

    def executor(self, executor: Executor, links: Links) -> dict[str, Any]:
        """An executor and its record."""
        itself = links.item("executors", executor.id)
        error, run = executor.error, executor.run
        return {
            "id": executor.id,
            "plan_id": executor.plan_id,
            "name": executor.name,
            "kind": _kind(executor),
            "next_run_time": self._date(executor.due),
            "executed": executor.status.executed,
            "status": str(executor.status),
            "delivered_at": self._date(executor.delivered),
            "deliveries": executor.deliveries,
            "started_at": self._date(run.started if run else None),
            "finished_at": self._date(executor.finished),
            "outcome": executor.outcome,
            "error": {"type": error.type, "message": error.message} if error else None,
            "seed": run.seed if run else None,
            "request_id": run.request_id if run else None,
            "changed_by": executor.changed_by,
            "_links": {
                "self": itself,
                "plan": links.item("plans", executor.plan_id),
                "update": itself,
                "delete": itself,
                **({"undo": links.item("executors", executor.undo)} if executor.undo else {}),
                **({"undoes": links.item("executors", executor.undoes)} if executor.undoes else {}),
            },
        }

    def _date(self, instant: datetime | None) -> str | None:
        return None if instant is None else show(instant, self._zone)


def _kind(executor: Executor) -> str:
    return "undo" if executor.undoes else "attack"


def _held(held: Held | None) -> dict[str, str] | None:
    return {"guard": held.guard, "reason": held.reason} if held else None


def _targets(found: Resolution) -> dict[str, Any]:
    if found.unknown is not None:
        return {"error" if found.failed else "unknown": found.unknown}
    return {
        "candidates": found.candidates,
        "takes": found.takes,
        "instances": [{"id": target.id, "name": target.name} for target in found.named],
        "spared": dict(found.why_spared),
        "spared_count": found.spared,
        "known": dict(found.known),
    }


def _fitting(executors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The executors of a plan, without what their runs left behind where all of it would not fit in an answer."""
    if sum(len(json.dumps(each)) for each in executors) <= LARGEST_ANSWER:
        return executors
    left_out = {"left_out": "the plan's executors are too large together: follow _links.self"}
    return [
        {
            **each,
            "outcome": each["outcome"] and left_out,
            "error": each["error"] and {**each["error"], "message": each["error"]["message"][:100]},
        }
        for each in executors
    ]


def _shown(config: Config, registry: Registry[Any]) -> Any:
    """A config with its secrets masked, by the plugin's schema where the plugin still loads, by name in any case."""
    try:
        plugin: type[Plugin] = registry.get(config["ref"])
    except InvalidRequest:
        return masked_config(config)
    return masked_config(config, plugin.schema)
