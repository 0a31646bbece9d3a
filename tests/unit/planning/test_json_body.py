"""From the bytes of a request to a document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest, PayloadTooLarge
from chalicelib.planning.json_body import LARGEST_BODY, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"))  # which is refused
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_a_document_is_what_was_written(document: Any) -> None:
    assert parse(json.dumps(document).encode()) == document
    assert parse(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"{", b'{"a": }', b"{'a': 1}", b'{"a": 1}}', b"[1,]", b"nul", b'"\t"', b'"\n"'),
        *(b"NaN", b'{"a": NaN}', b"[Infinity]", b"-Infinity", b"1e999", b"[-1e999]", b'{"a": {"b": [1e400]}}'),
        *(b'"\\ud800"', b'{"\\udfff": 1}', b'["\\ud83d"]'),
        *(b"\xff\xfe{", b'"\xc3"', b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), b'"\xed\xa0\x80"'),
        b"1" * 5000,
    ],
)
def test_what_is_no_json_is_refused_in_the_words_of_the_original(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="^payload must be a valid json$"):
        parse(body)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("around", [("[", "]"), ('{"a":', "}")])
def test_nesting_is_allowed_to_32_levels(around: tuple[str, str]) -> None:
    opening, closing = around
    inner = "1" if "a" in opening else ""
    for depth in (1, 31, 32):
        parse((opening * depth + inner + closing * depth).encode())
    for depth in (33, 40, 900, 1100, 40_000):
        with pytest.raises(InvalidRequest, match="^invalid payload nested deeper than 32 levels$"):
            parse((opening * depth + inner + closing * depth).encode())


def test_an_open_bracket_a_hundred_thousand_times_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        parse(b"[" * 100_000)


def test_a_leaf_at_the_deepest_level_does_not_count() -> None:
    parse(("[" * 31 + '{"a": "text", "b": [], "c": {}}' + "]" * 31).replace('"b": [], "c": {}', '"b": 1').encode())
    with pytest.raises(InvalidRequest):
        parse(("[" * 32 + "{}" + "]" * 32).encode())


def test_the_limit_is_256_kilobytes() -> None:
    text = json.dumps("x" * (LARGEST_BODY - 2)).encode()
    assert len(text) == LARGEST_BODY and len(parse(text)) == LARGEST_BODY - 2
    with pytest.raises(PayloadTooLarge, match="^the body is larger than 256 KB: send a smaller one$"):
        parse(text + b" ")


@pytest.mark.parametrize("number", ["1e9", "1e15", "-1e15", "1E1", "5e-5"])
def test_floats_that_outgrow_what_is_stored_are_refused_before_anything_is_written(number: str) -> None:
    many = (LARGEST_BODY - 2) // (len(number) + 1)
    body = f"[{','.join([number] * many)}]".encode()
    assert len(body) <= LARGEST_BODY
    with pytest.raises(PayloadTooLarge, match="^the body is larger than 256 KB once its numbers are written out"):
        parse(body)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=50))
def test_what_is_taken_is_no_larger_when_it_is_stored(numbers: list[float]) -> None:
    body = json.dumps(numbers * 1000).replace("e+", "e").encode()
    try:
        stored = json.dumps(parse(body), ensure_ascii=False, separators=(",", ":"))
    except PayloadTooLarge:
        return
    assert len(stored.encode()) <= LARGEST_BODY


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_an_invalid_request(body: bytes) -> None:
    try:
        document = parse(body)
    except InvalidRequest:
        return
    json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
