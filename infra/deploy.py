"""The parts of a stage, brought up: what outlives a deploy, the functions by CloudFormation, what needs the functions.

``make deploy`` (`chalice_deploy.py`) takes the first and the last from here and has Chalice make the functions. By
CloudFormation they are made on the local AWS, and by those who take ``make package`` instead: one stage is deployed
one way or the other.
"""

from collections.abc import Mapping
from pathlib import Path

from infra.package import ROOT
from infra.stacks import Stacks
from infra.stages import Stage, functions_parameters, parameters, parameters_after

FINGERPRINT = "fingerprint"


def bring_up_before(stacks: Stacks, stage: Stage) -> None:
    """The table, the schedule group, Scheduler's role, the dead-letter queue, the bucket of packages."""
    template = (ROOT / "infra" / "before.yaml").read_text()
    stacks.bring_up(stack_name(stage, "before"), template, parameters(stage), {})


def bring_up_functions(stacks: Stacks, stage: Stage, packaged: Path, digest: str) -> None:
    """The functions and the API, from the folder that ``package`` returned. The stack remembers the digest."""
    packages = bucket(stacks, stage)
    template = stacks.upload(packaged / "sam.json", packages)
    stacks.bring_up(stage.names.name, template, functions_parameters(stage), {FINGERPRINT: digest}, packages)


def bring_up_after(
    stacks: Stacks, stage: Stage, *, api_log_days: int = 0, tags: Mapping[str, str] | None = None
) -> None:
    """How deliveries to the functions are tried again, and where they go in the end.

    With ``api_log_days`` also the log of the API, which ``chalice deploy`` does not make.
    """
    template = (ROOT / "infra" / "after.yaml").read_text()
    given = {**parameters_after(stage), "ApiLogDays": str(api_log_days)}
    stacks.bring_up(stack_name(stage, "after"), template, given, tags or {})


def bucket(stacks: Stacks, stage: Stage) -> str:
    """Where the stage's packages lie."""
    return stacks.outputs(stack_name(stage, "before"))["Packages"]


def stack_name(stage: Stage, part: str) -> str:
    """The stack of what is ``before`` or ``after`` the functions."""
    return f"{stage.names.name}-{part}"
