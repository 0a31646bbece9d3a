"""Render the description of a schedule, for people who read it in the AWS console."""

from datetime import tzinfo

from chalicelib.domain.dates import show
from chalicelib.domain.model import Executor, Plan

_LONGEST = 512  # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html


def description(plan: Plan, executor: Executor, zone: tzinfo) -> str:
    """Return the local date, the attack and the plan, at most 512 characters: the plan's name is last, and cut if need
    be.

    A character may be any; those beyond the Basic Multilingual Plane are counted twice, as AWS may count them.
    """
    attack = executor.attack or plan.attack
    what = f"undo of {attack['ref']}" if executor.undoes else attack["ref"]
    text = f"{show(executor.due, zone)} {what}, plan {plan.name}"
    return text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")
