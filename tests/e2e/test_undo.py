"""What an attack did is undone on real wires: when someone asks, when the engine is halted, and after its death."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import pytz

from chalicelib import registry
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.vault import MemorySecrets, MemoryVault
from chalicelib.appointment import Delivery
from chalicelib.bootstrap import utc_now
from chalicelib.execution import Execution
from chalicelib.sealing import Opening
from chalicelib.settings import Settings
from infra.local.child import RunningEngine
from tests.e2e.wishes import Plans, until

SETTINGS = Settings(stage="local", timezone=pytz.timezone("Europe/Madrid"), leashed=False)


class Died(BaseException):
    """The process ends here."""


class DyingStore(DynamoStore):
    """A process that has attacked, and dies before it can say so."""

    def end(self, *_: Any, **__: Any) -> Any:
        raise Died


def stop(tag: str) -> dict[str, Any]:
    """The attack that stops one instance with that tag, for a day."""
    args = {"filters": {"tag:chaos": tag}, "duration": 86_400}
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


def test_an_attack_whose_process_was_killed_is_undone(
    stack: RunningEngine, plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ran here, so that it can die at the worst moment; its undo runs in the deployed function."""
    (instance,) = plans.fleet(1, "killed")
    _, attack = plans.post(stop("killed"), ahead=3600)
    region = stack.client("ec2").meta.region_name
    for name, value in (
        ("STAGE", "local"),
        ("AWS_ENDPOINT_URL", stack.run["aws"]),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", "123456789012"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ):
        monkeypatch.setenv(name, value)
    store = DyingStore(SETTINGS, utc_now, region=region, endpoint=stack.run["aws"])
    execution = Execution(
        settings=SETTINGS,
        runs=store,
        publisher=MemoryPublisher(),
        attacks=registry.attacks(),
        opening=Opening(vault=MemoryVault(), reader=MemorySecrets(), stage="local"),
        alarms=MemoryAlarms(),
        clock=utc_now,
        rng=Random(),
    )
    due = datetime.fromisoformat(attack["next_run_time"]).astimezone(UTC)
    lease_already_over = -61.0
    with pytest.raises(Died):
        execution.execute(
            Delivery(executor_id=attack["id"], due=due, request_id="killed", seconds=lease_already_over, now=True)
        )
    assert plans.running([instance]) == []
    assert stack.api("GET", f"/executors/{attack['id']}")[1]["status"] == "running"

    assert stack.api("POST", f"/executors/{attack['id']}/revert")[0] == 202

    undo = stack.api("GET", attack["_links"]["undo"]["href"])[1]
    assert plans.ended(undo)["status"] == "succeeded"
    assert plans.running([instance]) == [instance]
