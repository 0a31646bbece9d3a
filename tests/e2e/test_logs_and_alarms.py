"""What the deployed functions log, and the alarms that watch over them."""

import json
from collections.abc import Iterator
from typing import Any

from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until
from tests.infra.test_templates import alarms
from tests.unit.runtime.test_metrics import counted

OF_LAMBDA = ("START ", "END ", "REPORT ", "INIT", "Worker process died")
"""What Lambda writes itself; the last where another test has killed the function's process."""


def events(stack: RunningEngine, function: str) -> Iterator[str]:
    """The lines of a function's log."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=f"/aws/lambda/chaosmonkey-local{function}"):
        for event in page["events"]:
            yield from event["message"].splitlines()


def logged(stack: RunningEngine, function: str) -> list[dict[str, Any]]:
    """What the function itself wrote: every line has to be a JSON object."""
    own = [line for line in events(stack, function) if not line.startswith(OF_LAMBDA)]
    lines = [json.loads(line) for line in own]
    assert all(isinstance(line, dict) and "event" in line for line in lines)
    return lines


def test_every_line_is_json_and_names_its_request_its_plan_and_its_executor(stack: RunningEngine, plans: Plans) -> None:
    plan, executor = plans.post(ahead=3)
    plans.ended(executor)

    def of_it() -> list[dict[str, Any]] | None:
        found = [line for line in logged(stack, "-attack") if line.get("executor_id") == executor["id"]]
        return found if len(found) == 2 else None

    started, failed = until("both lines are there", of_it)
    assert [line["event"] for line in (started, failed)] == ["executor started", "executor failed"]
    assert {line["plan_id"] for line in (started, failed)} == {plan["id"]}
    assert counted(failed) == {("AttacksFailed", "Stage=local"): 1}
    [request] = {line["request_id"] for line in (started, failed)}
    assert any(request in line for line in events(stack, "-attack") if line.startswith("START "))

    created = [line for line in logged(stack, "") if line.get("plan_id") == plan["id"]]
    assert [line["event"] for line in created] == ["plan created"]
    assert created[0]["request_id"] and counted(created[0]) == {("PlansCreated", "Stage=local"): 1}


def test_the_sweep_tells_what_it_did_and_that_nothing_failed(stack: RunningEngine) -> None:
    rule = {"id": "1", "detail": {}, "detail-type": "", "source": "", "time": "", "version": "0", "account": "1"}
    event = json.dumps({**rule, "region": "us-east-1", "resources": []})
    answer = stack.client("lambda").invoke(FunctionName="chaosmonkey-local-sweep", Payload=event.encode())
    swept = json.loads(answer["Payload"].read())
    last = until(
        "the sweep has logged", lambda: [line for line in logged(stack, "-sweep") if line["event"] == "swept"]
    )[-1]
    assert {name: last[name] for name in swept} == swept
    assert counted(last)["SweepFailed", "Stage=local"] == 0


def test_the_alarms_of_the_template_are_there_and_tell_nobody_while_notifications_are_off(
    stack: RunningEngine,
) -> None:
    found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="chaosmonkey-local-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in found} == {f"chaosmonkey-local-{name}" for name in alarms()}
    assert [alarm["AlarmActions"] for alarm in found if alarm.get("AlarmActions")] == []
