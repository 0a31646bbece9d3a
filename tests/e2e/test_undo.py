"""What an attack did is undone on real wires: when someone asks, when the engine is halted, and after its death."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.local.child import Child, RunningEngine
from tests.e2e import processes
from tests.e2e.functions import attack_function_with
from tests.e2e.wishes import Plans, until
from tests.e2e.withholding import withholding

SECONDS_TO_LIVE, SECONDS_STOPPED = 20, 95
"""Of the attack's process, and of the machine: the first and a minute are the lease, after which nobody believes that
the attack still lives."""


def stop(tag: str, seconds: int = 86_400) -> dict[str, Any]:
    """The attack that stops one instance with that tag, for a day by default."""
    args = {"filters": {"tag:chaos": tag}, "duration": seconds}
    return {"ref": "stop_ec2_instance:StopEC2Instance", "args": args}


def stopped(stack: RunningEngine, plans: Plans, tag: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """An instance that an attack has stopped, the attack's executor, and its undo's."""
    (instance,) = plans.fleet(1, tag)
    _plan, attack = plans.post(stop(tag), ahead=3600)
    assert stack.api("POST", f"/executors/{attack['id']}/run")[0] == 202
    assert plans.ended(attack)["status"] == "succeeded"
    assert plans.running([instance]) == []
    undo = stack.api("GET", attack["_links"]["undo"]["href"])[1]
    assert (undo["kind"], undo["status"], undo["_links"]["undoes"]["href"]) == (
        *("undo", "scheduled", attack["_links"]["self"]["href"]),
    )
    return instance, attack, undo


@pytest.fixture
def halted(stack: RunningEngine) -> Iterator[None]:
    """The engine goes on after the test, whatever happens in it."""
    yield
    assert stack.api("PUT", "/engine/", {"halted": False})[0] == 200


def test_a_person_has_an_attack_undone(stack: RunningEngine, plans: Plans) -> None:
    instance, attack, undo = stopped(stack, plans, "reverted")

    assert stack.api("POST", f"/executors/{attack['id']}/revert")[0] == 202

    record = plans.ended(undo)
    assert (record["status"], record["outcome"]["instance_id"]) == ("succeeded", instance)
    assert plans.running([instance]) == [instance]
    status, again = stack.api("POST", f"/executors/{attack['id']}/revert")
    assert status == 409 and "its undo is succeeded" in again["msg"]


def test_a_halted_engine_undoes_what_was_begun_and_begins_nothing(
    stack: RunningEngine, plans: Plans, halted: None
) -> None:
    instance, _, undo = stopped(stack, plans, "halted")
    (spared,) = plans.fleet(1, "never")
    _, waiting = plans.post(stop("never"), ahead=3)

    status, engine = stack.api("PUT", "/engine/", {"halted": True, "reason": "smoke in the test"})

    assert (status, engine["halted"]) == (200, True)
    assert plans.ended(undo)["status"] == "succeeded" and plans.running([instance]) == [instance]
    held = plans.ended(waiting)
    assert (held["status"], held["error"]["type"]) == ("skipped", "Halted")
    assert held["error"]["message"] == "the engine is halted by anyone: smoke in the test"
    assert plans.running([spared]) == [spared]
    acts = stack.api("GET", "/engine/history/")[1]["history"]
    assert (acts[0]["action"], acts[0]["details"]["reason"]) == ("halted", "smoke in the test")


def test_a_plan_that_is_deleted_is_undone_first(stack: RunningEngine, plans: Plans) -> None:
    instance, attack, _ = stopped(stack, plans, "deleted")

    def deleted() -> bool:
        status, answer = stack.api("DELETE", f"/plans/{attack['plan_id']}")
        assert status in (200, 409), answer
        return bool(status == 200)

    until("the plan is undone and gone", deleted)
    assert plans.running([instance]) == [instance]


@pytest.mark.long
def test_an_attack_whose_process_was_killed_in_the_middle_is_undone_by_its_undos_own_schedule(
    another: Callable[..., Child],
) -> None:
    """The machine is stopped, and before the attack hears of it its process is killed. Nobody asks for anything.

    In an engine of its own: MiniStack may run a function that was invoked before with the settings of before.
    """
    child = another()
    with (child.folder.with_suffix(".log")).open("wb") as output:
        stack = child.start(output)
    plans = Plans(stack)
    (instance,) = plans.fleet(1, "killed")
    ec2 = withholding("StopInstances", stack.run["aws"])
    with ec2 as between, attack_function_with(stack, seconds=SECONDS_TO_LIVE, AWS_ENDPOINT_URL_EC2=between.url):
        plan, attack = plans.post(stop("killed", seconds=SECONDS_STOPPED), ahead=3)
        undo = plan["_embedded"]["executors"][1]
        schedule = schedule_of(stack, undo)
        assert between.done.wait(60), plans.ended(attack)["error"]
        killed = processes.of_function(stack.run["attack_function"], child.aws_port)
        processes.kill(killed)
    assert killed
    assert plans.running([instance]) == []
    assert stack.api("GET", f"/executors/{attack['id']}")[1]["status"] == "running", "nobody can know yet"
    assert schedule_of(stack, undo) == schedule

    record = plans.ended(undo, seconds=SECONDS_STOPPED + 30)

    assert (record["status"], record["outcome"]["instance_id"]) == ("succeeded", instance), record
    assert (record["next_run_time"], record["deliveries"]) == (undo["next_run_time"], 1), "it was not put off"
    assert plans.running([instance]) == [instance]
    assert stack.api("GET", f"/executors/{attack['id']}")[1]["status"] == "running", "it never said how it ended"


def schedule_of(stack: RunningEngine, executor: dict[str, Any]) -> str:
    """When the executor's schedule fires."""
    found = stack.client("scheduler").get_schedule(GroupName=stack.run["schedule_group"], Name=executor["id"])
    return str(found["ScheduleExpression"])
