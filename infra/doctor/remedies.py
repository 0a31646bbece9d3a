"""Suggest the commands that fix a stage, for ``make doctor``."""

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.stage.account import code
from infra.stage.stages import Stage


def missing(error: ClientError, expected: str, what: str, stage: Stage) -> Exception:
    """Return the error for a missing part, or the given error where it has another cause."""
    return InfraError(f"{what} is missing: {restore(stage)}") if code(error) == expected else error


def deploy(stage: Stage) -> str:
    """Return the command that brings the stage up to date."""
    return "make run" if stage.name == "local" else f"make deploy STAGE={stage.name}"


def restore(stage: Stage) -> str:
    """Return the commands that restore a missing part.

    CloudFormation leaves a stack alone while its template is unchanged, even if a resource of it is missing: the
    stack's drift shows that.
    """
    if stage.name == "local":
        return "move .local/state away, then make run"
    return f"{deploy(stage)}; if that finds nothing changed, detect the drift of its stacks"
