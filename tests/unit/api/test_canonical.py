"""What openapi.json describes of a schema that accepts several spellings."""

from typing import Any

import pytest

from chalicelib.api.canonical import canonical

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "described"),
    [
        ({"enum": ["GET", "POST", "get", "Post", 1, None]}, {"enum": ["GET", "POST", 1, None]}),
        (
            {"properties": {"Team": TEXT, "team": TEXT, "x": TEXT}, "required": ["team", "x"]},
            {"properties": {"Team": TEXT, "x": TEXT}, "required": ["x"]},
        ),
        ({"anyOf": [{"enum": ["a", "A"]}, {"type": "null"}]}, {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        ({"type": "integer", "default": 1}, {"type": "integer", "description": "by default 1"}),
        (
            {"type": "integer", "default": 1, "description": "how many"},
            {"type": "integer", "description": "how many; by default 1"},
        ),
        ({"type": "object"}, {"type": "object", "additionalProperties": True}),
        ({"properties": {"default": TEXT, "enum": TEXT}}, {"properties": {"default": TEXT, "enum": TEXT}}),
        ({"const": {"type": "object", "default": 1}}, {"const": {"type": "object", "default": 1}}),
    ],
)
def test_one_spelling_is_described_of_those_that_differ_in_case(schema: Any, described: Any) -> None:
    assert canonical(schema) == described
