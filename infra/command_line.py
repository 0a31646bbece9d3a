"""Give commands what they share: the stage as an argument, and a sentence instead of a traceback."""

from typing import Any

import click

from chalicelib.domain.errors import EngineError
from infra.errors import InfraError
from infra.stage.stages import STAGES, Stage


class Command(click.Command):
    """A command whose expected errors end it with one sentence on stderr and exit status 1."""

    failure = 1

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and exit with ``failure`` for an error of the engine, of a stage or of the system."""
        try:
            return super().invoke(ctx)
        except (InfraError, EngineError, OSError) as error:
            # The engine's own errors are written for its callers, so an operator gets the cause as well.
            cause = error.__cause__ if isinstance(error, EngineError) else None
            click.echo(f"{error} ({cause})" if cause else error, err=True)
            ctx.exit(self.failure)


class StageName(click.ParamType[Stage]):
    """The name of a stage; that of the local one only where the command accepts it."""

    name = "stage"

    def __init__(self, *, local: bool) -> None:
        self._accepted = {each.name: each for each in STAGES if local or each.name != "local"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Stage:
        """Return the stage of that name. Raises ``click.BadParameter`` that names the accepted ones."""
        if value in self._accepted:
            return self._accepted[value]
        choice = f"give STAGE={' or STAGE='.join(self._accepted)}"
        if value == "local":
            self.fail(f"the stage local is not on AWS: {choice}; make run starts it, make clean removes it", param, ctx)
        self.fail(f"there is no stage {value!r}: {choice}", param, ctx)


ON_AWS = click.argument("stage", type=StageName(local=False))
ANY = click.argument("stage", type=StageName(local=True))
