"""What an end-to-end test asks of a running engine: plans, fleets, and to wait until something has come true."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from infra.local.child import RunningEngine
from infra.local.fleet import launch

Found = TypeVar("Found")

NOWHERE = {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://127.0.0.1:9/", "method": "GET"}}
"""An attack on a port where nobody listens: it fails at once."""


def until(what: str | Callable[[], str], look: Callable[[], Found], *, seconds: float = 30.0) -> Found:
    """The first true answer. Fails the test where there is none in time, and says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        wanted = what if isinstance(what, str) else what()
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {wanted}"
        time.sleep(0.1)
    return found


class Plans:
    """Plans and emulated instances of one test."""

    def __init__(self, engine: RunningEngine) -> None:
        self._engine = engine
        self._plans: list[str] = []
        self._instances: list[str] = []

    def post(self, attack: dict[str, Any] = NOWHERE, *, ahead: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """A plan of one executor so many seconds ahead: the plan and the executor.

        On a machine so busy that the date is over before the engine looks at it: the same further ahead.
        """
        for times in (1, 2, 4, 8):
            date = (datetime.now(UTC) + timedelta(seconds=ahead * times)).isoformat(timespec="seconds")
            planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": date}}
            status, plan = self._engine.api("POST", "/plans/", {"name": "e2e", "attack": attack, "planner": planner})
            if status == 200 or "in the past" not in str(plan):
                break
        assert status == 200, plan
        self._plans.append(plan["id"])
        _, plan = self._engine.api("GET", f"/plans/{plan['id']}")
        return plan, plan["_embedded"]["executors"][0]

    def adopt(self, plan_id: str) -> None:
        """Clear that plan away too."""
        self._plans.append(plan_id)

    def ended(self, executor: dict[str, Any], *, seconds: float = 30.0) -> dict[str, Any]:
        """The executor as it is on record once it can no longer run."""

        def look() -> dict[str, Any] | None:
            status, found = self._engine.api("GET", f"/executors/{executor['id']}")
            assert status == 200, found
            return found if found["executed"] else None

        return until(f"the end of {executor['id']}", look, seconds=seconds)

    def fleet(self, size: int, tag: str) -> list[str]:
        """Ids of new instances, tagged ``chaos=<tag>``."""
        ids = launch(self._engine.client("ec2"), size, "chaos", tag)
        self._instances += ids
        return ids

    def running(self, instances: list[str]) -> list[str]:
        """Which of the instances run."""
        found = self._engine.client("ec2").describe_instances(InstanceIds=instances)["Reservations"]
        states = {each["InstanceId"]: each["State"]["Name"] for group in found for each in group["Instances"]}
        return [instance for instance in instances if states.get(instance) == "running"]

    def clear(self) -> None:
        """Remove what was made. What a test has removed is gone already."""
        for plan in self._plans:
            self._engine.api("DELETE", f"/plans/{plan}")
        for instance in self.running(self._instances) if self._instances else []:
            self._engine.client("ec2").terminate_instances(InstanceIds=[instance])
