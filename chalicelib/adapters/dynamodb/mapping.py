"""From the domain to rows and back: two functions for each kind of row, and nothing else knows both sides."""

from datetime import datetime

from chalicelib.adapters.dynamodb.layout import PLAN, Layout, executor_key, id_of, request_key
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.model import Executor, Failure, Mode, Plan, PlanState, Run, Status
from chalicelib.request_key import KEPT, RequestKey

RUN_ATTRIBUTES = (Row.run_id, Row.run_request, Row.run_seed, Row.run_started, Row.run_lease_until)


def plan_row(rows: type[Row], layout: Layout, plan: Plan, *, key: RequestKey | None = None) -> Row:
    """``key`` is that of the request which makes the plan."""
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
    """What a key was used for."""
    return rows(*request_key(key.id), plan_id=plan.id, body=key.body, expires=plan.created + KEPT)


def plan_of_row(row: Row) -> Plan:
    return Plan(
        id=row.pk,
        name=row.name,
        created=row.created,
        attack=row.attack,
        planner=row.planner,
        mode=_mode(row.mode),
        guards=row.guards,
        undoable=bool(row.undoable),
        state=PlanState(row.state),
        dues=row.dues,
        remaining=int(row.remaining),
        running=int(row.running),
        created_by=row.created_by,
        deleted_by=row.deleted_by,
    )


def executor_row(rows: type[Row], layout: Layout, executor: Executor, *, buried: datetime | None = None) -> Row:
    """``buried`` is when the executor was deleted, from which its row is kept as long as others from their date."""
    run, error = executor.run, executor.error
    return rows(
        *executor_key(executor.id),
        listed=layout.listed_executor(executor),
        state_key=layout.executor_state(executor),
        position=executor.position,
        expires=layout.executor_expiry(executor, buried or executor.due),
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
    return Executor(
        id=id_of(row.sk),
        plan_id=row.pk,
        name=row.name,
        due=row.due,
        status=Status(row.status),
        attack=row.attack,
        delivered=row.delivered,
        deliveries=int(row.deliveries or 0),
        run=_run_of(row),
        began=row.began,
        prepared=row.prepared,
        undo=row.undo,
        undoes=row.undoes,
        attempts=int(row.attempts or 0),
        finished=row.finished,
        outcome=row.outcome,
        error=_failure_of(row),
        deleted=bool(row.deleted),
        changed_by=row.changed_by,
        deleted_by=row.deleted_by,
    )


def _run_of(row: Row) -> Run | None:
    if row.run_id is None:
        return None
    return Run(
        id=row.run_id,
        request_id=row.run_request,
        started=row.run_started,
        lease_until=row.run_lease_until,
        seed=int(row.run_seed),
    )


def _failure_of(row: Row) -> Failure | None:
    return None if row.error_type is None else Failure(type=row.error_type, message=row.error_message)


def _mode(stored: str | None) -> Mode:
    """One that another version of the engine has stored, and this one does not know, attacks nothing."""
    if stored is None:
        return Mode.ATTACK
    return Mode(stored) if stored in {*Mode} else Mode.DRY_RUN
