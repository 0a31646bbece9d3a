"""Delete all schedules of a stage's group."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from infra.stage.account import code

AT_ONCE = 8


def clear(scheduler: Any, group: str) -> int:
    """Delete the group's schedules and return their number, 0 where there is no group.

    It lists again until a list shows no other names: AWS may cut a list short, and shows deleted schedules for a while.
    """
    gone: set[str] = set()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while found := _names(scheduler, group) - gone:
            list(threads.map(lambda name: _delete(scheduler, group, name), found))
            gone |= found
    return len(gone)


def _names(scheduler: Any, group: str) -> set[str]:
    try:
        pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group)
        return {schedule["Name"] for page in pages for schedule in page["Schedules"]}
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            return set()
        raise


def _delete(scheduler: Any, group: str, name: str) -> None:
    try:
        scheduler.delete_schedule(GroupName=group, Name=name)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":  # it has fired meanwhile
            raise
