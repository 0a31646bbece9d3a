"""What libcloud shows of a machine's tags, in the forms that its clouds have."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.drivers.cloud import labels

YES = {"chaos:protected": "true"}


@pytest.mark.parametrize(
    ("extra", "tags"),
    [
        ({}, {}),
        ({"tags": None, "labels": {}}, {}),
        ({"tags": YES}, YES),
        ({"metadata": {"a": True, "b": None, "c": 1}}, {"a": "true", "b": "", "c": "1"}),
        ({"tags": ["chaos:protected", "team=a"]}, {**YES, "team": "a"}),
        ({"tags": ({"key": "chaos:protected", "value": "true"}, {"key": "team"})}, {**YES, "team": ""}),
        ({"tags": ["http"], "labels": {"team": "a"}, "metadata": {"kind": "k", "items": [{"key": "a", "value": "b"}]}},
         {"http": "true", "team": "a", "kind": "k", "a": "b"}),
        ({"metadata": {"fingerprint": "f", "nested": {"a": "b"}}}, {"fingerprint": "f"}),
        ({"Tags": [{"Key": "chaos:protected", "Value": "true"}, {"Key": "Name"}]}, {**YES, "Name": ""}),
        ({"tag": "chaos:protected", "tags": []}, YES),
        ({"tag": ""}, {}),
        ({"tags": YES, "metadata": YES}, YES),
    ],
)  # fmt: skip
def test_every_form_is_read(extra: dict[str, Any], tags: dict[str, str]) -> None:
    assert labels.of(SimpleNamespace(extra=extra)) == tags


@pytest.mark.parametrize(
    "extra",
    [
        {"tags": 7},
        {"tags": "a,b"},
        {"labels": [7]},
        {"metadata": {"items": [7]}},
        {"tags": {"chaos:protected": ["true"]}},
        {"tags": YES, "metadata": {"chaos:protected": "false"}},
        {"tags": ["chaos:protected=true", "chaos:protected=false"]},
    ],
)
def test_a_form_that_is_not_known_is_not_taken_for_no_tags(extra: dict[str, Any]) -> None:
    assert labels.of(SimpleNamespace(extra=extra)) is None


@pytest.mark.parametrize("node", [SimpleNamespace(), SimpleNamespace(extra=None)])
def test_a_cloud_that_shows_nothing_has_no_tags(node: Any) -> None:
    assert labels.of(node) == {}
