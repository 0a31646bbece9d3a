"""Ids, settings, outcomes, the model, places, errors and the boundary around plugins."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config.arns import Place
from chalicelib.config.settings import from_environment
from chalicelib.domain.errors import APIError, InvalidRequest, PlanNotFound, UnsafeSettings
from chalicelib.domain.ids import executor_id, is_executor_id, is_plan_id, new_plan_id, plan_of
from chalicelib.domain.model import Executor, Plan, PlanState, Status, truncate_to_second
from chalicelib.domain.page import position
from chalicelib.plugin.isolation import foreign_code
from chalicelib.plugin.outcome import LARGEST_OUTCOME, LONGEST_MESSAGE, bounded, shortened, words
from chalicelib.secrets.redaction import redact
from tests.support.world import NOW
from tests.unit.planning.test_json_body import JSON
from tests.unit.samples.attacks.misbehaving import Unspeakable, UnspeakableError

INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(8999, 1, 1), timezones=st.just(UTC))


class TestIds:
    @given(INSTANTS, st.integers(0, 9999), st.integers())
    def test_an_executor_is_known_by_its_plan_and_can_name_a_schedule(
        self, now: datetime, number: int, seed: int
    ) -> None:
        plan_id = new_plan_id(now, Random(seed))
        id = executor_id(plan_id, number)
        assert is_plan_id(plan_id) and is_executor_id(id) and plan_of(id) == plan_id
        assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", id)

    def test_two_plans_of_the_same_instant_have_different_ids(self) -> None:
        rng = Random(7)
        assert len({new_plan_id(NOW, rng) for _ in range(1000)}) == 1000

    @given(INSTANTS, INSTANTS)
    def test_ids_sort_as_plans_were_made(self, one: datetime, other: datetime) -> None:
        if other - one > timedelta(milliseconds=1):
            assert new_plan_id(one, Random(1)) < new_plan_id(other, Random(2))

    @pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 32 + "\n", "٠" * 32, "0" * 37])
    def test_other_texts_are_no_ids(self, text: str) -> None:
        assert not is_plan_id(text)
        assert not is_executor_id(text) and not is_executor_id(f"{text}-0000") and not is_executor_id(f"{'0' * 32}-000")


class TestSettings:
    def test_an_empty_environment_is_the_documented_default(self) -> None:
        default = from_environment({})
        assert (default.stage, str(default.timezone), default.allowed_origin) == ("local", "Europe/Madrid", "*")
        assert (default.grace_seconds, default.retention_days, default.max_executors) == (900, 400, 1000)
        assert (default.list_shards, default.parallel_requests) == (1, 24)

    def test_names_follow_from_the_stage(self) -> None:
        prod = from_environment({"STAGE": "prod"})
        assert prod.name == prod.table == prod.schedule_group == "chaosmonkey-prod"
        assert prod.attack_function == "chaosmonkey-prod-attack"
        assert prod.scheduler_role == "chaosmonkey-prod-scheduler"
        assert prod.dead_letter_queue == "chaosmonkey-prod-undelivered"

    def test_every_setting_can_be_given(self) -> None:
        given = {
            "TIMEZONE": "UTC",
            "ALLOWED_ORIGIN": "https://ui.example",
            "GRACE_SECONDS": "600",
            "MAX_EXECUTORS": "5",
        }
        chosen = from_environment({**given, "RETENTION_DAYS": "1", "LIST_SHARDS": "64", "PARALLEL_REQUESTS": "8"})
        assert (str(chosen.timezone), chosen.allowed_origin, chosen.grace_seconds) == ("UTC", "https://ui.example", 600)
        assert (chosen.max_executors, chosen.retention_days, chosen.list_shards) == (5, 1, 64)
        assert chosen.parallel_requests == 8

    @pytest.mark.parametrize("stage", ["", "a", "Prod", "pre-prod", "1st", "a" * 17, "prod\n", "../x"])
    def test_a_stage_that_no_resource_can_be_named_after_is_refused(self, stage: str) -> None:
        with pytest.raises(UnsafeSettings, match=f"^STAGE is {re.escape(repr(stage))}: give"):
            from_environment({"STAGE": stage})

    @pytest.mark.parametrize("zone", ["", "Nowhere/Land", "Europe/", "+02:00", "Madrid", "Mädrid", "../../etc/passwd"])
    def test_an_unknown_zone_is_refused_by_name(self, zone: str) -> None:
        with pytest.raises(UnsafeSettings, match=f"^TIMEZONE {re.escape(repr(zone))} is not a time zone: give"):
            from_environment({"TIMEZONE": zone})

    @pytest.mark.parametrize(
        ("name", "least", "most"),
        [
            ("GRACE_SECONDS", 600, 86_400),
            ("RETENTION_DAYS", 1, 3650),
            ("LIST_SHARDS", 1, 64),
            ("MAX_EXECUTORS", 1, 1000),
            ("PARALLEL_REQUESTS", 1, 64),
        ],
    )
    def test_a_number_out_of_its_bounds_is_refused_by_name(self, name: str, least: int, most: int) -> None:
        for good in (least, most):
            from_environment({name: str(good)})
        for bad in (str(least - 1), str(most + 1), "", "-1", "1.5", "x", " 60", "1e2", "٦٠", "9" * 5000):
            with pytest.raises(UnsafeSettings, match=f"^{name} is .*: give a whole number from {least} to {most}$"):
                from_environment({name: bad})


class TestOutcomes:
    def test_none_is_none_and_an_object_is_itself(self) -> None:
        assert bounded(None, redact) is None
        assert bounded({"a": [1, None, {"b": True}]}, redact) == {"a": [1, None, {"b": True}]}
        assert bounded(MappingProxyType({"a": 1}), redact) == {"a": 1}
        assert bounded({}, redact) == {}

    @pytest.mark.parametrize("value", [0, "text", True, [1, 2], 1.5, ""])
    def test_anything_else_is_a_result(self, value: Any) -> None:
        assert bounded(value, redact) == {"result": value}

    def test_what_has_no_json_form_is_kept_as_text(self) -> None:
        assert bounded({"at": NOW}, redact) == {"at": str(NOW)}
        assert bounded({(1, 2): 3}, redact) == {"result": "{(1, 2): 3}"}
        assert bounded(float("nan"), redact) == {"result": "nan"}
        assert bounded({1}, redact) == {"result": "{1}"}
        assert bounded({"node": Unspeakable()}, redact) == {"node": "a Unspeakable that cannot be written as text"}

    def test_what_contains_itself_is_kept_as_text(self) -> None:
        circle: list[Any] = []
        circle.append(circle)
        deep: Any = 1
        for _ in range(10_000):
            deep = [deep]
        assert bounded(circle, redact) == {"result": "[[...]]"}
        assert set(bounded(deep, redact) or ()) <= {"result", "truncated", "bytes"}

    def test_what_is_too_long_is_its_beginning(self) -> None:
        kept = bounded({"log": "x" * 10_000}, redact)
        assert kept is not None and kept["truncated"].startswith('{"log": "xxx') and kept["bytes"] == 10_011

    @given(JSON | st.text(min_size=1500) | st.lists(st.text('"\\\x00ñ😀', min_size=900, max_size=2500), min_size=1))
    def test_an_outcome_never_outgrows_four_kilobytes(self, value: Any) -> None:
        kept = bounded(value, redact)
        assert kept is None or len(json.dumps(kept, allow_nan=False)) <= LARGEST_OUTCOME

    @given(st.text(max_size=3000))
    def test_a_sentence_never_outgrows_a_kilobyte(self, text: str) -> None:
        short = shortened(text)
        assert len(short.encode()) <= LONGEST_MESSAGE
        assert short == text or len(text.encode(errors="replace")) > LONGEST_MESSAGE or "?" in short

    def test_a_sentence_that_was_cut_says_so(self) -> None:
        assert shortened("ñ" * 1000).endswith("ñ ...")
        assert shortened("a\ud800b") == "a?b"

    def test_an_exception_without_words_is_said_to_have_none(self) -> None:
        assert words(ValueError("why"), redact) == "why"
        assert words(ValueError(), redact) == "no message was given"
        assert words(UnspeakableError(), redact) == "a UnspeakableError that cannot be written as text"


def plan(*dues: datetime, remaining: int) -> Plan:
    return Plan(
        id="0" * 32,
        name="p",
        created=NOW,
        attack={},
        planner={},
        state=PlanState.ACTIVE,
        dues=tuple(sorted(dues)),
        remaining=remaining,
    )


class TestModel:
    @given(st.lists(INSTANTS, max_size=20), st.data())
    def test_the_next_date_is_that_of_the_first_left(self, dues: list[datetime], data: st.DataObject) -> None:
        left = data.draw(st.integers(0, len(dues)))
        some = plan(*dues, remaining=left)
        assert some.next_due == (sorted(dues)[len(dues) - left] if left else None)
        assert some.executed is (left == 0) and some.total == len(dues)

    def test_a_tally_that_lags_behind_names_no_date_rather_than_a_wrong_one(self) -> None:
        assert plan(NOW, remaining=2).next_due is None

    @given(INSTANTS, INSTANTS, st.integers(0, 9999), st.integers(0, 9999))
    def test_positions_sort_as_dates_do_and_then_by_id(
        self, one: datetime, other: datetime, number: int, another: int
    ) -> None:
        one, other = truncate_to_second(one), truncate_to_second(other)
        ids = executor_id("0" * 32, number), executor_id("0" * 32, another)
        assert (position(one, ids[0]) < position(other, ids[1])) is ((one, ids[0]) < (other, ids[1]))

    def test_plans_and_executors_know_their_positions(self) -> None:
        executor = Executor(id="1" * 32 + "-0001", plan_id="1" * 32, name="e", due=NOW)
        assert executor.position == f"2027-03-01T09:00:00Z#{executor.id}"
        assert plan(remaining=0).position == f"2027-03-01T09:00:00Z#{'0' * 32}"

    def test_all_but_the_first_two_states_are_final(self) -> None:
        assert [status for status in Status if not status.executed] == [Status.SCHEDULED, Status.RUNNING]

    def test_nothing_of_the_model_can_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            plan(remaining=0).name = "other"  # type: ignore[misc]
        assert replace(plan(remaining=0), name="other").name == "other"


class TestPlace:
    def test_it_is_read_off_the_functions_arn(self) -> None:
        arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:chaosmonkey-test"
        place, chosen = Place.of(arn), from_environment({"STAGE": "test"})
        assert place == Place("aws-cn", "cn-north-1", "123456789012")
        assert place.attack_function(chosen) == f"{arn}-attack"
        assert place.scheduler_role(chosen) == "arn:aws-cn:iam::123456789012:role/chaosmonkey-test-scheduler"
        assert place.dead_letter_queue(chosen) == "arn:aws-cn:sqs:cn-north-1:123456789012:chaosmonkey-test-undelivered"

    def test_a_version_or_an_alias_does_not_matter(self) -> None:
        assert Place.of("arn:aws:lambda:eu-west-1:1:function:f:$LATEST") == Place("aws", "eu-west-1", "1")


class TestErrors:
    def test_an_api_error_is_a_400_unless_it_says_otherwise(self) -> None:
        assert APIError("no").status_code == 400 and APIError("no").to_dict() == {"msg": "no"}
        assert APIError("no", 404, {"team": "a"}).to_dict() == {"team": "a", "msg": "no"}
        assert APIError("no", payload={"msg": "yes"}).to_dict() == {"msg": "no"}

    @pytest.mark.parametrize("status", [0, 200, 301, 399, 600, 9999, -1, "404", 4.5])
    def test_a_status_that_is_no_error_is_none_of_an_api_error(self, status: Any) -> None:
        assert APIError("no", status).status_code == 400


class TestBoundary:
    def refuse(self, code: Callable[[], object]) -> None:
        with foreign_code(lambda error: InvalidRequest(f"{type(error).__name__}: {error}")):
            code()

    @pytest.mark.parametrize(
        "error", [KeyError("a"), SystemExit(2), RecursionError(), MemoryError("b"), OSError(1, "c")]
    )
    def test_whatever_is_raised_becomes_the_refusal(
        self, error: BaseException, caplog: pytest.LogCaptureFixture
    ) -> None:
        with (
            caplog.at_level(logging.WARNING),
            pytest.raises(InvalidRequest, match=f"^{type(error).__name__}") as raised,
        ):
            self.refuse(lambda: _raise(error))
        assert raised.value.__cause__ is error and type(error).__name__ in caplog.text

    @pytest.mark.parametrize("error", [APIError("a"), PlanNotFound("b"), InvalidRequest("c")])
    def test_the_engines_own_errors_pass(self, error: Exception) -> None:
        with pytest.raises(type(error)) as raised:
            self.refuse(lambda: _raise(error))
        assert raised.value is error

    def test_a_person_who_interrupts_is_heard(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.refuse(lambda: _raise(KeyboardInterrupt()))


def _raise(error: BaseException) -> None:
    raise error
