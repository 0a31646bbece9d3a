"""Hold the state of the engine by which a plan is judged before it is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from chalicelib.config.settings import Settings
from chalicelib.domain.engine_state import Control
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.spec import PlanGuards


@dataclass(frozen=True, slots=True)
class ReadAlarms:
    """The answer of one read of ``ports.Alarms``: the states by name, or the error of a read that failed."""

    answer: Mapping[str, str] | Unavailable

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentState:
    """The current state of everything that may block the attacks of a plan."""

    settings: Settings
    control: Control
    guards: PlanGuards
    alarms: ReadAlarms
    unclear: str | None = None
    """The reason why the plan's stored guards cannot be parsed, if they cannot."""

    @property
    def zone(self) -> tzinfo:
        return self.settings.timezone
