"""Attacks in another account, on real wires: a second account of the local AWS, whose role trusts the engine's two
functions and an external id, by the policies that the documentation shows."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.calls import call
from infra.local.child import Child, RunningEngine
from infra.packaging.package import ROOT
from infra.stage.stages import ANOTHER_ACCOUNT
from tests.e2e.other_account import EXTERNAL_ID, ROLE, OtherAccount
from tests.e2e.wishes import Plans, until

TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"
PROBE = """
from libcloud.common.exceptions import BaseHTTPError
from chalicelib.drivers.ec2.factory import EC2DriverFactory

def handler(event, context):
    driver = EC2DriverFactory(role_arn=event["role_arn"], external_id=event["external_id"]).get_driver()
    (node,) = driver.list_nodes(ex_node_ids=[event["instance"]])
    try:
        driver.destroy_node(node)
    except BaseHTTPError as error:
        return str(error)
    return "done"
"""


@pytest.fixture(scope="module")
def invited(child: Child) -> Iterator[OtherAccount]:
    account = OtherAccount(RunningEngine(child.run_file))
    account.invite()
    yield account
    account.remove_role(ROLE)


@pytest.fixture
def other(invited: OtherAccount) -> Iterator[OtherAccount]:
    """The other account; the instances that a test makes there are gone after it."""
    yield invited
    invited.clear()


def attack(other: OtherAccount, tag: str, ref: str = TERMINATE, **args: Any) -> dict[str, Any]:
    """One on an instance with that tag in the other account."""
    there = {"role_arn": other.role_arn, "external_id": EXTERNAL_ID}
    return {"ref": ref, "args": {"filters": {"tag:chaos": tag}, **there, **args}}


def request(attack: dict[str, Any], **more: Any) -> dict[str, Any]:
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-01T10:00"}}
    return {"name": "e2e", "attack": attack, "planner": planner, **more}


def ran(stack: RunningEngine, plans: Plans, attack: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The executor of a plan of that attack, which is run at once, and its record."""
    _, executor = plans.post(attack, ahead=3600)
    assert stack.api("POST", f"/executors/{executor['id']}/run")[0] == 202
    return executor, plans.ended(executor)


def test_an_instance_of_the_other_account_dies_and_the_one_here_lives(
    other: OtherAccount, stack: RunningEngine, plans: Plans
) -> None:
    here, protected, there = (*plans.fleet(1, "abroad"), *other.fleet(2, "abroad"))
    other.client("ec2").create_tags(Resources=[protected], Tags=[{"Key": "chaos:protected", "Value": "true"}])

    executor, record = ran(stack, plans, attack(other, "abroad"))

    assert record["status"] == "succeeded", record
    outcome = record["outcome"]
    assert (outcome["account"], outcome["instance_id"]) == (ANOTHER_ACCOUNT, there)
    assert (outcome["candidates"], outcome["spared"]) == (1, 1)
    assert other.running([protected, there]) == [protected]
    assert plans.running([here]) == [here]
    assert_not_logged(EXTERNAL_ID, stack, executor["id"])


def test_what_was_stopped_there_is_started_there_again(other: OtherAccount, stack: RunningEngine, plans: Plans) -> None:
    (there,) = other.fleet(1, "asleep")
    stop = attack(other, "asleep", "stop_ec2_instance:StopEC2Instance", duration=86_400)
    executor, record = ran(stack, plans, stop)
    assert record["status"] == "succeeded", record
    assert other.running([there]) == []

    assert stack.api("POST", f"/executors/{executor['id']}/revert")[0] == 202

    undo = stack.api("GET", f"/executors/{executor['id']}")[1]["_links"]["undo"]["href"]
    assert plans.ended(stack.api("GET", undo)[1])["status"] == "succeeded"
    assert other.running([there]) == [there]


def test_a_wrong_external_id_is_a_failed_attack_that_says_so(
    other: OtherAccount, stack: RunningEngine, plans: Plans
) -> None:
    (there,) = other.fleet(1, "wrong")

    executor, record = ran(stack, plans, attack(other, "wrong", external_id="guessed-by-nobody"))

    assert (record["status"], record["error"]["type"]) == ("failed", "AttackFailed")
    assert record["error"]["message"] == (
        f"the role {other.role_arn} cannot be assumed: AccessDenied"
        " (its trust policy has to name this function's role, and the external_id)"
    )
    assert other.running([there]) == [there]
    assert_not_logged("guessed-by-nobody", stack, executor["id"])


@pytest.mark.parametrize("way", ["/plans/", "/plans/?dry_run=true"])
def test_a_role_that_the_stage_does_not_allow_is_refused(other: OtherAccount, stack: RunningEngine, way: str) -> None:
    admin = other.role_arn.replace(ROLE, "admin")
    status, answer = stack.api("POST", way, request(attack(other, "any", role_arn=admin)))
    assert status == 400
    assert answer["msg"].startswith(f"the role {admin} is not among those that the stage's setting ALLOWED_ROLES")


def test_a_dry_run_looks_there_and_counts_for_the_guards(
    other: OtherAccount, stack: RunningEngine, plans: Plans
) -> None:
    plans.fleet(3, "dry")
    there = other.fleet(1, "dry")
    dry = request(attack(other, "dry"), guards={"min_healthy": 1})

    status, answer = stack.api("POST", "/plans/?dry_run=true", dry)

    assert status == 200, answer
    targets = answer["targets"]
    assert [each["id"] for each in targets["instances"]] == there
    assert targets["known"]["account"] == ANOTHER_ACCOUNT
    assert answer["_embedded"]["executors"][0]["held"]["guard"] == "MinHealthy"
    assert other.running(there) == there


def test_the_plan_that_the_page_shows_is_resolved_there(other: OtherAccount, stack: RunningEngine) -> None:
    page = (ROOT / "docs" / "how-to" / "attack-other-accounts.md").read_text()
    (shown,) = re.findall(r"-d '(\{.*?\})' \"\$API(/1/plans/\?dry_run=true)", page, re.DOTALL)

    status, answer = call("POST", f"{stack.run['aws']}/api{shown[1]}", json.loads(shown[0]))

    assert status == 200, answer
    assert answer["targets"]["known"] == {"region": "eu-west-1", "account": ANOTHER_ACCOUNT}


def test_too_few_healthy_there_hold_the_attack_back(other: OtherAccount, stack: RunningEngine, plans: Plans) -> None:
    plans.fleet(3, "few")
    there = other.fleet(1, "few")
    status, plan = stack.api("POST", "/plans/", request(attack(other, "few"), guards={"min_healthy": 1}))
    assert status == 200, plan
    plans.adopt(plan["id"])
    (executor,) = stack.api("GET", f"/plans/{plan['id']}")[1]["_embedded"]["executors"]

    assert stack.api("POST", f"/executors/{executor['id']}/run")[0] == 202

    record = plans.ended(executor)
    assert (record["status"], record["error"]["type"]) == ("skipped", "MinHealthy")
    assert (record["outcome"]["account"], record["outcome"]["candidates"]) == (ANOTHER_ACCOUNT, 1)
    assert other.running(there) == there


def test_the_resolve_function_can_only_look_there_whatever_the_role_may_do(
    other: OtherAccount, stack: RunningEngine
) -> None:
    """The engine's own driver, in functions with the role and the environment of the two that may assume."""
    (there,) = other.fleet(1, "looked at")
    event = {"role_arn": other.role_arn, "external_id": EXTERNAL_ID, "instance": there}

    assert as_function(stack, "resolve", event).startswith("UnauthorizedOperation")
    assert other.running([there]) == [there]
    assert as_function(stack, "attack", event) == "done"
    assert other.running([there]) == []


def as_function(stack: RunningEngine, function: str, event: dict[str, Any]) -> str:
    """What the probe says in a function that is like the engine's but for its handler."""
    functions = stack.client("lambda")
    real = functions.get_function_configuration(FunctionName=f"chaosmonkey-local-{function}")
    name = f"chaosmonkey-local-{function}-driver"
    functions.create_function(
        FunctionName=name,
        Role=real["Role"],
        Runtime=real["Runtime"],
        Layers=[layer["Arn"] for layer in real["Layers"]],
        Environment={"Variables": real["Environment"]["Variables"]},
        Handler="probe.handler",
        Timeout=30,
        Code={"ZipFile": archive()},
    )
    try:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return str(said)
    finally:
        functions.delete_function(FunctionName=name)


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("probe.py", PROBE)
        for path in (ROOT / "chalicelib").rglob("*.py"):
            made.write(path, path.relative_to(ROOT))
    return buffer.getvalue()


def assert_not_logged(text: str, stack: RunningEngine, executor_id: str) -> None:
    """The functions have logged something of the executor, and the text nowhere."""
    logs = stack.client("logs")

    def logged() -> str:
        found = []
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/chaosmonkey-local")["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            found += [event["message"] for page in pages for event in page["events"]]
        return "\n".join(found)

    until("its end is logged", lambda: executor_id in logged())
    assert text not in logged()
