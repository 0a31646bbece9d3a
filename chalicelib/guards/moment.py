"""What a guard may look at when an executor is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from chalicelib.control import Control
from chalicelib.guards.of_a_plan import PlanGuards
from chalicelib.ports.services import Alarms


class CannotTell(Exception):
    """What the guard has to know cannot be known now. Its message says what, in words for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
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
class Aim:
    """What an attack is about to do: how many machines it may choose from (None where it does not say), how many of
    these run, and how many of them it takes (None where it does not say)."""

    candidates: int | None
    running: int
    takes: int | None
    guards: PlanGuards


Guard = Callable[[Moment], str | None]
AimGuard = Callable[[Aim], str | None]
