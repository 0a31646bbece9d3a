"""Clients that freeze the engine at the same time, through the deployed API: all of them are served."""

from functools import partial

import pytest

from infra.local.calls import call
from infra.local.child import RunningEngine
from tests.contract.crowds import all_at_once

pytestmark = pytest.mark.long

CLIENTS, EACH = 10, 4


def test_forty_freezes_of_ten_clients_at_once_are_all_stored_and_the_lever_is_pulled(stack: RunningEngine) -> None:
    def asked(method: str, path: str, body: object) -> int:
        """Patiently: eleven processes are started at once."""
        return call(method, f"{stack.run['api']}/api/1{path}", body, timeout=120)[0]

    def freeze(client: int) -> list[int]:
        statuses = []
        for number in range(EACH):
            name = f"contended-{client}-{number}"
            body = {"name": name, "start": "2087-01-01", "end": "2087-01-02", "reason": "x"}
            statuses.append(asked("POST", "/engine/freezes/", body))
        return statuses

    def lever() -> list[int]:
        halt = {"halted": True, "reason": "contention"}
        return [asked("PUT", "/engine/", body) for body in (halt, {"halted": False})]

    try:
        *answers, pulled = all_at_once([*(partial(freeze, client) for client in range(CLIENTS)), lever])
        assert answers == [[200] * EACH] * CLIENTS and pulled == [200, 200]
        listed = stack.api("GET", "/engine/freezes/")[1]["freezes"]
        names = {each["name"] for each in listed if each["name"].startswith("contended-")}
        assert names == {f"contended-{client}-{number}" for client in range(CLIENTS) for number in range(EACH)}
    finally:
        for each in stack.api("GET", "/engine/freezes/")[1]["freezes"]:
            if each["name"].startswith("contended-"):
                stack.api("DELETE", f"/engine/freezes/{each['id']}")
