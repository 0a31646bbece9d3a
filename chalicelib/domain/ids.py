"""Ids of plans and executors.

A plan's id is 32 hexadecimal digits, as the original's were, that begin with the millisecond it was made (the layout
of a UUIDv7). An executor's id begins with its plan's, so that the plan is known from it; it is also the name of the
executor's schedule, which may have 64 of ``[0-9a-zA-Z-_.]``
(https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
"""

import re
from datetime import datetime
from random import Random

_PLAN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_EXECUTOR = re.compile(r"[0-9a-f]{32}-[0-9]{4}", re.ASCII)


def new_plan_id(now: datetime, rng: Random) -> str:
    """Return an id that no other plan has: 48 bits of time in milliseconds, 80 random bits."""
    return f"{int(now.timestamp() * 1000):012x}{rng.getrandbits(80):020x}"


def executor_id(plan_id: str, number: int) -> str:
    """Return the id of a plan's executor; ``number`` is its place in the plan, 0 to 9999."""
    return f"{plan_id}-{number:04d}"


def plan_of(executor_id: str) -> str:
    """Return the id of the plan that an executor belongs to."""
    return executor_id[:32]


def is_plan_id(text: str) -> bool:
    """Return whether the text has the shape of a plan's id. No store is asked for any other text."""
    return _PLAN.fullmatch(text) is not None


def is_executor_id(text: str) -> bool:
    """Return whether the text has the shape of an executor's id."""
    return _EXECUTOR.fullmatch(text) is not None
