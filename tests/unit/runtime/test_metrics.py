"""What is counted on a log line, held to the specification of the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib.adapters.events.logged import LoggedPublisher
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.events import Happened
from chalicelib.execution.undo import MOST_ATTEMPTS
from chalicelib.runtime.metrics import OF_LIFECYCLE, OF_SWEEP, OF_UNDO, REFUSED, SWEEP_FAILED, UNDELIVERED, Metrics
from tests.support.world import NOW, HandClock, later, world
from tests.unit.samples.attacks.valve import Valve

# The rules of the specification that its own schema states, and the limits that its text adds.
NAME = {"type": "string", "minLength": 1, "maxLength": 1024, "pattern": r"^[\x21-\x7e][\x20-\x7e]*$"}
SPECIFICATION = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer", "minimum": 0},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "additionalProperties": False,
                        "properties": {
                            "Namespace": {
                                **NAME,
                                "pattern": r"^[0-9A-Za-z._\-/#: ]*[0-9A-Za-z._\-/# ][0-9A-Za-z._\-/#: ]*$",
                            },
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "maxItems": 30, "items": {**NAME, "maxLength": 250}},
                            },
                            "Metrics": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "Name": NAME,
                                        "Unit": {"enum": ["Count", "Seconds", "Milliseconds", "Bytes", "None"]},
                                        "StorageResolution": {"enum": [1, 60]},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
METRICS = Metrics(stage="prod", clock=HandClock())


def counted(line: dict[str, Any]) -> dict[tuple[str, ...], float]:
    """What CloudWatch makes of a line: name and dimensions to value. Fails for a line that it would refuse."""
    Draft202012Validator(SPECIFICATION).validate(line)
    found: dict[tuple[str, ...], float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            values = [line[name] for name in dimensions]
            assert all(isinstance(value, str) and value.strip() and value.isascii() for value in values)
            for metric in directive["Metrics"]:
                assert isinstance(line[metric["Name"]], int)
                found[(metric["Name"], *(f"{name}={line[name]}" for name in dimensions))] = line[metric["Name"]]
    return found


def test_each_metric_is_counted_by_stage_at_the_clocks_time() -> None:
    members = METRICS.of({"SweepErased": 2, "SweepFailed": 0})
    assert counted({"event": "swept", **members}) == {
        ("SweepErased", "Stage=prod"): 2,
        ("SweepFailed", "Stage=prod"): 0,
    }
    assert members["_aws"]["Timestamp"] == NOW.timestamp() * 1000


def test_with_a_reason_it_is_counted_by_that_too() -> None:
    assert counted(METRICS.of({REFUSED: 1}, reason="Moved")) == {
        (REFUSED, "Stage=prod"): 1,
        (REFUSED, "Stage=prod", "Reason=Moved"): 1,
    }


def test_nothing_to_count_leaves_the_line_as_it_is() -> None:
    assert METRICS.of({}) == {}


@pytest.mark.parametrize("reason", Refusal)
def test_every_reason_is_a_dimension_that_cloudwatch_takes(reason: Refusal) -> None:
    assert len(counted(METRICS.of({REFUSED: 1}, reason=reason.name.capitalize()))) == 2


def test_no_metric_has_a_name_that_a_line_uses_for_something_else() -> None:
    names = {*OF_LIFECYCLE.values(), *OF_UNDO.values(), *OF_SWEEP.values(), REFUSED, SWEEP_FAILED, UNDELIVERED}
    assert len(names) == len(OF_LIFECYCLE) + len(OF_UNDO) + len(OF_SWEEP) + 3
    assert all(name[0].isupper() for name in names) and not names & {"Stage", "Reason"}


class TestTheLifeOfPlans:
    @pytest.fixture
    def lines(self, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
        return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_it_is_logged_counted_and_passed_on(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        others = MemoryPublisher()
        some = world(publisher=LoggedPublisher(others, METRICS))
        plan, (executor,) = some.plan(
            later(hours=1), name="Monday chaos", attack={"ref": "misbehaving:Misbehaving", "args": {"how": "fail"}}
        )
        some.run(executor)
        some.plans.delete(plan.id)
        made, started, failed, deleted = lines()
        assert [event.happened for event in others.published] == [
            Happened.PLAN_CREATED,
            Happened.EXECUTOR_STARTED,
            Happened.EXECUTOR_FAILED,
            Happened.PLAN_DELETED,
        ]
        assert (made["event"], made["plan_id"], made["executors"]) == ("plan created", plan.id, 1)
        assert counted(made) == {("PlansCreated", "Stage=prod"): 1}
        assert (started["event"], started["executor_id"]) == ("executor started", executor.id)
        assert "_aws" not in started and "_aws" not in deleted
        assert counted(failed) == {("AttacksFailed", "Stage=prod"): 1}
        known = ("event", "plan_id", "executor_id", "name", "attack", "error", "message", "outcome")
        assert [failed[name] for name in known] == [
            *("executor failed", plan.id, executor.id, executor.name, "misbehaving:Misbehaving"),
            *("AttackFailed", "no node matches", {"candidates": 0}),
        ]

    def test_an_undo_that_is_given_up_is_counted(self, lines: Callable[[], list[dict[str, Any]]]) -> None:
        some = world(publisher=LoggedPublisher(MemoryPublisher(), METRICS))
        _, (attack, undo) = some.plan(later(hours=1), attack={"ref": "valve:Valve", "args": {"duration": 600}})
        some.run(attack)
        Valve.stuck = True
        try:
            for _ in range(MOST_ATTEMPTS):
                some.run(some.executors.get(undo.id))
        finally:
            Valve.stuck = False
        emitted = [line for line in lines() if "_aws" in line]
        assert [counted(line) for line in emitted] == [
            {("PlansCreated", "Stage=prod"): 1},
            {("AttacksSucceeded", "Stage=prod"): 1},
            {("UndosGivenUp", "Stage=prod"): 1},
        ]
        assert (emitted[-1]["executor_id"], emitted[-1]["kind"], emitted[-1]["error"]) == (undo.id, "undo", "GaveUp")
