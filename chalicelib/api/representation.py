"""Plans and executors as the API shows them: dates in the engine's zone, secrets masked, links that can be followed."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from chalicelib.api.answer_size import AnswerSize
from chalicelib.api.hal import Links
from chalicelib.domain.broken import Broken
from chalicelib.domain.dates import show
from chalicelib.domain.errors import InvalidRequest, Unreadable
from chalicelib.domain.model import Config, Executor, Plan
from chalicelib.domain.targets import Resolution
from chalicelib.guards.blocked import Blocked
from chalicelib.planning.preview import DryRun
from chalicelib.plugin import Plugin
from chalicelib.plugin.registry import Registry
from chalicelib.secrets.log_redaction import masked_config


class Representation:
    """The documents of one engine, in its zone, by its plugins' schemas."""

    def __init__(self, zone: tzinfo, attacks: Registry[Any], planners: Registry[Any]) -> None:
        self._zone, self._attacks, self._planners = zone, attacks, planners

    def plan(self, plan: Plan, links: Links) -> dict[str, Any]:
        """Return a plan as a list shows it."""
        itself = links.item("plans", plan.id)
        return {
            **_warnings(plan),
            "id": plan.id,
            **self.drawn_plan(plan),
            "created_by": plan.created_by,
            "_links": {"self": itself, "update": itself, "delete": itself},
        }

    def plan_with_executors(self, plan: Plan, executors: Sequence[Executor], links: Links) -> dict[str, Any]:
        """Return a plan as its own page shows it; its counts are those of the executors that it shows."""
        left = [each for each in executors if not each.status.executed]
        document = self.plan(plan, links)
        document["_links"]["self"] = links.self()
        document |= {
            "executors_count": len(left),
            "executors_total": len(executors),
            "next_execution": self._date(left[0].due if left else None),
            "executed": not left,
            **({"broken": broken_rows(plan.broken)} if plan.broken else {}),
        }
        shown = [self.executor(each, links) for each in executors]
        return {**document, "_embedded": {"executors": _fitting(shown, document, _without_its_run)}}

    def drawn_plan(self, plan: Plan) -> dict[str, Any]:
        """Return a plan without id and links, which only a stored plan has. Its ``warnings`` come first."""
        return {
            **_warnings(plan),
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
        }

    def dry_run(self, run: DryRun) -> dict[str, Any]:
        """Return a plan that would be made, its targets now, and the guard that would block each executor."""
        guards = run.plan.guards or {}
        likely = {"probability": guards["probability"]} if "probability" in guards else {}
        drawn = [
            {
                "name": each.name,
                "kind": _kind(each),
                "next_run_time": self._date(each.due),
                "held": _blocked(blocked),
                **({} if each.undoes else likely),
            }
            for each, blocked in zip(run.executors, run.blocked, strict=True)
        ]
        document = {**self.drawn_plan(run.plan), "targets": _targets(run.targets)}
        return {**document, "_embedded": {"executors": _fitting(drawn, document, _without_its_reason)}}

    def executor(self, executor: Executor, links: Links) -> dict[str, Any]:
        """Return an executor and its record."""
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
            **({"warnings": list(executor.warnings)} if executor.warnings else {}),
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


def broken_rows(broken: Sequence[Broken]) -> list[dict[str, str]]:
    """Return stored rows that cannot be read as the API lists them, with what removes them."""
    return [{"kind": each.kind, "id": each.id[:64], "message": str(Unreadable(each))} for each in broken]


def _warnings(plan: Plan) -> dict[str, Any]:
    return {"warnings": list(plan.warnings)} if plan.warnings else {}


def _kind(executor: Executor) -> str:
    return "undo" if executor.undoes else "attack"


def _blocked(blocked: Blocked | None) -> dict[str, str] | None:
    return {"guard": blocked.guard, "reason": blocked.reason} if blocked else None


def _targets(found: Resolution) -> dict[str, Any]:
    if found.unknown is not None:
        return {"error" if found.failed else "unknown": found.unknown}
    return {
        "candidates": found.candidates,
        "takes": found.takes,
        "instances": [{"id": target.id, "name": target.name} for target in found.named],
        "spared": dict(found.spared_because),
        "spared_count": found.spared,
        "known": dict(found.known),
    }


def _fitting(
    executors: list[dict[str, Any]], beside: dict[str, Any], shorten: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the executors that an answer shows ``beside`` the rest of it, each shortened where all of them would not
    fit."""
    size = AnswerSize()
    for part in (beside, *executors):
        size.add(part)
    return [*map(shorten, executors)] if size.is_too_large else executors


def _without_its_run(executor: dict[str, Any]) -> dict[str, Any]:
    """Return the document of an executor without what its run left behind."""
    left_out = {"left_out": "the plan's executors are too large together: follow _links.self"}
    return {
        **executor,
        "outcome": executor["outcome"] and left_out,
        "error": executor["error"] and {**executor["error"], "message": "left out: follow _links.self"},
    }


def _without_its_reason(drawn: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a drawn executor without the words of what holds it back."""
    reason = "left out: the plan's executors are too large together"
    return {**drawn, "held": drawn["held"] and {**drawn["held"], "reason": reason}}


def _shown(config: Config, registry: Registry[Any]) -> Any:
    """Return a config with its secrets masked: by the plugin's schema if the plugin loads, and by name in any case."""
    try:
        plugin: type[Plugin] = registry.get(config["ref"])
    except InvalidRequest:
        return masked_config(config)
    return masked_config(config, plugin.schema)
