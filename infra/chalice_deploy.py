"""``make deploy STAGE=``: a stage on AWS, its functions and its API made by ``chalice deploy``.

Chalice runs in the copy of the sources that `package.py` makes, where it finds the dependencies of the last time and
no ``__pycache__``. What was deployed last is remembered by the stack that comes last; where nothing has changed since
and nothing is missing, nothing is called that changes anything.
"""

import sys

from infra.account import Clients, aws_stage, environments_clients, in_sentences
from infra.deploy import FINGERPRINT, bring_up_after, bring_up_before, bucket, stack_name
from infra.errors import InfraError
from infra.functions import find, names
from infra.gateway_answers import give_cors
from infra.local.place import claimed
from infra.local.progress import step
from infra.package import ROOT, chalice, fingerprint, last_words, package
from infra.record import EMPTY, Record, resource
from infra.stacks import Stacks
from infra.stages import Stage, environment
from infra.throttling import limit
from infra.wheels import fetch, only

BUILD = ROOT / ".local" / "build" / "local"
"""All stages are packaged in one folder, which keeps the dependencies; one at a time."""


def main(arguments: list[str]) -> int:
    """Deploy the stage that is named. 0 only if it is up."""
    try:
        target = aws_stage(arguments[0] if arguments else "")
        clients = environments_clients()
        with in_sentences():
            print(farewell(deploy(clients, target), clients("lambda").meta.region_name))
        return 0
    except (InfraError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def deploy(clients: Clients, stage: Stage) -> str:
    """Bring the stage up, showing each step, and return the URL of its API. Raises ``InfraError``."""
    stacks = Stacks(clients("cloudformation"), clients("s3"))
    if stacks.find(stage.names.name) is not None:
        raise InfraError(
            f"{stage.name} was deployed with CloudFormation (stack {stage.names.name}): deploy it that way again "
            f"(docs/aws.md), or take it away first with make destroy STAGE={stage.name}"
        )
    digest = fingerprint(stage)
    if url := _unchanged(clients, stacks, stage, digest):
        print(f"{stage.names.name}: nothing has changed since the last deploy.", flush=True)
        return url
    with step(f"{stage.names.name}: the table, the schedule group, the role, the queue"):
        bring_up_before(stacks, stage)
    record = Record(clients("s3"), bucket(stacks, stage), stage)
    with claimed(BUILD / "lock"):
        _run_chalice(clients, stage, record)
    api = resource(record.read() or EMPTY, "rest_api")
    with step(f"{stage.names.name}: API Gateway's own answers"):
        give_cors(clients("apigateway"), api["rest_api_id"], environment(stage)["ALLOWED_ORIGIN"])
    with step(f"{stage.names.name}: API Gateway's limits, {stage.throttle}"):
        limit(clients("apigateway"), api["rest_api_id"], stage.throttle)
    with step(f"{stage.names.name}: what follows the functions"):
        bring_up_after(stacks, stage, api_log_days=stage.log_days, tags={FINGERPRINT: digest})
    return api["rest_api_url"]


def farewell(url: str, region: str) -> str:
    """What the operator needs next."""
    return f"""
The API        {url}1/
Try            {signed_curl(f"{url}1/attacks/", region)}
Look at it     make doctor with the same STAGE; docs/console.md"""


def signed_curl(url: str, region: str) -> str:
    """A command that calls it as whoever's keys are in the environment; curl drops the header of an empty token."""
    return (
        f'curl --aws-sigv4 "aws:amz:{region}:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
        f'-H "x-amz-security-token: $AWS_SESSION_TOKEN" {url}'
    )


def _unchanged(clients: Clients, stacks: Stacks, stage: Stage, digest: str) -> str | None:
    """The URL of what is deployed, if it is what the sources say and none of it is missing."""
    if stacks.tags(stack_name(stage, "after")).get(FINGERPRINT) != digest:
        return None
    if stacks.find(stack_name(stage, "before")) is None or find(clients, stage).keys() != set(names(stage)):
        return None
    document = Record(clients("s3"), bucket(stacks, stage), stage).read() or EMPTY
    return resource(document, "rest_api").get("rest_api_url")


def _run_chalice(clients: Clients, stage: Stage, record: Record) -> None:
    if record.read() is None:
        if present := find(clients, stage):
            raise InfraError(
                f"{', '.join(present)} exists, and not by make deploy: copy the .chalice/deployed/{stage.name}.json of "
                f"whoever deployed it to {record.place}, or remove it"
            )
        record.write(EMPTY)  # what breaks off from here on was begun by us
    with step(f"{stage.names.name}: packaging (the first time, it downloads the dependencies)"):
        # First, because packaging refuses what Chalice only mentions: a dependency without a wheel for Lambda.
        source = package(stage.name, BUILD).parent / "source"
    record.put_into(source)
    with step(f"{stage.names.name}: chalice deploy --stage {stage.name}"):
        region = {"AWS_DEFAULT_REGION": clients("lambda").meta.region_name}
        # It has packaged just now, and takes what it packaged; should it not, from the files that were checked.
        checked = only(fetch(source / "requirements.txt", BUILD / "wheels"))
        status, said = chalice(["deploy", "--stage", stage.name], source, {**region, **checked})
    if status != 0:
        raise InfraError(f"chalice deploy failed: {last_words(said)}")
    record.take_from(source)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
