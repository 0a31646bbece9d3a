"""From the domain to rows and back: two functions for each kind of row, and nothing else knows both sides."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.adapters.dynamodb.fields import Malformed, choice, config, count, date, optional, required, text
from chalicelib.adapters.dynamodb.layout import PLAN, Layout, executor_key, id_of, is_executor, request_key
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.domain.broken import Broken, Kind
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.idempotency_key import KEPT, RequestKey
from chalicelib.domain.ids import is_executor_id, is_plan_id, plan_of
from chalicelib.domain.model import Executor, Failure, Mode, Plan, PlanState, Run, Status

Thing = TypeVar("Thing")
RUN_ATTRIBUTES = (Row.run_id, Row.run_request, Row.run_seed, Row.run_started, Row.run_lease_until)


def plan_row(rows: type[Row], layout: Layout, plan: Plan, *, key: RequestKey | None = None) -> Row:
    """Return a plan's row; ``key`` is that of the request which makes the plan."""
    return rows(
        plan.id,
        PLAN,
        listed=layout.listed_plan(plan),
        state_key=layout.plan_state(plan),
        position=plan.position,
        expires=layout.plan_expiry(plan),
        name=plan.name,
        attack=plan.attack,
        planner=plan.planner,
        mode=None if plan.mode is Mode.ATTACK else plan.mode.value,
        guards=plan.guards,
        undoable=plan.undoable or None,
        secrets_of=plan.secrets_of,
        state=plan.state.value,
        created=plan.created,
        dues=plan.dues,
        remaining=plan.remaining,
        running=plan.running,
        request_key=key and key.id,
        created_by=plan.created_by,
        deleted_by=plan.deleted_by,
    )


def key_row(rows: type[Row], key: RequestKey, plan: Plan) -> Row:
    """Return the row that says for which plan a key was used."""
    return rows(*request_key(key.id), plan_id=plan.id, body=key.body, expires=plan.created + KEPT)


def plan_of_row(row: Row) -> Plan:
    """Return the plan in a row. Raise ``Unreadable``."""
    try:
        return _plan(row)
    except Malformed as error:
        raise Unreadable(broken(row, str(error))) from None


def _plan(row: Row) -> Plan:
    if not is_plan_id(row.pk):
        raise Malformed("its id is not a plan's")
    return Plan(
        id=row.pk,
        name=text(row, "name"),
        created=date(row, "created"),
        attack=config(row, "attack"),
        planner=config(row, "planner"),
        mode=_mode(optional(row, "mode", str)),
        guards=optional(row, "guards", dict),
        undoable=bool(optional(row, "undoable", bool)),
        secrets_of=optional(row, "secrets_of", str),
        state=choice(row, "state", PlanState),
        dues=required(row, "dues", tuple),
        remaining=count(row, "remaining"),
        running=count(row, "running"),
        created_by=optional(row, "created_by", str),
        deleted_by=optional(row, "deleted_by", str),
    )


def executor_row(rows: type[Row], layout: Layout, executor: Executor, *, deleted_at: datetime | None = None) -> Row:
    """Return an executor's row; ``deleted_at`` is when the executor was deleted, from which its row is kept as long as
    others from their date."""
    run, error = executor.run, executor.error
    return rows(
        *executor_key(executor.id),
        listed=layout.listed_executor(executor),
        state_key=layout.executor_state(executor),
        position=executor.position,
        expires=layout.executor_expiry(executor, deleted_at or executor.due),
        name=executor.name,
        attack=executor.attack,
        status=executor.status.value,
        due=executor.due,
        delivered=executor.delivered,
        deliveries=executor.deliveries or None,
        run_id=run and run.id,
        run_request=run and run.request_id,
        run_seed=run and run.seed,
        run_started=run and run.started,
        run_lease_until=run and run.lease_until,
        began=executor.began,
        prepared=executor.prepared,
        undo=executor.undo,
        undoes=executor.undoes,
        attempts=executor.attempts or None,
        finished=executor.finished,
        outcome=executor.outcome,
        error_type=error and error.type,
        error_message=error and error.message,
        deleted=executor.deleted or None,
        changed_by=executor.changed_by,
        deleted_by=executor.deleted_by,
    )


def executor_of_row(row: Row) -> Executor:
    """Return the executor in a row. Raise ``Unreadable``."""
    try:
        return _executor(row)
    except Malformed as error:
        raise Unreadable(broken(row, str(error))) from None


def _executor(row: Row) -> Executor:
    id, status = id_of(row.sk), choice(row, "status", Status)
    if not is_executor_id(id) or plan_of(id) != row.pk:
        raise Malformed("its id is not an executor's")
    run = _run_of(row)
    if status is Status.RUNNING and run is None:
        raise Malformed("it is running, and its run_id is missing")
    return Executor(
        id=id,
        plan_id=row.pk,
        name=text(row, "name"),
        due=date(row, "due"),
        status=status,
        attack=None if optional(row, "attack", dict) is None else config(row, "attack"),
        delivered=optional(row, "delivered", datetime),
        deliveries=count(row, "deliveries", default=0),
        run=run,
        began=optional(row, "began", datetime),
        prepared=_present(row, "prepared"),
        undo=_sibling(row, "undo"),
        undoes=_sibling(row, "undoes"),
        attempts=count(row, "attempts", default=0),
        finished=optional(row, "finished", datetime),
        outcome=optional(row, "outcome", dict),
        error=_failure_of(row),
        deleted=bool(optional(row, "deleted", bool)),
        changed_by=optional(row, "changed_by", str),
        deleted_by=optional(row, "deleted_by", str),
    )


def broken(row: Row, problem: str) -> Broken:
    """Return what is known of a row that cannot be read."""
    kind = Kind.EXECUTOR if is_executor(row.sk) else Kind.PLAN
    id = id_of(row.sk) if kind is Kind.EXECUTOR else row.pk
    return Broken(kind=kind, id=id, plan_id=row.pk, problem=problem, position=row.position or "")


def executor_or_broken(row: Row) -> Executor | Broken:
    """Return the executor in a row, or why it cannot be read."""
    try:
        return executor_of_row(row)
    except Unreadable as error:
        return error.broken


def readable(rows: Iterable[Row], mapping: Callable[[Row], Thing]) -> tuple[tuple[Thing, ...], tuple[Broken, ...]]:
    """Return what the rows hold, in their order, and those that cannot be read."""
    things, unreadable = [], []
    for row in rows:
        try:
            things.append(mapping(row))
        except Unreadable as error:
            unreadable.append(error.broken)
    return tuple(things), tuple(unreadable)


def _sibling(row: Row, name: str) -> str | None:
    """Return the id of another executor of the same plan."""
    id = optional(row, name, str)
    if id is not None and (not is_executor_id(id) or plan_of(id) != row.pk):
        raise Malformed(f"its {name} is not the id of an executor of the same plan")
    return id


def _present(row: Row, name: str) -> Any:
    """Return a document of any type."""
    return optional(row, name, object)


def _run_of(row: Row) -> Run | None:
    id = optional(row, "run_id", str)
    if id is None:
        return None
    return Run(
        id=id,
        request_id=text(row, "run_request"),
        started=date(row, "run_started"),
        lease_until=date(row, "run_lease_until"),
        seed=count(row, "run_seed"),
    )


def _failure_of(row: Row) -> Failure | None:
    type = optional(row, "error_type", str)
    return None if type is None else Failure(type=type, message=text(row, "error_message"))


def _mode(stored: str | None) -> Mode:
    """Return the plan's mode: a dry run where this version of the engine does not know the mode that is stored."""
    if stored is None:
        return Mode.ATTACK
    return Mode(stored) if stored in {*Mode} else Mode.DRY_RUN
