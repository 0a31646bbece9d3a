"""Whose credentials an attack acts with.

The default chain of AWS's SDKs (in Lambda: the function's role). AWS_IAM_ROLE replaces it by another role: its ARN, to
be assumed, or the name of the role that the machine itself has (an EC2 instance's, from its metadata, version 2).

A role that an attack asks for is assumed only where the stage's ALLOWED_ROLES allows it. A session of a role may only
look, whatever the role may do, unless ROLE_SESSIONS is ``act``: that is in the environment of the attack function
alone (infra/stage/stages.py), so that the resolve function changes nothing in another account either.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalicelib.domain import role_allowlist
from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers import endpoint
from chalicelib.net import rules
from chalicelib.net.guard import Guard, guarded

if TYPE_CHECKING:
    from botocore.session import Session

_SESSION_NAME = "chaos-monkey-engine"
"""Followed by the stage, it is what CloudTrail shows in the other account."""
_SHORTEST_SESSION = 900
_SECONDS_TO_CONNECT, _SECONDS_TO_ANSWER = 3, 5
"""Of AWS's STS. The resolve function has 15 for all it does."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """They have no repr, so that no log shows them."""

    access_key: str
    secret_key: str
    token: str | None


def find(region: str, role_arn: str | None = None, external_id: str | None = None) -> Credentials:
    """Return the credentials to use in a Region; with ``role_arn`` those of that role.

    The role may be another account's, and its trust policy may ask for the ``external_id``. Raises ``AttackFailed``
    that names what is missing or refused. No sentence repeats the external id.
    """
    import botocore.session

    if refused := role_allowlist.role_violation(role_arn, external_id, os.environ):
        raise AttackFailed(refused)
    session = botocore.session.Session()
    own_role = os.environ.get("AWS_IAM_ROLE", "")
    if own_role and not own_role.startswith("arn:"):
        found = _of_the_instance(session, own_role)
    else:
        found = _of_the_chain(session)
        if own_role:
            limit = _only("sts:AssumeRole", role_arn) if role_arn else _limit()
            found = _assumed(session, found, own_role, region, limit)
    return _assumed(session, found, role_arn, region, _limit(), external_id) if role_arn else found


def _limit() -> str | None:
    """Return the session policy of attacks on instances: a session may do what both the role and this policy allow."""
    return None if os.environ.get("ROLE_SESSIONS") == "act" else _only("ec2:Describe*", "*")


def _only(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _of_the_chain(session: "Session") -> Credentials:
    from botocore.exceptions import BotoCoreError

    try:
        if rules.is_local():
            for beyond_this_machine in ("container-role", "iam-role"):
                session.get_component("credential_provider").remove(beyond_this_machine)
        with guarded(Guard(rules.CREDENTIALS)):
            found = session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise AttackFailed(f"the AWS credentials cannot be read: {error}") from error
    if frozen is None:
        raise AttackFailed(
            "there are no AWS credentials: give the function a role, or set AWS_ACCESS_KEY_ID and its secret"
        )
    return Credentials(str(frozen.access_key), str(frozen.secret_key), frozen.token)


def _of_the_instance(session: "Session", role: str) -> Credentials:
    from botocore.exceptions import BotoCoreError
    from botocore.utils import InstanceMetadataFetcher

    address = session.get_config_variable("ec2_metadata_service_endpoint")
    parts = urlsplit(address or "http://169.254.169.254")
    rules.check_address(parts.hostname or "", parts.port or 80, rules.CREDENTIALS)
    fetcher = InstanceMetadataFetcher(
        timeout=2,
        num_attempts=3,
        config={
            "ec2_metadata_service_endpoint": address,
            "ec2_metadata_service_endpoint_mode": session.get_config_variable("ec2_metadata_service_endpoint_mode"),
            "ec2_metadata_v1_disabled": True,
        },
    )
    found: dict[str, Any] = {}
    with suppress(BotoCoreError), guarded(Guard(rules.CREDENTIALS)):
        found = fetcher.retrieve_iam_role_credentials()
    if not found:
        raise AttackFailed(f"AWS_IAM_ROLE names {role}, but this machine has no instance metadata with a role")
    if found["role_name"] != role:
        raise AttackFailed(f"AWS_IAM_ROLE names {role}, but this machine's role is {found['role_name']}")
    return Credentials(found["access_key"], found["secret_key"], found["token"])


def _assumed(
    session: "Session",
    own: Credentials,
    role_arn: str,
    region: str,
    limit: str | None,
    external_id: str | None = None,
) -> Credentials:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    # The function's own: the attack's may be one that is enabled in the other account alone. A session is good for all.
    home = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or region
    client = session.create_client(
        "sts",
        region_name=home,
        endpoint_url=endpoint.configured("sts"),
        aws_access_key_id=own.access_key,
        aws_secret_access_key=own.secret_key,
        aws_session_token=own.token,
        config=Config(connect_timeout=_SECONDS_TO_CONNECT, read_timeout=_SECONDS_TO_ANSWER),
    )
    asked = {"ExternalId": external_id, "Policy": limit}
    try:
        answer = client.assume_role(
            RoleArn=role_arn,
            RoleSessionName=f"{_SESSION_NAME}-{os.environ.get('STAGE', 'local')}",
            DurationSeconds=_SHORTEST_SESSION,
            **{name: value for name, value in asked.items() if value is not None},
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        denied = code.startswith("AccessDenied")
        hint = " (its trust policy has to name this function's role, and the external_id)" if denied else ""
        raise AttackFailed(f"the role {role_arn} cannot be assumed: {code}{hint}") from error
    except BotoCoreError as error:
        raise AttackFailed(f"the role {role_arn} cannot be assumed: {type(error).__name__}") from error
    keys = answer["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
