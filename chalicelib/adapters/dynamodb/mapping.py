"""From the domain to rows and back: two functions for each kind of row, and nothing else knows both sides."""

from datetime import datetime

from chalicelib.adapters.dynamodb.layout import PLAN, Layout, executor_key, id_of, unsettled_key
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.model import Executor, Failure, Plan, PlanState, Run, Status, position


def plan_row(rows: type[Row], layout: Layout, plan: Plan) -> Row:
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
        state=plan.state.value,
        created=plan.created,
        dues=plan.dues,
        remaining=plan.remaining,
        running=plan.running,
    )


def plan_of_row(row: Row) -> Plan:
    return Plan(
        id=row.pk,
        name=row.name,
        created=row.created,
        attack=row.attack,
        planner=row.planner,
        state=PlanState(row.state),
        dues=row.dues,
        remaining=int(row.remaining),
        running=int(row.running),
    )


def executor_row(rows: type[Row], layout: Layout, executor: Executor, *, buried: datetime | None = None) -> Row:
    """``buried`` is when the executor was deleted, from which its row is kept as long as others from their date."""
    run, error = executor.run, executor.error
    return rows(
        *executor_key(executor.id),
        listed=layout.listed_executor(executor),
        state_key=layout.executor_state(executor),
        position=executor.position,
        expires=layout.expiry(buried or executor.due),
        name=executor.name,
        attack=executor.attack,
        status=executor.status.value,
        due=executor.due,
        run_id=run and run.id,
        run_started=run and run.started,
        run_lease_until=run and run.lease_until,
        finished=executor.finished,
        outcome=executor.outcome,
        error_type=error and error.type,
        error_message=error and error.message,
        deleted=executor.deleted or None,
    )


def executor_of_row(row: Row) -> Executor:
    return Executor(
        id=id_of(row.sk),
        plan_id=row.pk,
        name=row.name,
        due=row.due,
        status=Status(row.status),
        attack=row.attack,
        run=_run_of(row),
        finished=row.finished,
        outcome=row.outcome,
        error=_failure_of(row),
        deleted=bool(row.deleted),
    )


def _run_of(row: Row) -> Run | None:
    if row.run_id is None:
        return None
    return Run(id=row.run_id, started=row.run_started, lease_until=row.run_lease_until)


def _failure_of(row: Row) -> Failure | None:
    return None if row.error_type is None else Failure(type=row.error_type, message=row.error_message)


def unsettled_row(rows: type[Row], layout: Layout, executor: Executor, noted: datetime, due: datetime | None) -> Row:
    """The note that a schedule may not be for that date yet, or not be gone (None); its id is read with ``id_of``."""
    return rows(
        *unsettled_key(executor.id),
        state_key=layout.unsettled_executors(layout.shard(executor.plan_id)),
        position=position(noted, executor.id),
        due=due,
        expires=layout.expiry(noted),
    )
