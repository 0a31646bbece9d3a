"""Compute the date of an undo."""

from datetime import datetime

from chalicelib.domain.dates import END
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Config
from chalicelib.plugin import undone_after


def undo_date(due: datetime, attack: Config) -> datetime:
    """Return when an attack that is due then is to be undone.

    Raises ``InvalidRequest`` where that is not within the bounds of dates: such an undo could not be read again.
    """
    undone = due + undone_after(attack)
    if undone >= END:
        raise InvalidRequest(
            f"the attack at {due:%Y-%m-%dT%H:%M:%SZ} is too far ahead to be undone: "
            f"give a date before {END - undone_after(attack):%Y-%m-%dT%H:%M:%SZ}"
        )
    return undone
