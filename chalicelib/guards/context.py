"""Hold what a guard may look at when an executor is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from chalicelib.domain.engine_state import Control
from chalicelib.guards.spec import PlanGuards
from chalicelib.ports.services import Alarms


class CannotEvaluate(Exception):
    """The failure of a guard that cannot be evaluated now. Its message says what is unknown, in words for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueContext:
    """An executor's due minute. ``roll`` was drawn for it from [0, 1), whether or not a guard asks for it.
    ``unclear`` is why the plan's guards are not understood, where they are not."""

    now: datetime
    zone: tzinfo
    control: Control
    guards: PlanGuards
    roll: float
    alarms: Alarms
    unclear: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetContext:
    """The targets of an attack: how many machines it chooses from (None where unknown), how many of these run, and how
    many it takes (None where it does not say)."""

    candidates: int | None
    running: int
    takes: int | None
    guards: PlanGuards


Guard = Callable[[DueContext], str | None]
TargetGuard = Callable[[TargetContext], str | None]
