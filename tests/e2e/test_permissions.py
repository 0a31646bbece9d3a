"""What each function's role may and may not, tried with that role's own credentials: the local AWS enforces IAM."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.local.child import Child, RunningEngine
from infra.stage.generate import FOLDER
from tests.conftest import IN_SUMMARY
from tests.e2e.other_account import OtherAccount
from tests.e2e.probe import DENIED, AskAll
from tests.infra.role_call import ACCOUNT, API, ROLES
from tests.infra.role_calls import role_calls
from tests.infra.surroundings import MADE_GROUP, TARGET_ROLE

Ask = Callable[..., str]
TRIED = [call for call in role_calls("local") if call.arguments is not None]
SUFFIXES = {role: "" if role == API else f"-{role}" for role in ROLES}
"""How the functions' names end."""


@pytest.fixture(scope="module")
def ask(ask_all: AskAll) -> Ask:
    """Makes one AWS call as that function (``""``, ``-attack``, ...) would, and says ``done`` or the error."""

    def ask(function: str, service: str, call: str, **arguments: Any) -> str:
        return ask_all(function, [{"service": service, "call": call, "arguments": arguments}])[0]

    return ask


@pytest.fixture(scope="module")
def trusting(child: Child) -> Iterator[Callable[[str], str]]:
    """Makes roles in another account that trust all of this one, so that what refuses is the policy of who asks."""
    other = OtherAccount(RunningEngine(child.run_file))
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        everyone = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        return other.make_role(name, {"Version": "2012-10-17", "Statement": [everyone]})

    yield make
    for name in made:
        other.remove_role(name)


@pytest.fixture
def cleared(stack: RunningEngine) -> Iterator[None]:
    """What the attack role's calls make is removed."""
    yield
    ec2 = stack.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [MADE_GROUP]}])["SecurityGroups"]
    for group in groups:
        if group["GroupName"] == MADE_GROUP:
            ec2.delete_security_group(GroupId=group["GroupId"])


@pytest.mark.usefixtures("cleared")
def test_each_role_may_what_the_table_says_and_is_denied_the_rest(
    ask_all: AskAll, trusting: Callable[[str], str], record_property: Callable[[str, str], None]
) -> None:
    trusting(TARGET_ROLE)
    calls = [{"service": each.service, "call": each.method, "arguments": each.arguments} for each in TRIED]
    said = {role: ask_all(SUFFIXES[role], calls) for role in ROLES}
    wrong, denied = [], 0
    for role, answers in said.items():
        for call, answer in zip(TRIED, answers, strict=True):
            denied += answer in DENIED
            if (answer in DENIED) is (role in call.roles):
                wrong.append(f"{role}: {call}: {answer}")
    assert wrong == []
    tried = len(ROLES) * len(TRIED)
    record_property(
        IN_SUMMARY,
        f"roles: {len(ROLES)} x {len(TRIED)} calls, {tried} tried, {tried - denied} allowed, {denied} denied",
    )


def test_no_function_takes_the_role_of_another_nor_schedulers(
    ask_all: AskAll, stack: RunningEngine, record_property: Callable[[str, str], None]
) -> None:
    """Neither do their policies name them, nor does the trust of these."""
    roles = [role["Arn"] for role in stack.client("iam").list_roles()["Roles"] if ":role/chaosmonkey-" in role["Arn"]]
    assert len(roles) == len(ROLES) + 1
    calls = [
        {"service": "sts", "call": "assume_role", "arguments": {"RoleArn": role, "RoleSessionName": "probe"}}
        for role in roles
    ]
    for role in ROLES:
        assert set(ask_all(SUFFIXES[role], calls)) <= DENIED, role
    record_property(IN_SUMMARY, f"roles: {len(ROLES)} x {len(calls)} roles asked for, none given")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_the_policy_of_its_file_alone_and_lambda_alone_assumes_it(
    stack: RunningEngine, role: str
) -> None:
    iam = stack.client("iam")
    function = stack.client("lambda").get_function_configuration(FunctionName=f"chaosmonkey-local{SUFFIXES[role]}")
    name = function["Role"].rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    (inline,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
    assert policy == json.loads((FOLDER / f"policy-{role}-local.json").read_text())
    (trust,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Effect"], trust["Principal"]) == ("Allow", {"Service": "lambda.amazonaws.com"})


def test_the_attack_and_resolve_functions_assume_the_roles_that_the_stage_allows_and_the_others_none(
    ask: Ask, trusting: Callable[[str], str]
) -> None:
    allowed, another = (trusting(name) for name in ("chaosmonkey-trusting", "admin"))
    here = f"arn:aws:iam::{ACCOUNT}:role/chaosmonkey-trusting"  # of the right name, and in no list
    for function in ("-attack", "-resolve"):
        assert ask(function, "sts", "assume_role", RoleArn=allowed, RoleSessionName="probe") == "done"
        for role in (another, here):
            assert ask(function, "sts", "assume_role", RoleArn=role, RoleSessionName="probe") in DENIED
    for function in ("", "-sweep", "-undelivered"):
        assert ask(function, "sts", "assume_role", RoleArn=allowed, RoleSessionName="probe") in DENIED
