"""The port to what people have set for the whole engine. Every method may raise ``Unavailable``."""

from typing import Protocol

from chalicelib.domain.engine_state import AuditEntry, Control, Lever
from chalicelib.domain.page import Page


class Controls(Protocol):
    """The state of the whole engine, as people set it. Read after write: it takes effect with the next request."""

    def control(self) -> Control:
        """Return the state as of now."""

    def steer(self, known: Control, control: Control, act: AuditEntry) -> None:
        """Replace what is known by ``control`` and put the act in the history, in one transaction.

        ``control.version`` is one more than ``known.version``. Raises ``WriteConflict`` where it is no longer as known;
        to repeat what this caller did already (its answer was lost) is no error.
        """

    def pull(self, lever: Lever, act: AuditEntry) -> Control:
        """Put the halt lever into that position and the act in the history, in one transaction; return the state.

        The rest of the state stays as it is. There is no condition, so that nobody makes the lever wait; each pull is
        a version of its own. Idempotent. A state that cannot be read is written anew, without its freezes: only then
        it may raise ``WriteConflict``.
        """

    def history(self, *, limit: int, after: str | None) -> Page[AuditEntry]:
        """Return the changes, newest first; ``after`` is the ``position`` of the last entry of the page before."""
