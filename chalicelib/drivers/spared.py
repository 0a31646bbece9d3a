"""Which machines are never attacked, by their tags and the stage's settings PROTECTED_TAGS and REQUIRED_TAGS."""

import os
from collections.abc import Mapping

from chalicelib.plugin import Spared
from chalicelib.tags import why_spared


def reason(tags: Mapping[str, str]) -> str | None:
    """Why a machine with these tags is spared, None where it may be attacked.

    Raises ``Spared`` where the settings cannot be read.
    """
    try:
        return why_spared(tags, os.environ)
    except ValueError as error:
        raise Spared(f"PROTECTED_TAGS or REQUIRED_TAGS cannot be read, so nothing is attacked: {error}") from None


def require_unspared(id: str, tags: Mapping[str, str]) -> None:
    """Raise ``Spared`` that says why, if a machine with these tags is spared."""
    why = reason(tags)
    if why is not None:
        raise Spared(f"{id} is spared: {why}")


def unread(id: str, why: str) -> Spared:
    """The refusal where the tags of a machine cannot be read."""
    return Spared(f"the tags of {id} cannot be read ({why}): what cannot be told is not attacked")
