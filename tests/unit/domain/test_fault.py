"""One fault of a body, and the sentence that tells it."""

from typing import Any

import pytest

from chalicelib.domain.errors import InvalidRequest, located
from chalicelib.domain.fault import Fault, json_path, nearest


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault("$.a", "it is odd"), "$.a: it is odd"),
        (Fault("$.a", "it is odd", "give an even one"), "$.a: it is odd: give an even one"),
        (Fault("$.a", "no 'gte'", "give a method", "GET"), "$.a: no 'gte': give a method; did you mean 'GET'?"),
    ],
)
def test_a_fault_says_where_what_and_what_instead(fault: Fault, sentence: str) -> None:
    assert fault.sentence == sentence and str(InvalidRequest(fault)) == sentence


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([], "$"),
        (["attack", "args", "filters", 0], "$.attack.args.filters[0]"),
        (["headers", "X-Team"], "$.headers['X-Team']"),
        (["it's", ""], "$[\"it's\"]['']"),
    ],
)
def test_a_path_can_be_read_back_whatever_the_names_are(parts: list[Any], path: str) -> None:
    assert json_path(parts) == path


def test_a_plugin_names_a_fault_within_its_args_and_the_engine_adds_the_rest() -> None:
    with pytest.raises(InvalidRequest) as raised, located("$.attack.args"):
        raise InvalidRequest(Fault("$.headers['X']", "it is odd"))
    assert str(raised.value) == "$.attack.args.headers['X']: it is odd"
    assert [fault.path for fault in raised.value.faults] == ["$.attack.args.headers['X']"]


def test_a_refusal_in_words_of_its_own_keeps_them_and_gets_its_place() -> None:
    with pytest.raises(InvalidRequest) as raised, located("$.args.date"):
        raise InvalidRequest("Invalid date format")
    assert str(raised.value) == "Invalid date format"
    assert raised.value.faults == (Fault("$.args.date", "Invalid date format"),)


@pytest.mark.parametrize(
    ("given", "found"), [("gte", "GET"), ("Post", "POST"), ("qqqqqq", None), ("", None), ("x" * 10**6, None)]
)
def test_the_nearest_word_is_found_in_any_case_and_at_any_length(given: str, found: str | None) -> None:
    assert nearest(given, ["GET", "POST", "DELETE"]) == found
