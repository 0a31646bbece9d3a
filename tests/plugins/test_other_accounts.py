"""Every attack that takes a Region acts in the account of the role that its plan names, and there alone: on moto, which
keeps accounts apart and gives a session to whoever asks."""

from collections.abc import Callable
from random import Random
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.plugin import Attack, registry
from chalicelib.plugin.schemas import OTHER_ACCOUNT
from plugins.attacks.run_script import RunScript
from tests.plugins.conftest import REGION

Launch = Callable[..., list[str]]

ACCOUNT = "210987654321"
THERE = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/chaos", "external_id": "id/4711"}
ATTACKS = [
    each for each in registry.attacks().catalogue()[0] if "region" in each.schema["properties"]["args"]["properties"]
]
INSTANCE_ATTACKS = [each for each in ATTACKS if each is not RunScript]

each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.ref)


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ROLES", THERE["role_arn"])
    monkeypatch.setenv("ROLE_SESSIONS", "act")


def ec2_there() -> Any:
    keys = boto3.client("sts", region_name=REGION).assume_role(RoleArn=THERE["role_arn"], RoleSessionName="test")
    found = keys["Credentials"]
    return boto3.client(
        "ec2",
        region_name=REGION,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )


def launch_there(count: int, **tags: str) -> list[str]:
    described = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = ec2_there().run_instances(
        ImageId="ami-12c6146b",
        MinCount=count,
        MaxCount=count,
        TagSpecifications=[{"ResourceType": "instance", "Tags": described}],
    )
    return [each["InstanceId"] for each in made["Instances"]]


def instance(ec2: Any, id: str) -> tuple[str, list[str]]:
    """Its state, and the security groups of its interfaces."""
    (found,) = ec2.describe_instances(InstanceIds=[id])["Reservations"]
    by_instance = [{"Name": "attachment.instance-id", "Values": [id]}]
    interfaces = ec2.describe_network_interfaces(Filters=by_instance)["NetworkInterfaces"]
    groups = sorted(group["GroupName"] for interface in interfaces for group in interface["Groups"])
    return str(found["Instances"][0]["State"]["Name"]), groups


def args_of(attack: type[Attack]) -> dict[str, Any]:
    """Those of the attack's example, on instances with the tag Team=a in the other account."""
    shared = {name: value for name, value in attack.example["args"].items() if name != "region"}
    return {**shared, "filters": {"tag:Team": "a"}, **THERE}


def made(attack: type[Attack]) -> Any:
    of = attack(args_of(attack))
    of.rng = Random(7)
    return of


def test_there_are_such_attacks() -> None:
    assert {attack.ref.partition(":")[2] for attack in ATTACKS} >= {
        *("BlockNetwork", "RebootEC2Instance", "RunScript", "StopEC2Instance"),
        *("TerminateEC2Instance", "TerminateEC2InstanceNotExcluded"),
    }


@each_attack
def test_its_schema_takes_a_role_and_an_external_id(attack: type[Attack]) -> None:
    args = attack.schema["properties"]["args"]["properties"]
    assert {name: args.get(name) for name in OTHER_ACCOUNT} == OTHER_ACCOUNT
    Draft202012Validator(attack.schema).validate({"ref": attack.ref, "args": args_of(attack)})


@each_attack
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"role_arn": f"arn:aws:iam::{ACCOUNT}:role/admin"}, "setting ALLOWED_ROLES allows: its operator adds it$"),
        ({"external_id": "id/4711"}, "^external_id is for a role of another account: give role_arn too$"),
    ],
)
def test_it_is_refused_when_posted_where_the_stage_does_not_allow_it(
    attack: type[Attack], given: dict[str, str], sentence: str
) -> None:
    own = {name: value for name, value in args_of(attack).items() if name not in THERE}
    with pytest.raises(InvalidRequest, match=sentence):
        attack.check({**own, **given})


@each_attack
def test_it_finds_the_instances_of_the_other_account(launch: Launch, attack: type[Attack]) -> None:
    launch(2, Team="a")
    (there,), (protected,) = launch_there(1, Team="a"), launch_there(1, Team="a", **{"chaos:protected": "true"})
    resolved = made(attack).resolve()
    assert [target.id for target in resolved.candidates] == [there]
    assert {name: resolved.known[name] for name in ("region", "account")} == {"region": REGION, "account": ACCOUNT}
    assert set(resolved.spared) == {protected}


@each_attack
def test_it_looks_nowhere_once_the_stage_has_taken_the_role_back(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, attack: type[Attack]
) -> None:
    launch(1, Team="a")
    monkeypatch.delenv("ALLOWED_ROLES")
    for act in (made(attack).resolve, made(attack).run):
        with pytest.raises(
            AttackFailed, match="^the role .* is not among those that the stage's setting ALLOWED_ROLES"
        ):
            act()


@pytest.mark.parametrize("attack", INSTANCE_ATTACKS, ids=lambda attack: attack.ref)
def test_it_acts_there_and_is_undone_there(launch: Launch, attack: type[Attack]) -> None:
    (here,), (there,) = launch(1, Team="a"), launch_there(1, Team="a")
    own, other = boto3.client("ec2", region_name=REGION), ec2_there()
    before_here, before_there = instance(own, here), instance(other, there)

    acting = made(attack)
    state = acting.prepare() if attack.can_be_undone() else None
    outcome = acting.run()

    assert (outcome["account"], outcome["instance_id"], outcome["candidates"]) == (ACCOUNT, there, 1)
    assert (instance(other, there) != before_there) == (not attack.ref.startswith("reboot"))  # which does not show
    if attack.can_be_undone():
        made(attack).revert(state)
        assert instance(other, there) == before_there
    assert instance(own, here) == before_here


def test_where_nothing_matches_the_account_is_named(launch: Launch) -> None:
    launch(1, Team="a")
    attack = made(next(each for each in ATTACKS if each.__name__ == "TerminateEC2Instance"))
    with pytest.raises(AttackFailed, match=f"^no instance in {REGION} of the account {ACCOUNT} matches"):
        attack.run()
