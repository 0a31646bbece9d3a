"""Answers stay below what a Lambda may send, whatever they are made of."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.api.answer_size import LARGEST_ANSWER, LARGEST_SENT, AnswerSize, render
from chalicelib.domain.model import Status
from tests.api.client import Answer, Client
from tests.support.world import NOTE, later, plan_document, world

LARGEST_OF_LAMBDA = 6_291_556
TEXTS = ['"', "\\", '\\"', "\u0001", "é", "😀", "a", "\n"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_of_such_texts_is_cut_where_lambda_would_refuse_it(text: str) -> None:
    api = Client(world())
    room = 100_000 // len(json.dumps(text).encode())
    attack = {"ref": "note:Note", "args": {"target": NOTE["args"]["target"], "filters": {"x": text * room}}}
    asked = plan_document(later(hours=1), attack=attack)
    plans = [api.post("/api/1/plans/", asked)["id"] for _ in range(60)]
    seen: list[Any] = []
    for page in api.pages("/api/1/plans/?limit=1000"):
        assert sent(page) <= LARGEST_OF_LAMBDA and len(page.text) <= LARGEST_ANSWER + 200_000
        seen += [each["id"] for each in page["plans"]]
    assert sorted(seen) == sorted(plans)


def sent(answer: Answer) -> int:
    return len(json.dumps({"statusCode": 200, "headers": dict(answer.headers), "body": answer.text}).encode())


def test_a_large_plan_and_its_executors_fit_together() -> None:
    some = world()
    api = Client(some)
    attack = {"ref": "note:Note", "args": {"target": "x", "filters": {"x": "é" * 110_000}}}
    dates = [later(hours=1, seconds=number) for number in range(500)]
    asked = json.dumps(plan_document(*dates, attack=attack), ensure_ascii=False)
    plan, executors = some.plans.get(api.post("/api/1/plans/", asked)["id"])
    for room in range(1_700, 2_500, 100):
        outcome = {"output": '"' * room + "a" * room}
        for executor in executors:
            some.store.rows.executors[executor.id] = replace(executor, status=Status.SUCCEEDED, outcome=outcome)
        assert sent(api.get(f"/api/1/plans/{plan.id}")) <= LARGEST_OF_LAMBDA


def test_a_dry_run_fits_whatever_holds_its_executors_back() -> None:
    api = Client(world())
    freeze = {"name": "😀" * 256, "start": later(minutes=1), "end": later(hours=2), "reason": "😀" * 512}
    assert api.post("/api/1/engine/freezes/", freeze).status == 200
    dates = [later(hours=1, seconds=number) for number in range(900)]
    shown = api.post("/api/1/plans/?dry_run=true", plan_document(*dates, later(hours=3), name="😀" * 250))
    assert shown.status == 200 and sent(shown) <= LARGEST_OF_LAMBDA
    assert shown["_embedded"]["executors"][0]["held"]["guard"] == "Frozen"


@pytest.mark.parametrize("text", TEXTS)
def test_the_size_is_that_of_what_is_sent(text: str) -> None:
    part = {"x": text * 1000}
    each = len(json.dumps(render(part))) - 2 + 1
    fitting = min(LARGEST_SENT // each, LARGEST_ANSWER // (len(render(part)) + 1))
    size = AnswerSize()
    for _ in range(fitting):
        size.add(part)
    assert not size.is_too_large
    size.add(part)
    assert size.is_too_large
