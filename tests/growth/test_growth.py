"""Time grows with the size of what comes in, not with its square.

Every entrance that takes text is walked with hostile shapes: bodies, queries, paths, headers, machines' output,
and what looks for secrets in all of them.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.adapters.dynamodb.mapping import executor_of_row
from chalicelib.adapters.dynamodb.row import rows_of
from chalicelib.domain import fault
from chalicelib.domain.errors import Unreadable
from chalicelib.drivers.ssh.tail import Tail, fitting
from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.outcome import shortened
from chalicelib.plugin.registry import Registry
from chalicelib.repair.dead_letters import given_up
from chalicelib.secrets import forms, names, parts, redaction
from chalicelib.secrets.log_redaction import masked
from tests.api.client import Client
from tests.growth.measure import require_linear
from tests.support.world import world

pytestmark = pytest.mark.long

ROWS = rows_of("chaosmonkey-growth", connections=1, region="eu-west-1")
UNITS = [
    *("a", "Ab1_", "aA", " ", "\n", "=", ";", "a;", "a=", "&a=", "?", "://", "a://b", "@", "a@", "-", "--a", ".", "a."),
    *("*", "?a", "/", "a/", "%", "%2", "\\", '"', "'", "[", "{", ",", "1", "é", "…", "...", "|1|", "token", "max_"),
    *("Bearer ", "-----BEGIN ", "--password ", "MQ==", "aa  "),
]
"""Texts are made of each of them, again and again, with an end that lets a search fail or not."""
ENDS = ["", ";\x01 !"]


def shape(unit: str, end: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size] + end


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def redacted_as_another(text: str) -> None:
    with redaction.redacting([text[: len(text) // 2]]):
        redaction.redact(text)


def redacted_in_a_text(text: str) -> None:
    with redaction.redacting(["hunter2 hunter2"]):
        redaction.redact(text)


def printed_by_a_script(text: str) -> None:
    tail = Tail(b"begin\n", b"end")
    for each in pieces("begin\n" + text, 512):
        tail.add(each.encode())
    assert tail.text is not None


def stored(text: str) -> None:
    """Read rows that hold the text where the engine writes a document, a date or an id."""
    for document in (text, json.dumps({"ref": text, "args": pieces(text, 8)})):
        row = ROWS.from_raw_data(
            {"pk": {"S": text}, "sk": {"S": f"executor#{text}"}, "attack": {"S": document}, "due": {"N": text}}
        )
        with suppress(Unreadable):
            executor_of_row(row)


SEARCHES: dict[str, Callable[[str], object]] = {
    "the name of a secret": names.is_secret_name,
    "the name of a header": names.is_harmless_header,
    "the secret parts of a text": parts.mask_secret_parts,
    "the forms of a secret": lambda text: forms.forms_of([text[: len(text) // 2]]),
    "a secret, redacted": lambda text: redacted_as_another(text[: len(text) // 2]),
    "a text, redacted": redacted_in_a_text,
    "a document, masked": lambda text: masked({text: text, "x": pieces(text, 8)}),
    "the nearest word": lambda text: fault.nearest(text, ["provider", "a" * 200]),
    "a message": shortened,
    "the end of an output": lambda text: fitting(text, 4096),
    "a script's output": printed_by_a_script,
    "a stored row": stored,
    "a dead letter": lambda text: given_up(json.dumps({"requestPayload": {"executor_id": text, "due": text}}), {}),
    "what cannot be read of a dead letter": lambda text: given_up(text, {"SCHEDULE_ARN": text, "ERROR_MESSAGE": text}),
}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("search", SEARCHES)
def test_what_looks_through_a_text_takes_time_by_its_length(search: str, unit: str) -> None:
    for end in ENDS:
        require_linear(SEARCHES[search], shape(unit, end), 16_000)


def api_request(**args: Any) -> dict[str, Any]:
    return {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://localhost:1/", "method": "GET", **args}}


def run_script(**args: Any) -> dict[str, Any]:
    known = {"filters": {"tag:Chaos": "true"}, "local_script": "s_burncpu.sh", "remote_script": "/tmp/x"}
    known |= {"ssh": {"user": "u", "pem": "AAAA"}, "host_keys": ["SHA256:" + "A" * 43]}
    return {"ref": "run_script:RunScript", "args": {**known, **args}}


def window(text: str) -> dict[str, Any]:
    days = [[each] if number % 2 else number for number, each in enumerate(pieces(text, 8))]
    return {"windows": [{"start": text[:64], "end": text[:64], "days": days}], "not_on": days}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "a value of a payload": lambda text: {"attack": api_request(payload={"x": text})},
    "a name in a payload": lambda text: {"attack": api_request(payload={text: "x"})},
    "items of a payload": lambda text: {"attack": api_request(payload={"x": pieces(text, 8)})},
    "secrets of a payload": lambda text: {"attack": api_request(payload={"passwords": pieces(text, 8)})},
    "a header": lambda text: {"attack": api_request(headers={"X-Team": text})},
    "an endpoint": lambda text: {"attack": api_request(endpoint=f"http://localhost/?{text}")},
    "a filter": lambda text: {"attack": run_script(filters={"tag:a": text, text: "a"})},
    "arguments": lambda text: {"attack": run_script(arguments=[text], env={"A": text})},
    "a key": lambda text: {"attack": run_script(ssh={"user": "u", "pem": text})},
    "host keys": lambda text: {"attack": run_script(host_keys=[f"{each} ssh-rsa AAAA" for each in pieces(text, 8000)])},
    "a role": lambda text: {"attack": run_script(role_arn=f"arn:aws:iam::123456789012:role/{text}")},
    "a region": lambda text: {"attack": run_script(region=f"eu-{text}")},
    "networks": lambda text: {"attack": run_script(networks=pieces(text, 60))},
    "a driver": lambda text: {"attack": run_script(driver={"provider": text, "host": text, "region": text})},
    "a date": lambda text: {"planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": text}}},
    "a guard": lambda text: {"guards": window(text)},
    "a name": lambda text: {"name": text},
    "a property": lambda text: {text: text},
}


@pytest.fixture(scope="module")
def api() -> Client:
    attacks = Registry("attack", "plugins.attacks", Attack)
    return Client(world(attacks=attacks, planners=Registry("planner", "plugins.planners", Planner)))


def body(place: str, text: str) -> str:
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": "2090-01-01"}}
    return json.dumps({"name": "x", "attack": api_request(), "planner": planner, **PLACES[place](text)})


@pytest.mark.parametrize("unit", ["a", "Ab1_", "://a;"])
@pytest.mark.parametrize("place", PLACES)
def test_a_plan_is_judged_in_time_by_its_size(place: str, unit: str, api: Client) -> None:
    def post(text: str) -> None:
        assert api("POST", "/api/1/plans/?dry_run=true", body(place, text)).status < 500

    require_linear(post, shape(unit, "\x01"), 12_000)


def test_a_list_of_large_plans_takes_time_by_their_size(api: Client) -> None:
    """What is shown of each is without its secrets, and those are looked for each time."""
    for size in (50_000, 100_000):
        for unit in ("a", "Ab1_;"):
            assert api("POST", "/api/1/plans/", body("a value of a payload", shape(unit, "")(size))).status == 200
    begun = time.thread_time()
    assert api("GET", "/api/1/plans/").status == 200
    assert time.thread_time() - begun < 1


def requests() -> Iterator[tuple[str, Callable[[Client, str], Any]]]:
    sent = {"Content-Type": "application/json"}
    for name in ("since", "until", "plan", "status", "limit", "after", "cursor"):
        yield f"the query's {name}", lambda api, text, name=name: api("GET", f"/api/1/executors/?{name}={quote(text)}")
    yield "a path", lambda api, text: api("GET", f"/api/1/plans/{quote(text, safe='')}")
    yield "a key", lambda api, text: api("POST", "/api/1/plans/", "{}", {**sent, "Idempotency-Key": text})
    yield "a type", lambda api, text: api("POST", "/api/1/plans/", "{}", {"Content-Type": f"application/json;{text}"})
    yield "a body", lambda api, text: api("POST", "/api/1/plans/", text)
    yield "a number", lambda api, text: api("POST", "/api/1/plans/", f'{{"a":{"1" * len(text)}}}')
    yield "objects in objects", lambda api, text: api("POST", "/api/1/plans/", '{"a":' * (len(text) // 5))
    yield "many names", lambda api, text: api("POST", "/api/1/plans/", json.dumps(dict.fromkeys(pieces(text, 7))))


REQUESTS = dict(requests())


@pytest.mark.parametrize("unit", ["1a", "[", "-;"])
@pytest.mark.parametrize("place", REQUESTS)
def test_a_request_is_judged_in_time_by_its_size(place: str, unit: str, api: Client) -> None:
    def ask(text: str) -> None:
        assert REQUESTS[place](api, text).status < 500

    require_linear(ask, shape(unit, ""), 8_000 if place.startswith("the query") or place == "a path" else 60_000)
