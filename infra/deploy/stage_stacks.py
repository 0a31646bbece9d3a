"""Bring up a stage's stacks: the resources that outlive a deploy, the functions, and the ones that need the functions.

``make deploy`` (`chalice_deploy.py`) uses the first and the last, and Chalice deploys the functions. The local stage
and users of ``make package`` deploy the functions by CloudFormation. A stage uses only one of the two ways.
"""

from collections.abc import Mapping
from pathlib import Path

from infra.deploy.stacks import Stacks
from infra.packaging.package import ROOT
from infra.stage.stages import Stage, functions_parameters, parameters_after, parameters_before

FINGERPRINT = "fingerprint"


def bring_up_before(stacks: Stacks, stage: Stage) -> None:
    """Bring up the table, the schedule group, Scheduler's role, the dead-letter queue, and the bucket of packages."""
    template = (ROOT / "infra" / "deploy" / "before.yaml").read_text()
    stacks.bring_up(stack_name(stage, "before"), template, parameters_before(stage), {})


def bring_up_functions(stacks: Stacks, stage: Stage, packaged: Path, digest: str) -> None:
    """Bring up the functions and the API from the folder that ``package`` returned, tagged with the fingerprint."""
    packages = bucket(stacks, stage)
    template = stacks.upload(packaged / "sam.json", packages)
    stacks.bring_up(stage.names.name, template, functions_parameters(stage), {FINGERPRINT: digest}, packages)


def bring_up_after(
    stacks: Stacks, stage: Stage, *, api_log_days: int = 0, tags: Mapping[str, str] | None = None
) -> None:
    """Bring up the retries and destinations of failed deliveries, and the alarms.

    With ``api_log_days`` it also creates the API's log group, which ``chalice deploy`` does not.
    """
    template = (ROOT / "infra" / "deploy" / "after.yaml").read_text()
    given = {**parameters_after(stage), "ApiLogDays": str(api_log_days)}
    stacks.bring_up(stack_name(stage, "after"), template, given, tags or {})


def bucket(stacks: Stacks, stage: Stage) -> str:
    """Return the name of the bucket of the stage's packages."""
    return stacks.outputs(stack_name(stage, "before"))["Packages"]


def stack_name(stage: Stage, part: str) -> str:
    """Return the name of the stack ``before`` or ``after`` the functions."""
    return f"{stage.names.name}-{part}"
