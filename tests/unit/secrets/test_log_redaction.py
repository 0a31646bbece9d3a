"""Secrets made unreadable."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given

from chalicelib.secrets.log_redaction import masked
from chalicelib.secrets.parts import MASK
from tests.unit.planning.test_json_body import JSON
from tests.unit.samples.attacks.note import Note


def test_what_the_schema_marks_is_masked() -> None:
    posted = {"ref": "note:Note", "args": {"target": "a", "secret": "hunter2"}}
    assert masked(posted, Note.schema) == {"ref": "note:Note", "args": {"target": "a", "secret": MASK}}


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"writeOnly": True}},
        {"items": {"properties": {"x": {"writeOnly": True}}}},
        {"items": {"additionalProperties": {"writeOnly": True}}},
    ],
)
def test_also_in_lists_and_where_the_schema_names_no_property(schema: Any) -> None:
    shown = masked([{"x": "hunter2"}, {"x": {"deep": "hunter2"}}], schema)
    assert "hunter2" not in json.dumps(shown)


@pytest.mark.parametrize("value", ["hunter2", 7, None, {"a": "hunter2"}, ["hunter2"], True])
def test_a_secret_of_any_kind_is_masked(value: Any) -> None:
    assert masked({"s": value}, {"properties": {"s": {"writeOnly": True}}}) == {"s": MASK}


SECRET = [
    *("pem", "password", "Authorization", "COOKIE", "X-Api-Key", "token", "X-Auth-Token", "X-Amz-Security-Token"),
    *("Proxy-Authorization", "X-Vault-Token", "Private-Token", "api-key", "apiKey", "client_secret", "access_token"),
    *("DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "private_key"),
]
OPEN = ["Accept", "passwordless", "secretary", "monkey", "key", "host_keys", "token_count"]


@pytest.mark.parametrize("name", SECRET)
def test_names_that_are_secret_by_custom_are_masked_without_a_schema(name: str) -> None:
    assert masked({"args": {"headers": [{name: "hunter2", "Accept": "*/*"}]}}) == {
        "args": {"headers": [{name: MASK, "Accept": "*/*"}]}
    }


@pytest.mark.parametrize("name", OPEN)
def test_other_names_are_not(name: str) -> None:
    assert masked({"args": {name: "public"}}) == {"args": {name: "public"}}


@pytest.mark.parametrize(
    "schema", [None, True, [], {}, {"properties": None}, {"properties": {"a": True}}, {"items": 3}]
)
def test_an_odd_schema_masks_nothing_and_breaks_nothing(schema: Any) -> None:
    assert masked({"a": [1, {"b": "c"}]}, schema) == {"a": [1, {"b": "c"}]}


@given(JSON)
def test_the_original_is_left_as_it_is(value: Any) -> None:
    before = copy.deepcopy(value)
    masked(value, {"writeOnly": True})
    masked(value)
    assert value == before


@given(JSON)
def test_a_secret_is_nowhere_in_what_is_shown(value: Any) -> None:
    document = {"args": [{"password": "hunter2", "other": value}]}
    assert "hunter2" not in json.dumps(masked(document)) or "hunter2" in json.dumps(value)
