"""A body that is refused is not repeated: what stood in the wrong place may have been a secret."""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.plugin import registry
from chalicelib.runtime.logs import Lines
from tests.api.client import Answer, Client
from tests.support.world import NOTE, later, odd_document, plan_document, world
from tests.unit.planning.test_json_body import JSON

CANARY = 'CANARY "hunter2" \N{EURO SIGN}'
PLUGINS = {
    "attack": registry.attacks().catalogue()[0],
    "planner": registry.planners().catalogue()[0],
}
SHAPES: list[Any] = [
    CANARY,
    [CANARY],
    [[CANARY, CANARY]],
    {"x": CANARY},
    [{"Authorization": CANARY}],
    {"Authorization": [CANARY]},
    {"tag:x": [CANARY, {"y": CANARY}]},
    f"{CANARY}\n{CANARY}",
    CANARY * 500,
]
OTHER_BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "plans/x", {"name": "a"}),
    ("PUT", "executors/x", {"type": "date", "args": {"date": "2027-06-21"}}),
    ("PUT", "engine", {"halted": True, "reason": "x", "refuse_plans": True}),
    ("POST", "engine/freezes", {"name": "x", "start": "2027-06-21", "end": "2027-06-22", "reason": "y"}),
]


class Said:
    """What an answer, the log and standard output hold."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.refused = 0

    def judge(self, answer: Answer) -> None:
        if answer.status >= 400:
            self.refused += 1
            for text in (answer.text, json.dumps(answer.doc, ensure_ascii=False), self.out.getvalue()):
                assert "CANARY" not in text and "hunter2" not in text, text


@contextmanager
def listening() -> Iterator[Said]:
    said = Said()
    handler = logging.StreamHandler(said.out)
    handler.setFormatter(Lines())
    logging.getLogger().addHandler(handler)
    try:
        with redirect_stdout(said.out):
            yield said
    finally:
        logging.getLogger().removeHandler(handler)


def places(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    """The value itself and, however deep the schema leads, in the place of each part of what it describes."""
    yield value
    for name, part in schema.get("properties", {}).items():
        for inner in places(part, value):
            yield {name: inner}
    if isinstance(schema.get("items"), Mapping):
        for inner in places(schema["items"], value):
            yield [inner]
    if isinstance(schema.get("additionalProperties"), Mapping):
        for inner in places(schema["additionalProperties"], value):
            yield {"tag:Chaos": inner}
    for word in ("oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from places(part, value)


def with_part(document: Any, part: Any) -> Any:
    """The document with what the part names put into it, inside of objects."""
    if not (isinstance(document, dict) and isinstance(part, dict)):
        return part
    return {**document, **{name: with_part(document.get(name), each) for name, each in part.items()}}


@pytest.mark.parametrize(
    ("kind", "plugin"),
    [(kind, plugin) for kind, plugins in PLUGINS.items() for plugin in plugins],
    ids=lambda each: each if isinstance(each, str) else each.ref,
)
def test_no_refusal_of_a_plan_repeats_what_stood_in_an_argument(kind: str, plugin: Any) -> None:
    api = Client(world(attacks=registry.attacks(), planners=registry.planners()))
    good = {"name": "a", "attack": PLUGINS["attack"][0].example, "planner": PLUGINS["planner"][0].example}
    good[kind] = plugin.example
    with listening() as said:
        for shape in SHAPES:
            for part in places(plugin.schema["properties"]["args"], shape):
                said.judge(api.post("/api/1/plans/?dry_run=true", with_part(good, {kind: {"args": part}})))
    assert said.refused > len(SHAPES)


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_no_refusal_of_a_body_repeats_what_stood_in_a_property(shape: Any) -> None:
    api = Client(world())
    good = plan_document(later(hours=1))
    guards = {
        "probability": 1, "min_healthy": 1, "max_targets": 1, "alarms": ["a"], "not_on": ["2027-12-24"],
        "windows": [{"days": ["mon"], "from": "10:00", "to": "11:00", "timezone": "UTC"}],
    }  # fmt: skip
    bodies = [("POST", "plans/?dry_run=true", good), *OTHER_BODIES]
    with listening() as said:
        for method, path, body in bodies:
            api = Client(world())  # whose halt has no reason that could be shown
            said.judge(api(method, f"/api/1/{path}", shape))
            for name in body:
                if name in ("name", "reason") and isinstance(shape, str):
                    continue
                said.judge(api(method, f"/api/1/{path}", {**body, name: shape}))
            said.judge(api(method, f"/api/1/{path}", {**body, "unknown": shape}))
        for name in guards:
            for changed in (shape, [shape], [with_part(guards["windows"][0], {"timezone": shape})]):  # type: ignore[index]
                said.judge(api.post("/api/1/plans/", {**good, "guards": {**guards, name: changed}}))
        said.judge(api.post("/api/1/plans/", {**good, "attack": {**NOTE, "args": {"target": "nowhere", "x": shape}}}))
        said.judge(api.post("/api/1/plans/", odd_document("raise", x=shape)))
    assert said.refused > 20


@given(st.data())
def test_no_refusal_of_any_body_repeats_a_text_in_it(data: st.DataObject) -> None:
    texts = st.just(CANARY) | st.just([CANARY]) | st.just({"Authorization": CANARY})
    value = data.draw(JSON.filter(lambda each: "CANARY" not in json.dumps(each)) | texts)
    body = data.draw(st.sampled_from([value, {"name": "a", "attack": value, "planner": value}, {"halted": value}]))
    api = Client(world())
    with listening() as said:
        for method, path, _ in [("POST", "plans/", None), *OTHER_BODIES]:
            said.judge(api(method, f"/api/1/{path}", json.dumps(body)))


def test_an_accident_of_a_plugin_is_reported_without_what_it_was_given(package: Any) -> None:
    source = """
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema
class A(Attack):
    ref, example = "a:A", {}
    schema = plugin_schema(how={"type": "string"}, names={"type": "array"})
    @classmethod
    def check(cls, args):
        name = args["names"][0]
        {"all": lambda: [].index(args), "long": lambda: int(name * 99), "key": lambda: {}[name]}[args["how"]]()
"""
    attacks = registry.Registry("attack", package(a=source), registry.attacks()._base)
    api = Client(world(attacks=attacks))
    with listening() as said:
        for how in ("all", "long", "key"):
            attack = {"ref": "a:A", "args": {"how": how, "names": [CANARY, "hunter2"]}}
            answer = api.post("/api/1/plans/", {**plan_document(later(hours=1)), "attack": attack})
            assert "attack a:A cannot be loaded: " in answer["msg"]
            said.judge(answer)
    assert said.refused == 3


@pytest.mark.parametrize(
    "query", ["limit", "cursor", "status", "plan", "since", "until", "dry_run", "executed&executed", "all&all"]
)
def test_no_refusal_repeats_the_value_of_a_query_parameter(query: str) -> None:
    api, value = Client(world()), "CANARY%20hunter2"
    asked = "&".join(f"{name}={value}" for name in query.split("&"))
    with listening() as said:
        for path in ("plans/", "executors/", "engine/history/"):
            said.judge(api.get(f"/api/1/{path}?{asked}"))
        for method, path, body in [("POST", "plans/", NOTE), *OTHER_BODIES]:
            said.judge(api(method, f"/api/1/{path}?{asked}", body))
    assert said.refused >= 5
