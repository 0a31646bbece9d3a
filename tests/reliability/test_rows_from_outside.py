"""Rows that the engine did not write: whatever one holds, nothing is attacked by it and nothing else stops."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.dynamodb.layout import PLAN, executor_key
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.model import Executor, Status
from tests.api.client import Client
from tests.reliability.records import document
from tests.reliability.samples.attacks.marked import Marked
from tests.reliability.scenarios import written
from tests.reliability.wired import Wired

HOUR = timedelta(hours=1)
OF_INDEXES = ("listed", "state_key", "position")
"""DynamoDB refuses anything but a text in them."""
TEXTS = st.sampled_from(
    [
        *("", "x", "{", "[]", "null", "3", '"a"', "NaN", "1e999", "[" * 5000 + "]" * 5000, "\ufffd"),
        *('{"ref": 3}', '{"ref": "a:B"}', '{"ref": "a:B", "args": 1}', '{"a": 1e999}'),
        *("running", "scheduled", "paused", "dry_run"),
    ]
)
NUMBERS = st.sampled_from(["0", "-1", "1.5", "99999999999999", "253402300800", "-62135596800", "1e100", "1799999999"])
VALUES = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda number: {"N": number}),
    st.sampled_from([{"BOOL": True}, {"NULL": True}, {"L": []}, {"M": {"a": {"S": "b"}}}, {"B": b"\x00\x01"}]),
    st.none(),
)
"""An attribute as DynamoDB has it; None takes it away."""


class Broken:
    """A plan of two attacks beside one that stays sound, the engine's state, and its history."""

    def __init__(self, wired: Wired) -> None:
        wired.fresh()
        self.wired, self.api = wired, Client(wired.world)
        self.soon, self.then = (wired.clock.now + hours * HOUR for hours in (1, 2))
        self.plans = [self._post(name) for name in ("a", "b")]
        self.api.put("/api/1/engine/", {"halted": True, "reason": "a look"})
        self.api.put("/api/1/engine/", {"halted": False})
        start, end = (written(wired.clock.now + hours * HOUR) for hours in (100, 101))
        self.api.post("/api/1/engine/freezes/", {"name": "a freeze", "start": start, "end": end, "reason": "a look"})

    def _post(self, name: str) -> str:
        return str(self.api.post("/api/1/plans/", document(written(self.soon), written(self.then), mark=name))["id"])

    def rows(self) -> list[dict[str, Any]]:
        """Every row but those of the sound plan, as DynamoDB has it."""
        found = self.wired.store.table.client.scan(TableName=self.wired.settings.table, ConsistentRead=True)["Items"]
        return sorted(
            (row for row in found if row["pk"]["S"] != self.plans[1]), key=lambda row: json.dumps(row, default=str)
        )

    def write(self, row: dict[str, Any]) -> None:
        self.wired.store.table.client.put_item(TableName=self.wired.settings.table, Item=row)

    def read_everything(self) -> None:
        """GET all there is, by pages of one and of many: no answer is an error of the engine's own."""
        roots = ["", "attacks/", "planners/", "engine/", "engine/freezes/", "openapi.json"]
        lists = ["plans/?all=true", "plans/?x", "executors/?executed=true", "executors/?x", "engine/history/?x"]
        lists += [f"executors/?executed=true&status={status}" for status in ("succeeded", "skipped")]
        lists += [f"executors/?plan={plan_id}" for plan_id in self.plans]
        targets = [*roots, *(f"plans/{id}" for id in self.plans), *(f"executors/{id}" for id in self.executor_ids())]
        for target in targets:
            assert self.api.get(f"/api/1/{target}").status in (200, 404, 409), target
        for target in lists:
            for limit in (1, 100):
                answer, pages = self.api.get(f"/api/1/{target}&limit={limit}"), 0
                while answer.status == 200 and "next" in answer["_links"] and pages < 20:
                    answer, pages = self.api.follow(answer.doc, "next"), pages + 1
                assert answer.status in (200, 404, 409) and pages < 20, target

    def executor_ids(self) -> list[str]:
        return [f"{plan_id}-{number:04d}" for plan_id in self.plans for number in range(2)]

    def is_unreadable(self, executor_id: str) -> bool:
        return self.api.get(f"/api/1/executors/{executor_id}").status == 409


@pytest.fixture(scope="module")
def anything(ministack_endpoint: str) -> Wired:
    return Wired(ministack_endpoint, "anything")


@settings(max_examples=15, phases=[Phase.generate])  # a trial takes half a second: too long to shrink
@given(data=st.data())
def test_whatever_a_row_holds_reading_never_fails_and_what_cannot_be_read_never_attacks(
    anything: Wired, data: st.DataObject
) -> None:
    break_a_row(anything, data)


@pytest.mark.long
@settings(max_examples=150, phases=[Phase.generate])
@given(data=st.data())
def test_whatever_very_many_rows_hold_reading_never_fails_and_what_cannot_be_read_never_attacks(
    anything: Wired, data: st.DataObject
) -> None:
    break_a_row(anything, data)


def break_a_row(anything: Wired, data: st.DataObject) -> None:
    stored = Broken(anything)
    row = data.draw(st.sampled_from(stored.rows()))
    for name in data.draw(st.lists(st.sampled_from(sorted({*row} - {"pk", "sk"})), min_size=1, max_size=3)):
        value = data.draw(VALUES if name not in OF_INDEXES else st.sampled_from([{"S": "x"}, None]))
        row = {key: old for key, old in row.items() if key != name} | ({name: value} if value is not None else {})
    stored.write(row)

    stored.read_everything()
    unreadable = [id for id in stored.executor_ids() if stored.is_unreadable(id)]
    halted = stored.api.get("/api/1/engine/")["halted"]
    anything.fire(until=stored.soon)
    swept = [anything.sweep(minutes=20), anything.sweep(minutes=20)]
    assert [each["failed"] for each in swept] == [0, 0]
    stored.read_everything()

    sound = anything.store.plans.load(stored.plans[1])[1]
    assert [each.status.executed for each in sound] == [True, False], "what is sound goes on"
    assert bool(Marked.done["b-0"]) is not halted
    for id in unreadable:
        assert not Marked.done[f"a-{id[-1]}"], "what cannot be read was attacked"

    assert stored.api.delete(f"/api/1/plans/{stored.plans[0]}").status in (200, 404, 409)
    anything.sweep(minutes=20)
    stored.read_everything()


class TestAnExecutorsRow:
    @pytest.fixture
    def stored(self, wired: Wired) -> Broken:
        stored = Broken(wired)
        row = next(row for row in stored.rows() if row["sk"]["S"] == executor_key(stored.executor_ids()[0])[1])
        stored.write({**row, "status": {"S": "paused"}})
        return stored

    def test_it_is_listed_as_broken_with_what_removes_it(self, stored: Broken) -> None:
        sentence = (
            f"executor {stored.plans[0]}-0000 cannot be read (its status is none of scheduled, running, succeeded, "
            "failed, skipped, missed, cancelled) and never attacks: "
            f"DELETE plans/{stored.plans[0]} removes its whole plan"
        )
        broken = [{"kind": "executor", "id": f"{stored.plans[0]}-0000", "message": sentence}]
        listed = stored.api.get("/api/1/executors/")
        assert listed["broken"] == broken and len(listed["executors"]) == 3
        shown = stored.api.get(f"/api/1/plans/{stored.plans[0]}")
        assert shown["broken"] == broken and len(shown["_embedded"]["executors"]) == 1
        assert stored.api.get(f"/api/1/executors/{stored.plans[0]}-0000")["msg"] == sentence

    def test_its_delivery_does_nothing(self, stored: Broken) -> None:
        executor = Executor(id=f"{stored.plans[0]}-0000", plan_id=stored.plans[0], name="", due=stored.soon)
        stored.wired.clock.now = stored.soon
        assert stored.wired.deliver(payload(executor)) is Refusal.UNREADABLE
        assert not Marked.done

    def test_the_sweep_counts_it_leaves_it_and_ends_the_others(self, stored: Broken) -> None:
        wired, before = stored.wired, stored.rows()
        wired.drop(wired.scheduled())
        swept = wired.sweep(hours=3)
        assert (swept["broken"], swept["ended"], swept["failed"]) == (1, 3, 0)
        assert [row for row in stored.rows() if row["sk"]["S"].endswith("-0000")] == [
            row for row in before if row["sk"]["S"].endswith("-0000")
        ]

    def test_its_plan_can_be_deleted_and_takes_it_along(self, stored: Broken) -> None:
        assert stored.api.delete(f"/api/1/plans/{stored.plans[0]}").status == 200
        assert "broken" not in stored.api.get("/api/1/executors/?executed=true").doc
        assert stored.api.get(f"/api/1/executors/{stored.plans[0]}-0000").status == 404
        assert sorted(stored.wired.scheduled()) == [f"{stored.plans[1]}-{number:04d}" for number in range(2)]


def test_a_thousand_rows_that_cannot_be_read_do_not_hide_what_is_overdue(wired: Wired) -> None:
    stored = Broken(wired)
    row = next(row for row in stored.rows() if row["sk"]["S"] == executor_key(stored.executor_ids()[0])[1])
    due = row["position"]["S"].partition("#")[0]
    junk = [
        {
            **row,
            "pk": {"S": f"{number:032x}"},
            "position": {"S": f"{due}#{number:032x}-0000"},
            "status": {"S": "paused"},
        }
        for number in range(1000)
    ]
    for start in range(0, len(junk), 25):
        puts = [{"PutRequest": {"Item": each}} for each in junk[start : start + 25]]
        wired.store.table.client.batch_write_item(RequestItems={wired.settings.table: puts})
    wired.drop(wired.scheduled())
    swept = wired.sweep(hours=3)
    assert (swept["broken"], swept["ended"], swept["failed"]) == (1000, 4, 0)


@pytest.mark.parametrize("position", ["x", "!", "2027-03-01T09:00:00Z#x"])
def test_a_row_at_a_position_that_is_none_hides_no_other(wired: Wired, position: str) -> None:
    stored = Broken(wired)
    for row in stored.rows():
        if row["pk"]["S"] == stored.plans[0]:
            stored.write({**row, "position": {"S": position + row["sk"]["S"]}})
    for name, target in (("plans", "plans/?all=true"), ("executors", "executors/?executed=true")):
        found = [each["id"] for page in stored.api.pages(f"/api/1/{target}&limit=1") for each in page[name]]
        whole = stored.api.get(f"/api/1/{target}")
        assert found == [each["id"] for each in whole[name]] and len(found) >= len(stored.plans) - 1


class TestAPlansRow:
    @pytest.fixture(params=["attack", "state"])
    def stored(self, wired: Wired, request: pytest.FixtureRequest) -> Broken:
        stored = Broken(wired)
        row = next(row for row in stored.rows() if row["sk"]["S"] == PLAN)
        stored.write({**row, request.param: {"S": "{"}})
        return stored

    def test_it_is_listed_as_broken_and_none_of_it_attacks(self, stored: Broken) -> None:
        listed = stored.api.get("/api/1/plans/?all=true")
        assert [each["id"] for each in listed["broken"]] == stored.plans[:1]
        assert [each["id"] for each in listed["plans"]] == stored.plans[1:]
        stored.wired.fire(until=stored.then)
        assert {*Marked.done} == {"b-0", "b-1"}

    def test_deleting_it_removes_its_rows_and_schedules(self, stored: Broken) -> None:
        assert stored.api.delete(f"/api/1/plans/{stored.plans[0]}").status == 200
        assert not [row for row in stored.rows() if row["pk"]["S"] == stored.plans[0]]
        assert not [name for name in stored.wired.scheduled() if name.startswith(stored.plans[0])]


class TestTheEnginesState:
    @pytest.fixture(
        params=[
            {"control": {"S": "{"}},
            {"control": {"S": '{"halted": 0}'}},
            {"control": {"S": '{"halted": false}'}},
            {"halted": {"BOOL": True}},  # the document says that it is not
            {"frozen_from": None},
            {"frozen_until": {"N": "4086090001"}},
            {"version": {"M": {"a": {"S": "b"}}}},
            {"version": None, "frozen_from": None},
        ],
        ids=json.dumps,
    )
    def stored(self, wired: Wired, request: pytest.FixtureRequest) -> Broken:
        stored = Broken(wired)
        row = next(row for row in stored.rows() if row["sk"]["S"] == "control")
        changed = row | request.param
        stored.write({name: value for name, value in changed.items() if value is not None})
        return stored

    def test_one_that_cannot_be_read_halts_the_engine_and_says_so(self, stored: Broken) -> None:
        shown = stored.api.get("/api/1/engine/")
        assert shown["halted"] and "PUT engine/ writes it anew" in shown["reason"]
        stored.wired.fire(until=stored.soon)
        found = stored.wired.store.executors.locate(f"{stored.plans[0]}-0000")
        assert found and found[1].status is Status.SKIPPED and not Marked.done

    def test_letting_the_engine_go_on_writes_it_anew(self, stored: Broken) -> None:
        assert stored.api.put("/api/1/engine/", {"halted": False}).status == 200
        assert not stored.api.get("/api/1/engine/")["halted"]
        stored.wired.fire(until=stored.soon)
        assert Marked.done.total() == 2
