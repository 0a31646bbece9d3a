"""Block plans in the mode ``dry_run``, and every plan of a leashed stage: they resolve their targets and attack
nothing."""

from chalicelib.config.settings import Settings
from chalicelib.domain.model import Mode
from chalicelib.guards.blocked import Blocked


def leash(mode: Mode, settings: Settings) -> Blocked | None:
    """Return why a plan of that mode attacks nothing in the stage; None where it may attack."""
    if mode is Mode.DRY_RUN:
        return Blocked("DryRun", "the plan is a dry run: its targets were resolved and nothing was attacked")
    if settings.leashed:
        return Blocked(
            "Leashed",
            f"the stage {settings.stage} is leashed: targets were resolved and nothing was attacked;"
            " its setting LEASHED=false lets it attack",
        )
    return None
