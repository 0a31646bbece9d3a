"""What is said of a body that is no JSON."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.planning.json_body import parse


def fault(body: bytes) -> str:
    with pytest.raises(InvalidRequest, match="^payload must be a valid json$") as raised:
        parse(body)
    (found,) = raised.value.faults
    return found.sentence


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "$: the body is empty"),
        (b" \n", "$: the body is empty"),
        (b'{"name": ', "line 1 column 10: the body ends before the document does"),
        (b'{\n "a": 1,\n}', "line 3 column 1: a comma stands before the closing bracket"),
        (b"[1, 2,]", "column 7: a comma stands before the closing bracket"),
        (b"{'a': 1}", "line 1 column 2: a text or a name stands in single quotes"),
        (b"{\"a\": 'x'}", "column 7: a text or a name stands in single quotes"),
        (b'{"a": 1 // one\n}', "there is a comment"),
        (b'/* x */ {"a": 1}', "there is a comment"),
        (b'{"a": 1 # one\n}', "there is a comment"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (gzip.compress(b"{}", mtime=0), "gzip"),
        (gzip.compress(b"{}", mtime=0).decode("utf-8", "replace").encode(), "gzip"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-le"), "UTF-16"),
        ('{\n"a": "données"}'.encode("iso-8859-1"), "line 2 column 11: this is not UTF-8, perhaps ISO-8859-1"),
        ("{“a”: 1}".encode(), "typographic quotes"),
        (b'{"a": True}', "True is Python's: write true"),
        (b'{"a": None}', "None is Python's: write null"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": 1e999}', "a number is out of range"),
        (b"1" * 5000, "too many digits"),
        (b"-" + b"1" * 5000, "too many digits"),
        (b'{"a" 1}', "column 6: a colon is missing"),
        (b'{"a": 1 "b": 2}', "column 9: a comma is missing"),
        (b"{a: 1}", "column 2: the name of a property is missing, or does not stand in double quotes"),
        (b'{"a": "x\ny"}', "a line break, a tab or another control character"),
        (b'{"a": "C:\\x"}', "begins no escape"),
        (b'{"a": "\\u12"}', "four hexadecimal digits"),
        (b'{"a": "x}', "no closing quote"),
        (b"{} {}", "column 4: something stands after the end"),
        (b"name=x&y=z", "line 1 column 1"),
        (b'{"a": ["\\ud83d"]}', "$.a[0]: half of a surrogate pair"),
    ],
)
def test_the_answer_to_a_body_that_is_no_json_says_line_column_and_likely_cause(body: bytes, said: str) -> None:
    assert said in fault(body)


@given(st.binary(max_size=40), st.sampled_from([b'{"a": "CANARY%s"', b"CANARY%s", b'["CANARY" %s', b"{'CANARY': %s}"]))
def test_no_explanation_repeats_the_body(noise: bytes, form: bytes) -> None:
    assert "CANARY" not in fault(form.replace(b"%s", b'"' + noise + b"\n"))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"halted": true, "reason": "x", "halted": false}', "$.halted"),
        (b'{"a": {"b": [{"c": 1, "c": 1}]}}', "$.a.b[0].c"),
        (b'[{"X-A": 1, "x": 2, "X-\\u0041": 3}]', "$[0]['X-A']"),
        (b'{"a": {"b": 1, "b": {"c": 1, "c": 2}}}', "$.a.b"),
    ],
)
def test_a_name_that_stands_twice_in_an_object_is_refused_with_its_path(body: bytes, path: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse(body)
    assert str(raised.value) == f"{path}: the property is given twice in its object: give it once"


def _object(values: list[str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in zip("abc", values, strict=False)) + "}"


@given(st.recursive(st.just("0"), lambda inner: st.lists(inner, min_size=1, max_size=3).map(_object), max_leaves=8))
def test_a_name_that_stands_twice_is_found_at_any_depth(text: str) -> None:
    twice = f'{{"z": 1, "z": {text}}}'
    for body in (twice, text.replace("0", twice, 1)):
        with pytest.raises(InvalidRequest, match=r"\.z: the property is given twice"):
            parse(body.encode())
    parse(text.encode())


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"a": "donn\ufffdes"}', "$.a"),
        ('{"a": [{"donn\ufffdes": 1}]}', "$.a[0]"),
        ('"\ufffd"', "$"),
        ('{"a": "\\ufffd"}', "$.a"),
    ],
)
def test_a_replacement_character_is_refused_wherever_it_came_in(body: str, path: str) -> None:
    with pytest.raises(InvalidRequest, match="U\\+FFFD") as raised:
        parse(body.encode())
    assert str(raised.value).startswith(f"{path}: ") and raised.value.faults[0].path == path
