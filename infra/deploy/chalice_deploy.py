"""Deploy a stage to AWS, its functions and its API by ``chalice deploy``: ``make deploy STAGE=``.

Chalice runs in the copy of the sources that `package.py` makes, which holds the dependencies of the last deploy and no
``__pycache__``. The last stack is tagged with the fingerprint of the deployed sources. If it matches and nothing is
missing, the command changes nothing.
"""

import click

from infra.command_line import ON_AWS, Command
from infra.deploy.access_log import let_gateway_write, write_log
from infra.deploy.gateway_answers import give_cors
from infra.deploy.preconditions import require_concurrency, require_python, require_region
from infra.deploy.record import EMPTY, Record, resource
from infra.deploy.stacks import Stacks
from infra.deploy.stage_stacks import FINGERPRINT, bring_up_after, bring_up_before, bucket, stack_name
from infra.deploy.throttling import limit
from infra.errors import InfraError
from infra.local.place import claimed
from infra.local.progress import step
from infra.packaging.package import ROOT, chalice, fingerprint, last_words, package
from infra.packaging.wheels import fetch, only
from infra.stage.account import Clients, environments_clients, in_sentences
from infra.stage.functions import find, names
from infra.stage.stages import Stage, environment

BUILD = ROOT / ".local" / "build" / "local"
"""The one build folder of all stages, which keeps the dependencies. One stage at a time uses it."""


@click.command(cls=Command)
@ON_AWS
def main(stage: Stage) -> None:
    """Deploy a stage to AWS, or bring it up to date."""
    clients = environments_clients()
    with in_sentences():
        print(farewell(deploy(clients, stage), clients("lambda").meta.region_name))


def deploy(clients: Clients, stage: Stage) -> str:
    """Bring the stage up, showing each step, and return the URL of its API. Raises ``InfraError``."""
    stacks = Stacks(clients("cloudformation"), clients("s3"))
    require_python(stage)
    require_region(clients, stage)
    if stacks.find(stage.names.name) is not None:
        raise InfraError(
            f"{stage.name} was deployed with CloudFormation (stack {stage.names.name}): deploy it that way again "
            f"(docs/how-to/deploy-to-aws.md), or take it away first with make destroy STAGE={stage.name}"
        )
    digest = fingerprint(stage)
    if url := _unchanged(clients, stacks, stage, digest):
        print(f"{stage.names.name}: nothing has changed since the last deploy.", flush=True)
        return url
    require_concurrency(clients, stage)
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
    with step(f"{stage.names.name}: the API's access log"):
        let_gateway_write(clients, stacks)
        write_log(clients, api["rest_api_id"], stage)
    with step(f"{stage.names.name}: what follows the functions"):
        bring_up_after(stacks, stage, api_log_days=stage.log_days, tags={FINGERPRINT: digest})
    return api["rest_api_url"]


def farewell(url: str, region: str) -> str:
    """Return the message after a deploy: the URL, and the next commands."""
    return f"""
The API        {url}1/
Try            {signed_curl(f"{url}1/attacks/", region)}
Look at it     make doctor with the same STAGE; docs/reference/schedules.md"""


def signed_curl(url: str, region: str) -> str:
    """Return a curl command that signs with the credentials in the environment; curl drops the header of an empty
    token."""
    return (
        f'curl --aws-sigv4 "aws:amz:{region}:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
        f'-H "x-amz-security-token: $AWS_SESSION_TOKEN" {url}'
    )


def _unchanged(clients: Clients, stacks: Stacks, stage: Stage, digest: str) -> str | None:
    """Return the API's URL if the deployed stage matches the sources and is complete, else None."""
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
        record.write(EMPTY)  # marks a deploy that breaks off as ours
    with step(f"{stage.names.name}: packaging (the first time, it downloads the dependencies)"):
        # First, because packaging refuses what Chalice only mentions: a dependency without a wheel for Lambda.
        source = package(stage.name, BUILD).parent / "source"
    record.put_into(source)
    with step(f"{stage.names.name}: chalice deploy --stage {stage.name}"):
        region = {"AWS_DEFAULT_REGION": clients("lambda").meta.region_name}
        # Chalice takes the dependencies of the package made just now; if it fetches any, only from the checked wheels.
        checked = only(fetch(source / "requirements.txt", BUILD / "wheels"))
        status, output = chalice(["deploy", "--stage", stage.name], source, {**region, **checked})
    if status != 0:
        raise InfraError(f"chalice deploy failed: {last_words(output)}")
    record.take_from(source)


if __name__ == "__main__":
    main()
