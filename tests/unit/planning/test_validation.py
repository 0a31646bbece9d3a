"""From a posted document to a request."""

from typing import Any

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest, PluginBroken, PluginNotFound
from chalicelib.planning.validation import check, check_attack, is_name, new_name, plan_request
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from tests.support.world import ATTACKS, NOTE, PLANNERS, plan_document
from tests.unit.planning.test_json_body import JSON

PLAN = plan_document("2035-01-01")


def refused(document: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        plan_request(document, ATTACKS, PLANNERS, pytz.utc)
    return raised.value


def plan_with(**parts: Any) -> dict[str, Any]:
    return {**PLAN, **parts}


def plan_without(part: str) -> dict[str, Any]:
    return {name: value for name, value in PLAN.items() if name != part}


def test_a_request_is_what_was_posted() -> None:
    request = plan_request(PLAN, ATTACKS, PLANNERS, pytz.utc)
    assert (request.name, request.attack, request.planner) == (PLAN["name"], PLAN["attack"], PLAN["planner"])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (plan_without("name"), "invalid payload 'name' is a required property"),
        (plan_without("attack"), "invalid payload 'attack' is a required property"),
        (plan_without("planner"), "invalid payload 'planner' is a required property"),
        (plan_with(name=3), "invalid payload 3 is not of type 'string'"),
        (plan_with(name=None), "invalid payload None is not of type 'string'"),
        (plan_with(attack={"args": {}}), "invalid payload 'ref' is a required property"),
        (plan_with(attack={"ref": 1, "args": {}}), "invalid payload 1 is not of type 'string'"),
        (plan_with(planner={"ref": "at:At", "args": None}), "invalid payload None is not of type 'object'"),
        ([], "invalid payload [] is not of type 'object'"),
        (None, "invalid payload None is not of type 'object'"),
        ("x", "invalid payload 'x' is not of type 'object'"),
        (plan_with(planner={"ref": "at:At", "args": {}}), "invalid payload 'dates' is a required property"),
        (plan_with(planner={"ref": "at:At", "args": {"dates": 3}}), "invalid payload 3 is not of type 'array'"),
    ],
)
def test_the_messages_of_the_original_stay(document: Any, message: str) -> None:
    assert str(refused(document)) == message


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (plan_with(guard={}), "guard"),
        (plan_with(attack={**NOTE, "guard": {}}), "guard"),
        (plan_with(attack={"ref": "note:Note", "args": {"target": "a", "filter": {}}}), "filter"),
        (plan_with(planner={"ref": "at:At", "args": {"dates": []}, "at": 1}), "at"),
        (plan_with(planner={"ref": "at:At", "args": {"dates": [], "date": 1}}), "date"),
        (plan_with(attack={"ref": "documented:MyAttack", "nmae": "x"}), "nmae"),
    ],
)
def test_an_unknown_property_is_named_at_every_level(document: Any, named: str) -> None:
    assert f"'{named}' was unexpected" in str(refused(document))


@pytest.mark.parametrize("ref", ["nope:Nope", "note:Nope", "note:Attack", "at:At", "os:system", "..x:Y", "note", ""])
def test_an_unknown_ref_is_named(ref: str) -> None:
    error = refused(plan_with(attack={"ref": ref, "args": {}}))
    assert isinstance(error, PluginNotFound) and f"{ref} not found" in str(error)


def test_several_faults_are_listed_where_they_are() -> None:
    error = refused({"name": 3, "attack": {}, "planner": PLAN["planner"]})
    assert str(error).startswith("invalid payload ")
    assert [fault.path for fault in error.faults] == ["$.attack", "$.name"]


def test_faults_of_the_attack_and_of_the_planner_are_reported_together() -> None:
    error = refused(plan_with(attack={"ref": "nope:Nope"}, planner={"ref": "at:At", "args": {"dates": [1, 2]}}))
    assert "nope:Nope not found" in str(error)
    assert [fault.path for fault in error.faults] == [
        "$.attack.ref",
        "$.planner.args.dates[0]",
        "$.planner.args.dates[1]",
    ]


@pytest.mark.parametrize(
    ("ref", "near"),
    [("note:Not", "note:Note"), ("NOTE:note", "note:Note"), ("notes:Note", "note:Note"), ("qqq:Www", None)],
)
def test_a_ref_that_is_not_found_is_refused_with_the_nearest_one_there_is(ref: str, near: str | None) -> None:
    error = refused(plan_with(attack={"ref": ref, "args": {"target": "a"}}))
    (fault,) = error.faults
    assert fault.path == "$.attack.ref" and fault.message == str(error)
    assert str(error).endswith(f"lists the refs there are; did you mean {near!r}?" if near else "the refs there are")


def test_no_more_than_a_hundred_faults_are_listed() -> None:
    error = refused(plan_with(planner={"ref": "at:At", "args": {"dates": [1] * 5000}}))
    assert len(error.faults) == 100


def test_a_long_value_does_not_hide_the_reason() -> None:
    message = str(refused(plan_with(name=["x" * 5000])))
    assert len(message) < 400 and message.endswith("is not of type 'string'")


def test_what_a_schema_cannot_judge_the_plugin_does() -> None:
    document = plan_with(attack={"ref": "note:Note", "args": {"target": "nowhere"}})
    assert str(refused(document)) == "there is no target nowhere: name another"


def test_the_documented_attack_is_planned_without_args() -> None:
    for attack in ({"ref": "documented:MyAttack"}, {"ref": "documented:MyAttack", "name": "attack1"}):
        assert plan_request(plan_with(attack=attack), ATTACKS, PLANNERS, pytz.utc).attack == {**attack, "args": {}}


def test_a_planner_whose_schema_is_that_of_the_args_is_held_against_it() -> None:
    planner = {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21T15:30", "times": 2}}
    assert plan_request(plan_with(planner=planner), ATTACKS, PLANNERS, pytz.utc).planner == planner
    wrong = {**planner, "args": {"date": "2027-06-21T15:30", "times": "2"}}
    assert str(refused(plan_with(planner=wrong))) == "invalid payload '2' is not of type 'number'"


def test_what_belongs_into_the_args_is_refused_beside_them() -> None:
    beside = {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21", "times": 1}, "times": 2}
    assert "'times' was unexpected" in str(refused(plan_with(planner=beside)))


@pytest.mark.parametrize("schema", [{"type": "objekt"}, {"properties": 5}, {"$ref": "#/nowhere"}])
def test_a_plugin_whose_schema_is_none_is_refused_by_name(schema: Any, package: Any) -> None:
    source = f"from chalicelib.plugin import Attack\nclass A(Attack): ref, schema, example = 'a:A', {schema!r}, {{}}"
    attacks = Registry("attack", package(a=source), Attack)
    with pytest.raises(PluginBroken, match="^attack a:A cannot be loaded: "):
        plan_request(plan_with(attack={"ref": "a:A", "args": {"text": "x"}}), attacks, PLANNERS, pytz.utc)


@pytest.mark.parametrize(
    "name", ["a", "ñandú ☃ 😀", "x" * 256, "a b", " a", "👩\u200d💻", "لا\u200cم", "\U0001fae8", "一", "e\u0301"]
)
def test_names_of_printable_characters_are_accepted(name: str) -> None:
    assert new_name({"name": name}) == name and is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "x" * 257, "a\x00b", "a\nb", "a\n", "\n", "a\x7f", "\x85", "\u2028", "a\u2029"),
        *(" ", "\u3000\u00a0", "\u200d", "\u0301", "\u3164", "\u2800", "\U0001d159"),
        *("a\u202eb", "a\u2066b", "a\u200bb", "a\ufeff", "a\U000e0041", "a\u0378", "a\uffff", "a\U000e0fff"),
    ],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(InvalidRequest, match="^invalid payload "):
        new_name({"name": name})


@pytest.mark.parametrize("document", [{}, {"name": 1}, {"nmae": "x"}, {"name": "x", "id": 1}, [], None])
def test_renaming_takes_a_name_and_nothing_else(document: Any) -> None:
    with pytest.raises(InvalidRequest, match="^invalid payload "):
        new_name(document)


def test_an_attack_that_a_planner_made_up_is_held_to_the_same() -> None:
    check_attack(NOTE, ATTACKS)
    for attack in ({}, {"ref": "nope:Nope"}, {"ref": "note:Note", "args": {}}, {**NOTE, "x": 1}, "note:Note", None):
        with pytest.raises(InvalidRequest):
            check_attack(attack, ATTACKS)  # type: ignore[arg-type]


def test_a_check_that_is_passed_says_nothing() -> None:
    check({}, {"type": "object"})


@given(JSON | st.fixed_dictionaries({"name": JSON, "attack": JSON, "planner": JSON}))
def test_any_document_is_a_request_or_an_invalid_one(document: Any) -> None:
    with pytest.raises(InvalidRequest):
        plan_request(document, ATTACKS, PLANNERS, pytz.utc)


@given(JSON, JSON)
def test_any_args_are_accepted_or_invalid(args: Any, dates: Any) -> None:
    document = plan_with(attack={"ref": "note:Note", "args": args}, planner={"ref": "at:At", "args": {"dates": dates}})
    with pytest.raises(InvalidRequest):
        plan_request(document, ATTACKS, PLANNERS, pytz.utc)


def test_the_refusal_of_a_name_says_what_would_be_accepted() -> None:
    with pytest.raises(InvalidRequest, match="^invalid payload the text holds U\\+0000, which is a control") as raised:
        new_name({"name": "a\0b"})
    assert raised.value.faults[0].message.endswith(": give 1 to 256 printable characters, one of them visible")


def test_a_refusal_does_not_repeat_a_secret(package: Any) -> None:
    source = """
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema
class A(Attack):
    ref, example = "a:A", {}
    schema = plugin_schema(
        one={"type": "string", "writeOnly": True, "maxLength": 3},
        two={"type": "string", "pattern": "^x$", "description": "an x", "writeOnly": True},
        several={"oneOf": [{"required": ["pem", "user"]}, {"required": ["pem", "name"]}]},
        headers={"additionalProperties": {"type": "integer"}},
    )
    @classmethod
    def check(cls, args):
        raise ValueError("what is hunter2-" + args["one"])
"""
    attacks = Registry("attack", package(a=source), Attack)

    def said(args: Any) -> str:
        with pytest.raises(InvalidRequest) as raised:
            plan_request(plan_with(attack={"ref": "a:A", "args": args}), attacks, PLANNERS, pytz.utc)
        return " ".join([str(raised.value), *(fault.message for fault in raised.value.faults)])

    for args in (
        {"one": "hunter2"},
        {"one": ["hunter2"]},
        {"two": "hunter2"},
        {"several": {"pem": "hunter2"}},
        {"headers": {"cookie": "hunter2"}},
        {"one": "y", "headers": {"cookie": "hunter2", "x": "z"}},
    ):
        assert "hunter2" not in said(args)
    assert "********" in said({"headers": {"cookie": "hunter2"}}) and "********" in said({"one": 12345678})
    assert "'...' is not of type 'integer'" in said({"headers": {"Accept": "zz"}})


def test_a_reference_may_stand_wherever_a_secret_text_may(package: Any) -> None:
    source = """
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema
class A(Attack):
    ref, example = "a:A", {}
    schema = plugin_schema(
        one={"type": "string", "writeOnly": True, "maxLength": 3},
        several={"oneOf": [{"$ref": "#/$defs/key"}, {"type": "integer"}]},
        pem={"type": "string", "maxLength": 3},
        headers={"properties": {"Accept": {"type": "string"}}, "additionalProperties": {"type": "string"}},
        options={"type": "object", "writeOnly": True, "maxProperties": 0},
        many={"type": "array", "items": {"type": "string", "writeOnly": True}},
    ) | {"$defs": {"key": {"type": "string", "writeOnly": True}}}
"""
    attacks = Registry("attack", package(a=source), Attack)
    reference = {"ssm": "/chaosmonkey/test/a"}

    def accepted(args: Any) -> bool:
        try:
            plan_request(plan_with(attack={"ref": "a:A", "args": args}), attacks, PLANNERS, pytz.utc)
        except InvalidRequest:
            return False
        return True

    for args in (
        {"one": reference},
        {"several": reference},
        {"pem": reference},
        {"headers": {"Authorization": reference, "X-API-KEY": reference, "X-Team": reference}},
        {"many": [reference, "a"]},
        {"one": {"secretsmanager": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chaosmonkey/test/a"}},
    ):
        assert accepted(args), args
    for args in (
        {"headers": {"Accept": reference}},
        {"headers": {"Content-Type": reference}},
        {"options": reference},
        {"one": {"ssm": 3}},
        {"one": {**reference, "more": 1}},
        {"one": "long"},
        {"headers": {"Cookie": 3}},
    ):
        assert not accepted(args), args
