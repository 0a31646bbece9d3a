"""Launch a small fleet, post a plan a few seconds ahead, and show which instance dies: ``make demo``.

It uses the running local engine, or runs one of its own meanwhile. It exits with 0 only if exactly one instance of the
fleet was terminated and the executor's record names it.
"""

import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from infra.command_line import Command
from infra.errors import InfraError
from infra.local.child import Child, RunningEngine
from infra.local.fleet import launch
from infra.local.place import HOME

FLEET = 4
SECONDS_AHEAD = 5
SECONDS_TO_RUN = 45.0
ATTACK = "terminate_ec2_instance:TerminateEC2Instance"
PLANNER = "exact_planner:ExactPlanner"


@click.command(cls=Command)
def main() -> None:
    """Show one instance of a small fleet being terminated. Exits with 0 only if exactly one died."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _engine() as engine, _fleet(engine, tag := f"demo-{secrets.token_hex(4)}") as fleet:
        executor = _watch(engine, _post(engine, tag))
        sys.exit(_verdict(engine, fleet, executor))


@contextmanager
def _engine() -> Iterator[RunningEngine]:
    if engine := _running():
        print(f"Using the engine at {engine.run['api']}.")
        yield engine
        return
    print("No engine is running here, so this demo runs one of its own.")
    child = Child(HOME / "demo")
    shutil.rmtree(child.folder, ignore_errors=True)
    try:
        yield child.start()
    finally:
        child.stop()
    shutil.rmtree(child.folder, ignore_errors=True)  # after a failure its logs stay


def _running() -> RunningEngine | None:
    """Return the engine that runs from this checkout, None where there is none. A killed engine may have left a
    run.json."""
    with suppress(OSError):
        engine = RunningEngine(HOME / "run.json")
        engine.api("GET", "/")
        return engine
    return None


@contextmanager
def _fleet(engine: RunningEngine, tag: str) -> Iterator[list[str]]:
    """Launch emulated instances with a tag of this demo alone, and terminate them at the end, whatever happens."""
    ec2 = engine.client("ec2")
    fleet = launch(ec2, FLEET, "chaos", tag)
    print(f"\nA fleet of {FLEET} instances tagged chaos={tag}:\n  " + "\n  ".join(fleet))
    try:
        yield fleet
    finally:
        for instance in fleet:
            ec2.terminate_instances(InstanceIds=[instance])


def _post(engine: RunningEngine, tag: str) -> dict[str, Any]:
    date = datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD)
    request = {
        "name": "demo",
        "attack": {"ref": ATTACK, "args": {"filters": {"tag:chaos": tag}}},
        "planner": {"ref": PLANNER, "args": {"date": date.isoformat(timespec="seconds")}},
    }
    status, plan = engine.api("POST", "/plans/", request)
    if status != 200:
        raise InfraError(f"The plan was refused: {status} {plan}")
    print(f"\nPosted a plan: terminate one of them at {plan['next_execution']}.\n  plan      {plan['id']}")
    _, plan = engine.api("GET", plan["_links"]["self"]["href"])
    executor: dict[str, Any] = plan["_embedded"]["executors"][0]
    print(f"  executor  {executor['id']}, which is also the name of its schedule in EventBridge Scheduler\n")
    return executor


def _watch(engine: RunningEngine, executor: dict[str, Any]) -> dict[str, Any]:
    """Print the executor's states as they change, and return it once it has ended."""
    seen, began = "", time.monotonic()
    while time.monotonic() < began + SECONDS_AHEAD + SECONDS_TO_RUN:
        status, found = engine.api("GET", f"/executors/{executor['id']}")
        if status == 200 and found["status"] != seen:
            seen, executor = found["status"], found
            print(f"  {time.monotonic() - began:5.1f} s  {seen}", flush=True)
        if executor["executed"]:
            return executor
        time.sleep(0.2)
    raise InfraError(f"The executor is {seen} after {SECONDS_TO_RUN:.0f} s")


def _verdict(engine: RunningEngine, fleet: list[str], executor: dict[str, Any]) -> int:
    # Terminated instances vanish after a while: what is no longer listed as running is dead.
    reservations = engine.client("ec2").describe_instances(InstanceIds=fleet)["Reservations"]
    states = {each["InstanceId"]: each["State"]["Name"] for found in reservations for each in found["Instances"]}
    print("\nThe fleet afterwards:")
    for instance in fleet:
        print(f"  {instance}  {states.get(instance, 'terminated')}")
    dead = [instance for instance in fleet if states.get(instance, "terminated") in ("shutting-down", "terminated")]
    named = (executor["outcome"] or {}).get("instance_id")
    if len(dead) == 1 and dead == [named]:
        print(f"\nThe executor's record: {executor['outcome']}\nExactly one of {len(fleet)} instances was terminated.")
        return 0
    print(f"\n{len(dead)} instances died, and the record names {named}: {executor['error']}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
