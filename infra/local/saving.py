"""Save MiniStack's state while it runs. By itself MiniStack saves only when it is stopped in good order.

The module runs in MiniStack's virtual environment (`launcher.py`). It saves the services that change with every attack
every few seconds. It saves the others once the stacks no longer change after a deploy: a table must not be restored
without its stack.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import ministack.app
from ministack.core.persistence import save_all as save_states
from ministack.services import cloudformation, scheduler

BUSY = ("dynamodb", "scheduler", "ec2")
"""The services that are saved often, in this order: the claim refuses a restored schedule whose executor has run."""
SECONDS_BETWEEN = 2.0
SHARE = 20
"""Saving takes at most this fraction, 1 in 20, of the time."""
LONGEST_COPY = 0.5
"""The most seconds of processor time for a copy, while which MiniStack answers no calls. With some thousands of rows a
copy takes longer; the state is then saved only at the end."""
_saving = threading.Lock()
_stopped = threading.Event()
_tasks: set[asyncio.Task[None]] = set()


def save_often() -> None:
    """Let MiniStack save its state from its start on, in the thread that changes it."""
    ministack.app.save_all = _save_last
    original = scheduler.start_scheduler

    def start() -> None:
        original()
        _tasks.add(asyncio.get_running_loop().create_task(_save_for_ever()))

    scheduler.start_scheduler = start


async def _save_for_ever() -> None:
    whole = seen = _stacks()  # what was restored has been saved
    pause = SECONDS_BETWEEN
    while True:
        await asyncio.sleep(pause)
        before, seen = seen, _stacks()
        is_stable = seen == before and not any("IN_PROGRESS" in status for status in seen.values())
        if not is_stable or not seen:
            continue
        began, copying = time.monotonic(), time.thread_time()
        sources = ministack.app._build_persistence_save_dict()
        names = list(sources) if seen != whole else [name for name in BUSY if name in sources]
        states = {name: sources[name]() for name in names}  # copies, made where nothing else runs
        if time.thread_time() - copying > LONGEST_COPY and seen == whole:
            return
        await asyncio.to_thread(_save, {name: _given(state) for name, state in states.items()})
        whole = seen
        pause = max(SECONDS_BETWEEN, SHARE * (time.monotonic() - began))


def _save(states: dict[str, Callable[[], Any]]) -> None:
    """Save, unless the final state is saved already: an older one would overwrite it."""
    with _saving:
        if not _stopped.is_set():
            save_states(states)


def _save_last(states: dict[str, Callable[[], Any]]) -> None:
    """Save as MiniStack does when it stops, after any save that is under way."""
    with _saving:
        _stopped.set()
        save_states(states)


def _given(state: Any) -> Callable[[], Any]:
    return lambda: state


def _stacks() -> dict[str, str]:
    """Return the status of every stack, by an id that changes with each deploy of it."""
    return {
        f"{stack.get('StackId')} {stack.get('LastUpdatedTime')}": str(stack.get("StackStatus"))
        for stack in cloudformation._stacks.all_values()
    }
