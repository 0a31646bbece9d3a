"""The group without rules where other attacks make it at the same time, or EC2 takes its time: moto never shows
that."""

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2 import empty_group
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.look import Look
from tests.plugins.conftest import Web

Answer = tuple[int, dict[str, str], bytes]
ANYWHERE = "<ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>"


def _group(*egress: str) -> Answer:
    """What EC2 says of the group sg-1 with these rules."""
    rules = "".join(f"<item>{rule}</item>" for rule in egress)
    return _answer(
        "<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions/>"
        f"<ipPermissionsEgress>{rules}</ipPermissionsEgress></item></securityGroupInfo>"
    )


def _answer(content: str) -> Answer:
    return 200, {}, f'<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">{content}</R>'.encode()


def _refusal(code: str) -> Answer:
    return (
        400,
        {},
        f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>".encode(),
    )


NONE, DONE = _answer("<securityGroupInfo/>"), _answer("<return>true</return>")
LOST: Answer = 502, {}, b"<html>Bad Gateway</html>"


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def fleet(web: Web, waited: list[float], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    return Fleet.of(pause=waited.append)


@pytest.mark.parametrize(
    "answers",
    [
        [_group()],
        [NONE, DONE, _group(ANYWHERE), DONE, _group()],
        [NONE, _refusal("InvalidGroup.Duplicate"), _group(ANYWHERE), _refusal("InvalidPermission.NotFound"), _group()],
        [NONE, DONE, NONE, NONE, _group(ANYWHERE), DONE, _group(ANYWHERE), DONE, _group()],
        [NONE, LOST, _group(ANYWHERE), LOST, _group()],
        [NONE, LOST, NONE, DONE, _group(ANYWHERE), LOST, _group(ANYWHERE), DONE, _group()],
    ],
    ids=[
        "it is there",
        "it is made",
        "another attack is faster, twice",
        "it is seen late, and emptied late",
        "answers are lost after the effect",
        "answers are lost before the effect",
    ],
)
def test_in_the_end_it_is_there_and_empty(web: Web, fleet: Fleet, answers: list[Answer]) -> None:
    web.answers = [*answers]
    assert empty_group.of(fleet, "vpc-1", within=Look(15, pause=fleet.pause)) == "sg-1"
    assert len(web.received) == len(answers)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([NONE, _refusal("VpcLimitExceeded")], "refused to make the security group chaosmonkey-isolated in vpc-1"),
        ([_group(ANYWHERE), _refusal("UnauthorizedOperation")], "refused to empty the security group sg-1"),
        ([_group(ANYWHERE.replace("-1", "6"))], "has rules, so it isolates nothing"),
        ([_group(ANYWHERE.replace("0.0.0.0/0", "10.0.0.0/8"))], "has rules, so it isolates nothing"),
        ([_group(f"{ANYWHERE}<groups><item><groupId>sg-2</groupId></item></groups>")], "has rules, so it isolates"),
    ],
)
def test_what_is_refused_or_is_somebodys_is_a_failed_attack(
    web: Web, fleet: Fleet, answers: list[Answer], sentence: str
) -> None:
    web.answers = [*answers]
    with pytest.raises(AttackFailed, match=sentence):
        empty_group.of(fleet, "vpc-1", within=Look(15, pause=fleet.pause))
    assert not [request for request in web.received if "Revoke" in request.path and "10.0.0.0" in request.path]


def test_one_that_is_never_seen_is_a_failed_attack_within_bounds(web: Web, fleet: Fleet, waited: list[float]) -> None:
    web.answers = [NONE, DONE, NONE]
    with pytest.raises(AttackFailed, match="there is no empty security group chaosmonkey-isolated in vpc-1 15 seconds"):
        empty_group.of(fleet, "vpc-1", within=Look(15, pause=fleet.pause))
    assert sum(waited) == 15
