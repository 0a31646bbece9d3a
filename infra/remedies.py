"""What mends a stage, as ``make doctor`` says it."""

from botocore.exceptions import ClientError

from infra.account import code
from infra.errors import InfraError
from infra.stages import Stage


def missing(error: ClientError, expected: str, what: str, stage: Stage) -> Exception:
    """The sentence for what is not there; any other error as it is."""
    return InfraError(f"{what} is missing: {restore(stage)}") if code(error) == expected else error


def deploy(stage: Stage) -> str:
    """What brings the stage up to date."""
    return "make run" if stage.name == "local" else f"make deploy STAGE={stage.name}"


def restore(stage: Stage) -> str:
    """A stack that is as its template says is left alone, whatever became of what it made: then it has to go first."""
    if stage.name == "local":
        return "move .local/state away, then make run"
    return f"{deploy(stage)}; if that finds nothing changed, detect the drift of its stacks"
