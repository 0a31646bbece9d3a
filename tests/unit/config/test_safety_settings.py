"""The settings that hold attacks back, and the tags that spare machines."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config.settings import from_environment
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import UnsafeSettings
from chalicelib.domain.tags import NO, Tag, parse, spared_because


class TestTheLeash:
    @pytest.mark.parametrize(
        ("environment", "leashed"),
        [
            ({}, True),
            ({"LEASHED": "false"}, False),
            ({"STAGE": "local"}, False),
            ({"STAGE": "dev"}, True),
            ({"STAGE": "prod"}, True),
            ({"STAGE": "prod", "LEASHED": "true"}, True),
            ({"STAGE": "prod", "LEASHED": "false"}, False),
            ({"LEASHED": "true"}, True),
        ],
    )
    def test_a_stage_attacks_only_where_its_settings_say_so(self, environment: dict[str, str], leashed: bool) -> None:
        assert from_environment(environment).leashed is leashed

    @pytest.mark.parametrize("text", ["", "no", "False", "0", " false"])
    def test_in_so_many_words(self, text: str) -> None:
        with pytest.raises(UnsafeSettings, match="LEASHED is"):
            from_environment({"STAGE": "prod", "LEASHED": text})


class TestLimits:
    def test_there_are_none_unless_they_are_set(self) -> None:
        assert from_environment({}).limits == ()

    def test_those_of_all_attacks_come_first(self) -> None:
        by_ref = '{"a:A": {"max_attacks_per_day": 2}, "b:B": {"min_gap_minutes": 30}, "c:C": {}}'
        limits = from_environment({"MAX_ATTACKS_PER_DAY": "5", "MIN_GAP_MINUTES": "10", "ATTACK_LIMITS": by_ref}).limits
        assert limits == (
            Limit(per_day=5, gap=timedelta(minutes=10)),
            Limit(ref="a:A", per_day=2),
            Limit(ref="b:B", gap=timedelta(minutes=30)),
        )

    def test_a_ref_is_spelt_as_the_engine_does(self) -> None:
        limits = from_environment({"ATTACK_LIMITS": '{"a.A": {"max_attacks_per_day": 2}}'}).limits
        assert limits == (Limit(ref="a:A", per_day=2),)
        assert [limits[0].counts(*refs) for refs in (["a:A"], ["a.A"], ["b:B", "a:A"], ["b:B"])] == [
            *(True, True, True, False)
        ]

    @pytest.mark.parametrize(
        "text",
        [
            '{"a:A": {"max_attacks_per_day": 2}, "a.A": {"max_attacks_per_day": 3}}',
            '{"a:A": {"max_attacks_per_day": 2}, "a:A": {"max_attacks_per_day": 300}}',
            '{"a:A": {"max_attacks_per_day": 2, "max_attacks_per_day": 300}}',
            *("", "{", "[]", "3", '{"a:A": 3}', '{"a:A": {"max_attacks_per_day": 0}}'),
            *('{"a:A": {"max_per_day": 3}}', '{"a:A": {"min_gap_minutes": true}}', '{"a:A": {"min_gap_minutes": "3"}}'),
        ],
    )
    def test_what_is_not_understood_is_refused(self, text: str) -> None:
        with pytest.raises(UnsafeSettings, match="ATTACK_LIMITS is"):
            from_environment({"ATTACK_LIMITS": text})

    @pytest.mark.parametrize("name", ["MAX_ATTACKS_PER_DAY", "MIN_GAP_MINUTES"])
    @pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", ""])
    def test_a_number_is_whole_and_at_least_one(self, name: str, text: str) -> None:
        with pytest.raises(UnsafeSettings, match=name):
            from_environment({name: text})


class TestTags:
    def test_they_are_written_as_pairs_or_as_keys(self) -> None:
        assert parse(" a=b , c ,d=,,e=f=g") == (Tag("a", "b"), Tag("c", None), Tag("d", ""), Tag("e", "f=g"))
        assert parse("") == ()

    @pytest.mark.parametrize("name", ["PROTECTED_TAGS", "REQUIRED_TAGS"])
    def test_one_without_a_key_is_refused(self, name: str) -> None:
        with pytest.raises(UnsafeSettings, match=f"{name}: '=true' has no key"):
            from_environment({name: "a=b,=true"})

    @pytest.mark.parametrize(
        ("tags", "environment", "reason"),
        [
            ({}, {}, None),
            ({"chaos:protected": "false"}, {}, None),
            ({"chaos:protected": "true"}, {}, "it bears the tag chaos:protected, which protects it"),
            ({"chaos:protected": "true"}, {"PROTECTED_TAGS": ""}, None),
            ({"tier": "db"}, {"PROTECTED_TAGS": "tier"}, "it bears the tag tier, which protects it"),
            ({}, {"REQUIRED_TAGS": "chaos=yes"}, "it lacks the tag chaos=yes, without which nothing is attacked"),
            ({"chaos": "no"}, {"REQUIRED_TAGS": "chaos=yes"}, "it lacks the tag chaos=yes"),
            ({"chaos": "yes"}, {"REQUIRED_TAGS": "chaos=yes"}, None),
            ({"chaos": "yes"}, {"REQUIRED_TAGS": "chaos,team"}, "it lacks the tag team"),
            ({"chaos": "yes", "x": ""}, {"REQUIRED_TAGS": "chaos", "PROTECTED_TAGS": "x"}, "it bears the tag x"),
            ({"chaos": "No"}, {"REQUIRED_TAGS": "chaos"}, "it lacks the tag chaos"),
            ({"Chaos": "yes"}, {"REQUIRED_TAGS": "chaos"}, "it lacks the tag chaos"),
            ({"Tier": "DB"}, {"PROTECTED_TAGS": "tier=db"}, "it bears the tag tier=db"),
            ({"tier": "dbx"}, {"PROTECTED_TAGS": "tier=db"}, None),
            (
                {"chaos:protected": "false", "Chaos:Protected": "true"},
                {},
                "it bears the tag chaos:protected, which protects it",
            ),
        ],
    )
    def test_they_spare_a_machine_with_a_reason(
        self, tags: dict[str, str], environment: dict[str, str], reason: str | None
    ) -> None:
        found = spared_because(tags, environment)
        assert found is None if reason is None else found is not None and found.startswith(reason)

    @pytest.mark.parametrize("key", ["chaos:protected", "Chaos:Protected", "CHAOS:PROTECTED"])
    @pytest.mark.parametrize("setting", [None, "chaos:protected", "chaos:protected=true", "Chaos:Protected=yes"])
    @pytest.mark.parametrize(
        ("value", "protects"),
        [
            *((value, True) for value in ("true", "True", "TRUE", "yes", "", " ", "1", "please", "none", "falsely")),
            *((value, False) for value in ("false", "False", "FALSE", "no", "No", "off", "0", " false ")),
        ],
    )
    def test_the_key_alone_protects_unless_its_value_says_no_in_any_case(
        self, key: str, setting: str | None, value: str, protects: bool
    ) -> None:
        found = spared_because({key: value}, {} if setting is None else {"PROTECTED_TAGS": setting})
        assert (found is not None) is protects

    @pytest.mark.parametrize(
        "key",
        ["chaos:protected ", " Chaos:Protected", "chaos\uff1aprotected", "chaos:protected\u200b", "CHAOS:PROTECTED\t"],
    )
    def test_a_key_protects_that_looks_the_same(self, key: str) -> None:
        assert spared_because({key: "true"}, {}) and spared_because(
            {"chaos:protected": "true"}, {"PROTECTED_TAGS": key}
        )
        assert not spared_because({key: "no"}, {})

    @given(st.text(), st.sampled_from(["chaos:protected", "Chaos:protected"]))
    def test_no_spelling_of_a_value_lifts_the_protection_but_those_that_say_no(self, value: str, key: str) -> None:
        assert (spared_because({key: value}, {}) is None) is (value.strip().casefold() in NO)

    @given(st.lists(st.tuples(st.text("abc:-", min_size=1), st.none() | st.text("xyz.", max_size=3)), max_size=5))
    def test_what_is_written_is_read_again(self, pairs: list[tuple[str, str | None]]) -> None:
        tags = tuple(Tag(key, value) for key, value in pairs)
        assert parse(",".join(map(str, tags))) == tags
