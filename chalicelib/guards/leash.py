"""What resolves its targets and attacks nothing: a plan that is a dry run, and every plan of a leashed stage."""

from chalicelib.guards.held import Held
from chalicelib.model import Mode
from chalicelib.settings import Settings


def leash(mode: Mode, settings: Settings) -> Held | None:
    """Why a plan of that mode attacks nothing in the stage, None where it may."""
    if mode is Mode.DRY_RUN:
        return Held("DryRun", "the plan is a dry run: its targets were resolved and nothing was attacked")
    if settings.leashed:
        return Held(
            "Leashed",
            f"the stage {settings.stage} is leashed: targets were resolved and nothing was attacked;"
            " its setting LEASHED=false lets it attack",
        )
    return None
