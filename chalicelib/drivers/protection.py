"""Spare machines by their tags and the stage's settings PROTECTED_TAGS and REQUIRED_TAGS."""

import os
from collections.abc import Mapping

from chalicelib.domain.attack_failures import Spared
from chalicelib.domain.tags import spared_because


def reason(tags: Mapping[str, str]) -> str | None:
    """Return why a machine with these tags is spared; None where it may be attacked.

    Raises ``Spared`` where the settings cannot be read.
    """
    try:
        return spared_because(tags, os.environ)
    except ValueError as error:
        raise Spared(f"PROTECTED_TAGS or REQUIRED_TAGS cannot be read, so nothing is attacked: {error}") from None


def require_unspared(id: str, tags: Mapping[str, str]) -> None:
    """Raise ``Spared`` that says why, if a machine with these tags is spared."""
    why = reason(tags)
    if why is not None:
        raise Spared(f"{id} is spared: {why}")


def unread(id: str, why: str) -> Spared:
    """Return the refusal of a machine whose tags cannot be read."""
    return Spared(f"the tags of {id} cannot be read ({why}): a machine whose tags are unknown is not attacked")
