"""The stage prod as it is packaged, deployed by CloudFormation to a local AWS of its own: it is leashed, and kills
nothing until its settings say so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.stacks import Stacks
from infra.deploy.stage_stacks import bring_up_after, bring_up_before, bring_up_functions
from infra.local.account import SECRET_KEY, client
from infra.local.callers import make_caller
from infra.local.child import RunningEngine
from infra.local.emulator import LAMBDA_PYTHON, PYTHON, Emulator
from infra.local.place import ACCOUNT, REGION, Place, free_ports
from infra.packaging.package import ROOT
from infra.packaging.package_folder import hand_over
from infra.stage.functions import find
from infra.stage.stages import environment, own_environment, stage
from tests.e2e.functions import attack_function_with
from tests.e2e.wishes import Plans

PROD = stage("prod")
TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"
STOP = "stop_ec2_instance:StopEC2Instance"


def deployed(place: Place, packaged: Path) -> str:
    """The id of the API of prod, deployed as the calls that `make package` prints do it, and given an address."""
    stacks = Stacks(client("cloudformation", place.aws), client("s3", place.aws))
    bring_up_before(stacks, PROD)
    bring_up_functions(stacks, PROD, packaged, "any")
    bring_up_after(stacks, PROD)
    api = stacks.outputs(PROD.names.name)["RestAPIId"]
    address = (ROOT / "infra" / "local" / "address.yaml").read_text()
    stacks.bring_up(f"{PROD.names.name}-address", address, {"RestApi": api}, {})
    return api


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """The stage behind its API, where every call is signed by the operator of docs/how-to/control-access.md."""
    if not (PYTHON.exists() and LAMBDA_PYTHON.exists()):
        pytest.skip("the local AWS is not installed: `make run` or `make test` does that")
    folder = tmp_path_factory.mktemp("prod")
    port, aws_port = free_ports(2)
    place = Place(port=port, aws_port=aws_port, folder=folder)
    hand_over(PROD, folder / "packaged")
    emulator = Emulator(place)
    emulator.start()
    try:
        api = deployed(place, folder / "packaged")
        operator = make_caller(client("iam", place.aws), "operator", api)
        run = {
            "aws": place.aws,
            "api_iam": place.aws,
            "stage": PROD.name,
            "region": REGION,
            "access_key": ACCOUNT,
            "secret_key": SECRET_KEY,
            "attack_function": PROD.names.attack_function,
            "schedule_group": PROD.names.schedule_group,
            "operator_access_key": operator.access_key,
            "operator_secret_key": operator.secret_key,
        }
        (folder / "run.json").write_text(json.dumps(run))
        yield RunningEngine(folder / "run.json")
    finally:
        emulator.stop()


@pytest.fixture
def plans(prod: RunningEngine) -> Iterator[Plans]:
    made = Plans(prod)
    yield made
    made.clear()


def described(prod: RunningEngine, instances: list[str]) -> Any:
    return prod.client("ec2").describe_instances(InstanceIds=instances)["Reservations"]


def test_its_functions_have_the_settings_of_prod_which_say_nothing_of_a_leash(prod: RunningEngine) -> None:
    for name, configuration in find(prod.client, PROD).items():
        own = own_environment(name.removeprefix(f"{PROD.names.name}-"))
        assert configuration["Environment"]["Variables"] == {**environment(PROD), **own}
        assert "LEASHED" not in configuration["Environment"]["Variables"]
    assert prod.api("GET", "/engine/")[1]["leashed"] is True


def test_what_falls_due_resolves_its_targets_and_kills_nothing(prod: RunningEngine, plans: Plans) -> None:
    fleet = plans.fleet(2, "leashed")
    before = described(prod, fleet)
    _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "leashed"}}}, ahead=2)

    record = plans.ended(executor, seconds=60)

    assert (record["status"], record["error"]["type"]) == ("skipped", "Leashed"), record
    assert sorted(record["outcome"]["would_choose_among"]) == sorted(fleet)
    assert described(prod, fleet) == before


def test_the_answer_to_a_posted_plan_says_so(prod: RunningEngine, plans: Plans) -> None:
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-02T12:00:00"}}
    attack = {"ref": TERMINATE, "args": {"filters": {"tag:chaos": "leashed"}}}
    _, made = prod.api("POST", "/plans/", {"name": "leashed", "attack": attack, "planner": planner})
    plans.adopt(made["id"])
    assert made["warnings"][0].startswith("the stage prod is leashed")


def test_what_a_person_runs_at_once_kills_nothing_either_and_nothing_is_undone(
    prod: RunningEngine, plans: Plans
) -> None:
    fleet = plans.fleet(1, "at-once")
    before = described(prod, fleet)
    attack = {"ref": STOP, "args": {"filters": {"tag:chaos": "at-once"}, "duration": 3600}}
    plan, executor = plans.post(attack, ahead=3600)
    assert prod.api("POST", f"/executors/{executor['id']}/run")[0] == 202

    record = plans.ended(executor, seconds=60)

    assert (record["status"], record["error"]["type"]) == ("skipped", "Leashed"), record
    _, plan = prod.api("GET", f"/plans/{plan['id']}")
    _, undo = plan["_embedded"]["executors"]
    assert prod.api("POST", f"/executors/{undo['id']}/revert")[0] == 409
    assert described(prod, fleet) == before


def test_it_is_the_leash_that_holds_it_back(prod: RunningEngine, plans: Plans) -> None:
    fleet = plans.fleet(1, "let-go")
    with attack_function_with(prod, LEASHED="false"):
        _, executor = plans.post({"ref": TERMINATE, "args": {"filters": {"tag:chaos": "let-go"}}}, ahead=2)
        record = plans.ended(executor, seconds=60)
    assert record["status"] == "succeeded", record
    assert plans.running(fleet) == []
