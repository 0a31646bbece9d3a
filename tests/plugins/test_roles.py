"""EC2DriverFactory in another account: which roles it assumes, and what it asks of STS."""

import json
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from tests.plugins.conftest import REGION, Web

ROLE = "arn:aws:iam::210987654321:role/chaos"
OWN_ROLE = "arn:aws:iam::123456789012:role/engine"
LOOK = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
REFUSED = b"<ErrorResponse><Error><Code>%s</Code></Error></ErrorResponse>"


def session(key: str) -> tuple[int, dict[str, str], bytes]:
    """What STS answers: a session with that access key."""
    keys = f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token of {key}"
    return (
        200,
        {"Content-Type": "text/xml"},
        f'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>{keys}'
        "</SessionToken><Expiration>2090-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
        "</AssumeRoleResponse>".encode(),
    )


@pytest.fixture
def sts(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A server in the place of STS, of a stage that allows the role."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    monkeypatch.setenv("ALLOWED_ROLES", ROLE)
    web.answers = [session("AKIDOFTHEROLE")]
    return web


def asked(web: Web) -> list[dict[str, Any]]:
    """The parameters of each request, the session policy read; and the access key that signed it."""
    found = []
    for request in web.received:
        params: dict[str, Any] = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if "Policy" in params:
            (params["Policy"],) = json.loads(params["Policy"])["Statement"]
        found.append({**params, "by": request.headers["Authorization"].split("Credential=")[1].partition("/")[0]})
    return found


def test_a_session_of_the_role_is_asked_for_with_the_external_id_and_can_only_look(sts: Web) -> None:
    driver = EC2DriverFactory("eu-west-1", ROLE, "id/4711").get_driver()
    assert (driver.key, driver.secret, driver.token) == ("AKIDOFTHEROLE", "s", "token of AKIDOFTHEROLE")
    assert asked(sts) == [
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": ROLE,
            "RoleSessionName": "chaos-monkey-engine-local",
            "DurationSeconds": "900",
            "ExternalId": "id/4711",
            "Policy": LOOK,
            "by": "AKIDOFTHETESTS",
        }
    ]


def test_sts_is_asked_in_the_functions_own_region_whatever_the_attacks(
    sts: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    for own in (REGION, "eu-north-1"):
        assert EC2DriverFactory("il-central-1", ROLE).get_driver().region_name == "il-central-1"
        assert f"/{own}/sts/aws4_request" in sts.received[-1].headers["Authorization"]
        monkeypatch.setenv("AWS_REGION", "eu-north-1")


def test_ec2_is_asked_with_the_roles_session_token(sts: Web) -> None:
    driver = EC2DriverFactory(role_arn=ROLE).get_driver()
    sts.answers = [(200, {}, b'<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet/></R>')]
    assert driver.list_nodes() == []
    headers = {name.lower(): value for name, value in sts.received[-1].headers.items()}
    assert headers["x-amz-security-token"] == "token of AKIDOFTHEROLE"
    assert "AKIDOFTHEROLE" in headers["authorization"]


@pytest.mark.parametrize(("setting", "policy"), [("act", None), ("", LOOK), ("look", LOOK), ("ACT", LOOK)])
def test_a_session_may_do_what_the_role_may_in_the_attack_function_alone(
    sts: Web, monkeypatch: pytest.MonkeyPatch, setting: str, policy: Any
) -> None:
    monkeypatch.setenv("ROLE_SESSIONS", setting)
    EC2DriverFactory(role_arn=ROLE).get_driver()
    (request,) = asked(sts)
    assert request.get("Policy") == policy
    assert "ExternalId" not in request


@pytest.mark.parametrize("sessions", ["act", "look"])
def test_what_leads_to_another_role_may_do_nothing_but_assume_it(
    sts: Web, monkeypatch: pytest.MonkeyPatch, sessions: str
) -> None:
    monkeypatch.setenv("AWS_IAM_ROLE", OWN_ROLE)
    monkeypatch.setenv("ROLE_SESSIONS", sessions)
    sts.answers = [session("AKIDBETWEEN"), session("AKIDOFTHEROLE")]
    assert EC2DriverFactory(role_arn=ROLE, external_id="id").get_driver().key == "AKIDOFTHEROLE"
    first, second = asked(sts)
    assert (first["RoleArn"], first["by"], first.get("ExternalId")) == (OWN_ROLE, "AKIDOFTHETESTS", None)
    assert first["Policy"] == {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}
    assert (second["RoleArn"], second["by"], second["ExternalId"]) == (ROLE, "AKIDBETWEEN", "id")
    assert second.get("Policy") == (None if sessions == "act" else LOOK)


@pytest.mark.parametrize(
    ("setting", "role", "external_id", "sentence"),
    [
        (None, ROLE, None, f"^the role {ROLE} is not among those that the stage's setting ALLOWED_ROLES allows"),
        (ROLE, f"{ROLE}s", None, f"^the role {ROLE}s is not among those"),
        ("nonsense", ROLE, None, "^ALLOWED_ROLES cannot be read, so no role is assumed: 'nonsense' is not the ARN"),
        (ROLE, None, "id/4711", "^external_id is for a role of another account: give role_arn too$"),
    ],
)
def test_what_the_stage_does_not_allow_is_not_asked_for(
    sts: Web, monkeypatch: pytest.MonkeyPatch, setting: str | None, role: str | None, external_id: str, sentence: str
) -> None:
    """The check is the driver's, so that it holds for whatever attack uses it, and whenever."""
    if setting is None:
        monkeypatch.delenv("ALLOWED_ROLES")
    else:
        monkeypatch.setenv("ALLOWED_ROLES", setting)
    with pytest.raises(AttackFailed, match=sentence) as refused:
        EC2DriverFactory(role_arn=role, external_id=external_id).get_driver()
    assert "4711" not in str(refused.value)
    assert sts.received == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "AccessDenied",
            "AccessDenied (its trust policy has to name this function's role, and the external_id)",
        ),
        ("RegionDisabledException", "RegionDisabledException"),
    ],
)
def test_a_role_that_may_not_be_assumed_is_named_and_the_external_id_is_not(sts: Web, code: str, said: str) -> None:
    sts.answers = [(403, {"Content-Type": "text/xml"}, REFUSED % code.encode())]
    with pytest.raises(AttackFailed) as refused:
        EC2DriverFactory(role_arn=ROLE, external_id="id/4711").get_driver()
    assert str(refused.value) == f"the role {ROLE} cannot be assumed: {said}"


def test_a_role_is_not_assumed_where_nobody_answers(sts: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(AttackFailed, match="cannot be assumed: EndpointConnectionError"):
        EC2DriverFactory(role_arn=ROLE).get_driver()


def test_the_role_in_the_environment_is_assumed_when_it_is_an_arn(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the operator's own word, and so in no list."""
    monkeypatch.setenv("AWS_IAM_ROLE", ROLE)
    driver = EC2DriverFactory().get_driver()
    sts = boto3.client(
        "sts",
        region_name=REGION,
        aws_access_key_id=driver.key,
        aws_secret_access_key=driver.secret,
        aws_session_token=driver.token,
    )
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::210987654321:assumed-role/chaos/chaos-monkey-engine-local"


def test_the_role_in_the_environment_only_looks_where_sessions_do(sts: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IAM_ROLE", OWN_ROLE)
    EC2DriverFactory().get_driver()
    assert [request["Policy"] for request in asked(sts)] == [LOOK]
