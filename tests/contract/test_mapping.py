"""Rows and what they are made of: nothing is lost on the way to the table and back, and rows lie where they should."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.dynamodb.attributes import DuesAttribute, JSONTextAttribute
from chalicelib.adapters.dynamodb.layout import Layout
from chalicelib.adapters.dynamodb.mapping import executor_of_row, executor_row, plan_of_row, plan_row
from chalicelib.adapters.dynamodb.row import Row, rows_of
from chalicelib.domain.ids import executor_id
from chalicelib.domain.model import Executor, Failure, Mode, Plan, PlanState, Run, Status
from tests.contract.builders import MINUTE, NOW, draft, run

ROWS = rows_of("chaosmonkey-mapping", connections=1)
LAYOUT = Layout(shards=1, retention=timedelta(days=400))

instants = st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)).map(
    lambda instant: instant.replace(microsecond=0)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
configs = st.fixed_dictionaries({"ref": names, "args": st.dictionaries(texts, documents, max_size=3)})
plan_ids = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    dues = tuple(sorted(draw(st.lists(instants, max_size=20))))
    return Plan(
        id=draw(plan_ids),
        name=draw(names),
        created=draw(instants),
        attack=draw(configs),
        planner=draw(configs),
        state=draw(st.sampled_from(PlanState)),
        dues=dues,
        remaining=draw(st.integers(0, len(dues))),
        running=draw(st.integers(0, len(dues))),
        secrets_of=draw(st.none() | st.just("0123456789abcdef" * 2)),
        created_by=draw(st.none() | names),
        deleted_by=draw(st.none() | names),
    )


@st.composite
def executors(draw: st.DrawFn) -> Executor:
    plan_id, status = draw(plan_ids), draw(st.sampled_from(Status))
    runs = st.builds(Run, id=names, started=instants, lease_until=instants, seed=st.integers(0, 2**32 - 1))
    return Executor(
        id=executor_id(plan_id, draw(st.integers(0, 9999))),
        plan_id=plan_id,
        name=draw(names),
        due=draw(instants),
        status=status,
        attack=draw(st.none() | configs),
        run=draw(runs if status is Status.RUNNING else st.none() | runs),
        finished=draw(st.none() | instants),
        outcome=draw(st.none() | st.dictionaries(texts, documents, max_size=3)),
        error=draw(st.none() | st.builds(Failure, type=texts, message=texts)),
        deleted=draw(st.booleans()),
        changed_by=draw(st.none() | names),
        deleted_by=draw(st.none() | names),
    )


def through_the_wire(row: Row) -> Row:
    return ROWS.from_raw_data(row.serialize())


@given(plans())
def test_a_plan_comes_back_from_its_row_as_it_was(plan: Plan) -> None:
    assert plan_of_row(through_the_wire(plan_row(ROWS, LAYOUT, plan))) == plan


@given(executors())
def test_an_executor_comes_back_from_its_row_as_it_was(executor: Executor) -> None:
    assert executor_of_row(through_the_wire(executor_row(ROWS, LAYOUT, executor))) == executor


@pytest.mark.parametrize("document", [{"a": "\ud800"}, {"名": "naïve 🐒"}, {"\udfff": ["\ud83d "]}])
def test_json_is_kept_as_text_that_has_a_utf8_form(document: dict[str, Any]) -> None:
    text = JSONTextAttribute().serialize(document)
    assert JSONTextAttribute().deserialize(text.encode("utf-8").decode("utf-8")) == document


def test_posted_text_does_not_grow_in_the_table() -> None:
    assert JSONTextAttribute().serialize({"text": "ñ" * 1000}) == '{"text":"' + "ñ" * 1000 + '"}'


def test_a_thousand_dates_take_five_thousand_bytes() -> None:
    assert len(DuesAttribute().serialize(tuple(NOW + MINUTE * number for number in range(1000)))) == 5000


@pytest.mark.parametrize(
    ("state", "remaining", "listed", "state_key"),
    [
        (PlanState.CREATING, 3, None, "plan.creating#0"),
        (PlanState.ACTIVE, 3, "plan#0", "plan.open#0"),
        (PlanState.ACTIVE, 0, "plan#0", None),
        (PlanState.DELETED, 3, None, "plan.deleted#0"),
    ],
)
def test_a_plans_row_lies_in_the_indexes_of_its_state(
    state: PlanState, remaining: int, listed: str | None, state_key: str | None
) -> None:
    plan = replace(draft(3)[0], state=state, remaining=remaining)
    row = plan_row(ROWS, LAYOUT, plan)
    assert (row.pk, row.sk, row.listed, row.state_key) == (plan.id, "plan", listed, state_key)
    assert (row.position, row.expires) == (f"2099-06-21T12:00:00Z#{plan.id}", plan.dues[-1] + timedelta(days=400))


def test_a_mode_that_another_version_has_stored_attacks_nothing() -> None:
    row = plan_row(ROWS, LAYOUT, draft(1)[0])
    assert plan_of_row(row).mode is Mode.ATTACK
    row.mode = "half_hearted"
    assert plan_of_row(row).mode is Mode.DRY_RUN


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("deleted", [False, True])
def test_an_executors_row_lies_in_the_indexes_of_its_status(status: Status, deleted: bool) -> None:
    executor = replace(draft(1)[1][0], status=status, deleted=deleted)
    row = executor_row(ROWS, LAYOUT, executor, deleted_at=NOW if deleted else None)
    state = f"executor.{status if status.executed else 'open'}#0"
    assert (row.pk, row.sk) == (executor.plan_id, f"executor#{executor.id}")
    assert (row.listed, row.state_key) == ((None, None) if deleted else ("executor#0", state))
    assert (row.position, row.expires) == (executor.position, (NOW if deleted else executor.due) + timedelta(days=400))


def test_a_plan_and_its_executors_share_a_shard_and_shards_are_all_used() -> None:
    layout = replace(LAYOUT, shards=7)
    ids = [f"{number:032x}" for number in range(500)]
    assert {layout.shard(id) for id in ids} == set(range(7))
    plan, (executor, *_) = draft(3)
    assert executor_row(ROWS, layout, executor).listed == f"executor#{layout.shard(plan.id)}"


def test_an_executor_without_a_run_has_no_attributes_of_one() -> None:
    executor = draft(1)[1][0]
    row = executor_row(ROWS, LAYOUT, executor).serialize()
    assert sorted(row) == ["due", "expires", "listed", "name", "pk", "position", "sk", "state_key", "status"]
    ran = executor_row(ROWS, LAYOUT, replace(executor, run=run())).serialize()
    assert set(ran) - set(row) == {"run_id", "run_request", "run_seed", "run_started", "run_lease_until"}
    delivered = executor_row(ROWS, LAYOUT, replace(executor, delivered=NOW, deliveries=2)).serialize()
    assert set(delivered) - set(row) == {"delivered", "deliveries"}
