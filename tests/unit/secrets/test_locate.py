"""Where secrets stand, what is taken out of a config there, and that it comes back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.secret_reference import Reference
from chalicelib.plugin.schemas import plugin_schema
from chalicelib.secrets.log_redaction import masked, masked_config, secret_texts
from chalicelib.secrets.parts import MASK
from chalicelib.secrets.sealed_config import SEALED, extract_secrets, has_marks, refuse_marks, restore_secrets
from tests.unit.planning.test_json_body import JSON
from tests.unit.samples.attacks.note import Note

SECRET = {"type": "string", "writeOnly": True}
PARAMETER = {"ssm": "/chaosmonkey/test/key"}
CANARY = "canary-5f2c"


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"properties": {"x": SECRET}}, {"properties": {"y": {}}}]},
        {"anyOf": [{"type": "null"}, {"allOf": [{"properties": {"x": SECRET}}]}]},
        {"properties": {"x": {"oneOf": [{"type": "integer"}, SECRET]}}},
        {"if": {"required": ["y"]}, "then": {}, "else": {"properties": {"x": SECRET}}},
        {"dependentSchemas": {"x": {"properties": {"x": SECRET}}}},
        {"patternProperties": {"^x$": SECRET}, "additionalProperties": {}},
        {"properties": {"y": {}}, "additionalProperties": SECRET},
        {"unevaluatedProperties": SECRET},
        {"properties": {"x": {"$ref": "#/$defs/a~1key"}}, "$defs": {"a/key": SECRET}},
        {"properties": {"x": {"$ref": "#key"}}, "$defs": {"k": [{"$anchor": "key", **SECRET}]}},
        {"allOf": [{"$ref": "#/$defs/all/0"}], "$defs": {"all": [{"properties": {"x": SECRET}}]}},
    ],
)
def test_a_mark_is_followed_to_wherever_a_schema_puts_it(schema: Any) -> None:
    assert masked({"x": CANARY}, schema) == {"x": MASK}
    args_only = {"ref": "a:A", "args": {"x": CANARY}}
    assert masked_config(args_only, schema) == {"ref": "a:A", "args": {"x": MASK}}


@pytest.mark.parametrize("schema", [{"writeOnly": True}, {"properties": {"args": SECRET}}])
def test_where_all_args_are_secret_the_ref_and_their_names_are_not(schema: Any) -> None:
    config = {"ref": "a:A", "args": {"x": CANARY, "y": 3}}
    assert masked_config(config, schema) == {"ref": "a:A", "args": {"x": MASK, "y": MASK}}


@pytest.mark.parametrize("schema", [{"prefixItems": [{}, SECRET]}, {"items": SECRET}, {"contains": SECRET}])
def test_also_in_lists(schema: Any) -> None:
    assert masked(["a", CANARY], schema)[1] == MASK


def test_a_schema_that_refers_to_itself_is_followed_as_deep_as_the_value() -> None:
    node = {"properties": {"x": SECRET, "child": {"$ref": "#"}}, "allOf": [{"$ref": "#"}]}
    assert masked({"child": {"child": {"x": CANARY}}}, node) == {"child": {"child": {"x": MASK}}}


@pytest.mark.parametrize("reference", ["#/nowhere", "#/a/9", "#nobody", "https://example.com/s", 3, "#/a/x"])
def test_a_reference_that_leads_nowhere_hides_nothing_and_breaks_nothing(reference: Any) -> None:
    assert masked({"x": "a"}, {"properties": {"x": {"$ref": reference}}, "a": [1]}) == {"x": "a"}


@pytest.mark.parametrize("place", ["https://{}@host/", "redis://{}@h:1/0", "https://host/a?sig={}&page={}"])
def test_a_text_with_secret_parts_is_encrypted_whole_and_shown_without_them(place: str) -> None:
    config = {"ref": "note:Note", "args": {"target": place.format(CANARY, CANARY)}}
    stored, secrets = extract_secrets(config, Note.schema)
    assert secrets == [config["args"]["target"]] and CANARY not in json.dumps(stored)
    assert (
        masked_config(config, Note.schema)["args"]
        == masked_config(stored)["args"]
        == {"target": place.format(MASK, MASK)}
    )
    assert restore_secrets({**stored, SEALED: "x"}, secrets, lambda reference: None) == config
    assert CANARY in secret_texts(config, Note.schema) or f":{CANARY}" in secret_texts(config, Note.schema)


def test_a_reference_is_shown_as_it_was_posted() -> None:
    config = {"ref": "note:Note", "args": {"target": "a", "secret": PARAMETER, "headers": {"Cookie": PARAMETER}}}
    assert masked_config(config, Note.schema) == config
    stored, secrets = extract_secrets(config, Note.schema)
    assert secrets == [] and has_marks(stored)
    assert masked_config(stored, Note.schema) == masked_config(stored) == config


def test_where_no_text_may_stand_there_is_no_reference() -> None:
    schema = plugin_schema(options={"type": "object", "writeOnly": True})
    config = {"ref": "a:A", "args": {"options": PARAMETER}}
    assert masked_config(config, schema)["args"] == {"options": MASK}
    assert extract_secrets(config, schema)[1] == [PARAMETER]


_NAMES = st.sampled_from(["secret", "target", "headers", "Authorization", "pem", "filters", "items"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", CANARY, f"https://u:{CANARY}@h/"]) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
_SCHEMAS = st.sampled_from([None, Note.schema, {"properties": {"target": {"anyOf": [SECRET, {}]}}}])


def _marked(value: Any) -> bool:
    return '"$secret"' in json.dumps(value) or '"$sealed"' in json.dumps(value)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5).filter(lambda args: not _marked(args)), _SCHEMAS)
def test_what_is_taken_out_comes_back_and_is_nowhere_meanwhile(args: dict[str, Any], schema: Any) -> None:
    config = {"ref": "note:Note", "args": args}
    before = json.dumps(config)
    stored, secrets = extract_secrets(config, schema)
    assert restore_secrets({**stored, SEALED: "x"}, secrets, lambda reference: reference.document()) == config
    assert json.dumps(config) == before
    # What is shown of it is the same before and after, and neither shows nor stores a secret.
    assert masked_config(stored, schema) == masked_config(config, schema)
    for text in secret_texts(config, schema):
        if CANARY in text:
            assert json.dumps(stored).count(CANARY) == json.dumps(masked_config(config, schema)).count(CANARY)
    for name in ("secret", "Authorization", "pem"):
        if name in args and Reference.of(args[name]) is None:
            assert stored["args"][name].keys() == {"$secret"}
            assert isinstance(stored["args"][name]["$secret"], int)


@pytest.mark.parametrize("mark", [7, -1, "0", None, {"ssm": 3}, True])
def test_a_mark_without_its_secret_is_an_error(mark: Any) -> None:
    with pytest.raises(LookupError):
        restore_secrets({"ref": "a:A", "args": {"x": {"$secret": mark}}}, [], lambda reference: "read")


@pytest.mark.parametrize("args", [{"$secret": 0}, {"x": [{"$secret": 0}]}])
def test_no_one_may_post_a_mark(args: Any) -> None:
    with pytest.raises(InvalidRequest, match="the engine's own names"):
        refuse_marks({"ref": "a:A", "args": args})
    with pytest.raises(InvalidRequest):
        refuse_marks({"ref": "a:A", SEALED: "x"})


@given(JSON)
def test_a_stored_config_shows_no_mark(value: Any) -> None:
    if not _marked(value):
        stored, _ = extract_secrets({"ref": "a:A", "args": {"pem": value, "other": value}}, None)
        assert not _marked(masked_config({**stored, SEALED: "x"}))


@pytest.mark.parametrize("stage", ["test", "prod"])
def test_a_reference_has_to_be_below_its_own_stage(stage: str) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
    for sound in (
        {"ssm": f"/chaosmonkey/{stage}/a/b.c-d_e"},
        {"secretsmanager": f"{arn}chaosmonkey/{stage}/github-AbCdEf"},
    ):
        reference = Reference.of(sound)
        assert reference and reference.document() == sound
        reference.require_below(stage)
    for name in ("/other", f"/chaosmonkey/{stage}", f"/chaosmonkey/{stage}/", "/chaosmonkey/dev/a", "", "x\n"):
        with pytest.raises(InvalidRequest, match=rf"cannot be read: give /chaosmonkey/{stage}/\.\.\.$"):
            Reference("ssm", name).require_below(stage)
    for name in (f"{arn}other", f"chaosmonkey/{stage}/a", f"{arn}chaosmonkey/dev/a", f"{arn}chaosmonkey/{stage}/"):
        with pytest.raises(InvalidRequest, match=f"the ARN of a secret named chaosmonkey/{stage}/"):
            Reference("secretsmanager", name).require_below(stage)


@pytest.mark.parametrize("place", ["aws:eusc-de-east-1", "aws-cn:eu-west-1", "aws-x:eu-west-1", "aws:nowhere", "aws:"])
def test_a_reference_is_to_a_region_of_its_partition(place: str) -> None:
    for partition, region in (("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-eusc", "eusc-de-east-1")):
        Reference("secretsmanager", _arn(partition, region)).require_below("test")
    with pytest.raises(InvalidRequest, match="the ARN of a secret"):
        Reference("secretsmanager", _arn(*place.split(":"))).require_below("test")


def _arn(partition: str, region: str) -> str:
    return f"arn:{partition}:secretsmanager:{region}:123456789012:secret:chaosmonkey/test/a"


@pytest.mark.parametrize("value", [None, "x", {}, {"ssm": 3}, {"ssm": "a", "b": 1}, {"other": "x"}, ["ssm"]])
def test_anything_else_is_no_reference(value: Any) -> None:
    assert Reference.of(value) is None
