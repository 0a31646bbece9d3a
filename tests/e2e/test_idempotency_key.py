"""A POST that is sent again under its key, through API Gateway to the packaged function and back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import requests

from infra.local.child import RunningEngine
from tests.e2e.wishes import NOWHERE, Plans


def document(name: str = "e2e key") -> dict[str, Any]:
    date = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": date}}
    return {"name": name, "attack": NOWHERE, "planner": planner}


def post(stack: RunningEngine, body: dict[str, Any], key: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # past any proxy
        headers = {"Idempotency-Key": key}
        return session.post(f"{stack.run['api']}/api/1/plans/", json=body, headers=headers, timeout=30)


def test_five_at_once_under_one_key_make_one_plan(stack: RunningEngine, plans: Plans) -> None:
    key, body = str(uuid4()), document()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: post(stack, body, key), range(5)))
    made = post(stack, body, key)
    plans.adopt(made.json()["id"])
    assert made.status_code == 200 and made.headers["Location"].endswith(made.json()["id"])
    assert {each.status_code for each in answers} <= {200, 409}
    assert {each.json()["id"] for each in answers if each.status_code == 200} == {made.json()["id"]}
    assert all(each.headers["Retry-After"] == "5" for each in answers if each.status_code == 409)
    listed = stack.api("GET", "/plans/?all=true&limit=1000")[1]["plans"]
    assert [each["id"] for each in listed if each["name"] == "e2e key"] == [made.json()["id"]]
    assert post(stack, document("another"), key).status_code == 409


def test_a_browser_learns_that_it_may_send_the_key(stack: RunningEngine) -> None:
    answer = requests.options(
        f"{stack.run['api']}/api/1/plans/",
        headers={"Origin": "https://ui.example", "Access-Control-Request-Method": "POST"},
        timeout=30,
        proxies={"http": ""},
    )
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"].split(",")
