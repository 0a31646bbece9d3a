"""Build a plan and its executors from a request. The module is pure, so a dry run is the same path without the
writes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from chalicelib.domain.dates import END
from chalicelib.domain.errors import PlannerRefused, located
from chalicelib.domain.ids import executor_id
from chalicelib.domain.model import Executor, Job, Plan, PlanRequest, PlanState
from chalicelib.planning.json_body import LARGEST_BODY
from chalicelib.planning.validation import NAME, check_attack, is_name
from chalicelib.plugin import Attack, Circumstances, Planner
from chalicelib.plugin.isolation import foreign_code, unexpected_error
from chalicelib.plugin.registry import Registry
from chalicelib.scheduling.undo_date import undo_date
from chalicelib.secrets.log_redaction import secret_texts, texts_of
from chalicelib.secrets.redaction import redact, redacting

_LONGEST_NAME = 256
_UNDO = " (undo)"


def draw(
    plan_id: str,
    request: PlanRequest,
    circumstances: Circumstances,
    *,
    attacks: Registry[Attack],
    planners: Registry[Planner],
    largest: int,
) -> tuple[Plan, tuple[Executor, ...]]:
    """Return the plan, ``creating``, and its executors in the order of their dates.

    Raises ``PlannerRefused`` where the planner raises, plans nothing, more than ``largest`` jobs, or an invalid job. A
    job is invalid in the past, without a name, or with an attack that could not have been posted. ``APIError`` and
    ``InvalidRequest`` of a planner are raised unchanged.
    """
    ref = request.planner["ref"]
    planner_class = planners.get(ref)
    secrets = (
        *secret_texts(request.planner, planner_class.schema),
        *secret_texts(request.attack, attacks.get(request.attack["ref"]).schema),
    )
    given = (*texts_of(request.planner["args"]), *texts_of(request.attack["args"]))
    with redacting(secrets):
        with (
            foreign_code(lambda error: PlannerRefused(ref, unexpected_error(error, given)), given),
            located("$.planner.args"),
        ):
            jobs = planner_class(request.name).jobs(_copy(request.planner), _copy(request.attack), circumstances)
        if not jobs:
            raise PlannerRefused(ref, "it planned no attack")
        if len(jobs) > largest:
            raise PlannerRefused(ref, f"it planned {len(jobs)} attacks, a plan has at most {largest}")
        attacking = [
            Executor(
                id=executor_id(plan_id, number),
                plan_id=plan_id,
                name=job.name if job.name == request.name else redact(_name(ref, job)),
                due=_due(ref, job, circumstances),
                attack=_own_attack(ref, job, request, attacks),
            )
            for number, job in enumerate(jobs)
        ]
    executors = _with_undos(attacking, request, attacks)
    if len(executors) > largest:
        raise PlannerRefused(
            ref,
            f"it planned {len(jobs)} attacks, which with their undos are more than the {largest} a plan has at most",
        )
    return _plan(plan_id, request, circumstances, executors), executors


def _with_undos(attacking: Sequence[Executor], request: PlanRequest, attacks: Registry[Attack]) -> tuple[Executor, ...]:
    """Return the executors with an undo for each attack that can be undone, in the order of their dates."""
    executors = []
    undos: list[Executor] = []
    can_be_undone = cache(lambda ref: attacks.get(ref).can_be_undone())  # they are a thousand, usually of one attack
    for executor in attacking:
        config = executor.attack or request.attack
        if can_be_undone(config["ref"]):
            undo = replace(
                executor,
                id=executor_id(executor.plan_id, len(attacking) + len(undos)),
                name=f"{executor.name[: _LONGEST_NAME - len(_UNDO)]}{_UNDO}",
                due=undo_date(executor.due, config),
                undoes=executor.id,
            )
            undos.append(undo)
            executor = replace(executor, undo=undo.id)
        executors.append(executor)
    return tuple(sorted([*executors, *undos], key=lambda each: (each.due, each.id)))


def _plan(plan_id: str, request: PlanRequest, circumstances: Circumstances, executors: Sequence[Executor]) -> Plan:
    return Plan(
        id=plan_id,
        name=request.name,
        created=circumstances.now.replace(microsecond=0),
        attack=request.attack,
        planner=request.planner,
        mode=request.mode,
        guards=request.guards,
        state=PlanState.CREATING,
        dues=tuple(executor.due for executor in executors),
        remaining=len(executors),
        undoable=any(executor.undo for executor in executors),
    )


def _name(ref: str, job: Job) -> str:
    if not is_name(job.name):
        raise PlannerRefused(ref, f"it named a job {redact(job.name)[:100]!r}, names are {NAME['description']}")
    return job.name


def _due(ref: str, job: Job, circumstances: Circumstances) -> datetime:
    if job.date <= circumstances.now:
        raise PlannerRefused(ref, f"it planned an attack at {job.date.isoformat()}, which is in the past")
    if job.date >= END:
        raise PlannerRefused(ref, f"it planned an attack at {job.date.isoformat()}, {END:%Y-%m-%d} or later")
    return job.date


def _own_attack(ref: str, job: Job, request: PlanRequest, attacks: Registry[Attack]) -> dict[str, Any] | None:
    """Return the job's attack, checked as a posted one, where it is not the plan's."""
    if job.attack == request.attack:
        return None
    with foreign_code(lambda error: PlannerRefused(ref, f"its attack is no JSON: {type(error).__name__}")):
        attack = _copy(job.attack)
    if len(json.dumps(attack, ensure_ascii=False).encode("utf-8", "replace")) > LARGEST_BODY:
        raise PlannerRefused(ref, f"it made up an attack larger than {LARGEST_BODY // 1024} KB")
    check_attack(attack, attacks)
    return {**attack, "args": attack.get("args", {})}


def _copy(config: Any) -> Any:
    """Return a copy of what a plugin is given, because the plugin may change it."""
    return json.loads(json.dumps(config, allow_nan=False))
