"""The log's lines: one JSON object each, whoever writes them."""

import json
import logging
from collections.abc import Iterator
from contextvars import Context
from io import StringIO
from typing import Any

import pytest

from chalicelib.runtime import logs
from tests.support.world import NOW


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was printed since the last look, line by line."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of its own, as Lambda's root is: with one handler, which has a format of its own."""
    logger, text = logging.Logger("anyone"), StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logger.addHandler(handler)
    yield logger


def written(logger: logging.Logger) -> list[dict[str, Any]]:
    [handler] = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    return [json.loads(line) for line in handler.stream.getvalue().splitlines()]


class TestEvents:
    def test_an_event_is_one_line_of_json_without_what_is_not_known(self, printed: Any) -> None:
        Context().run(
            logs.emit, "executor succeeded", plan_id="1", message=None, outcome={"at": NOW, "text": "two\nlines ñ"}
        )
        assert printed() == [
            {"event": "executor succeeded", "plan_id": "1", "outcome": {"at": str(NOW), "text": "two\nlines ñ"}}
        ]

    def test_it_names_the_request_and_whom_it_is_about(self, printed: Any) -> None:
        def served() -> None:
            logs.begin("request-1")
            logs.about(executor_id="e-1")
            logs.about(plan_id="p-1")
            logs.emit("one")
            assert logs.request_id() == "request-1"
            logs.begin("request-2")
            logs.emit("two")

        Context().run(served)
        assert printed() == [
            {"event": "one", "request_id": "request-1", "executor_id": "e-1", "plan_id": "p-1"},
            {"event": "two", "request_id": "request-2"},
        ]

    def test_what_the_event_says_itself_counts(self, printed: Any) -> None:
        def served() -> None:
            logs.begin("request-1")
            logs.about(executor_id="e-1")
            logs.emit("one", executor_id="e-2")

        Context().run(served)
        assert printed()[0]["executor_id"] == "e-2"


class TestPythonsLogging:
    def test_a_warning_is_a_line_with_the_request_its_level_and_its_logger(self, logger: logging.Logger) -> None:
        def served() -> None:
            logs.begin("request-1")
            logs.set_up(logger)
            logger.warning("left to the sweep: %s", "two\nlines")

        Context().run(served)
        assert written(logger) == [
            {
                "event": "log",
                "level": "WARNING",
                "logger": "anyone",
                "message": "left to the sweep: two\nlines",
                "request_id": "request-1",
            }
        ]

    def test_what_was_raised_is_in_the_same_line(self, logger: logging.Logger) -> None:
        logs.set_up(logger)
        try:
            raise ValueError("no such node")
        except ValueError:
            logger.exception("it failed")
        [line] = written(logger)
        assert line["message"] == "it failed" and line["exception"].endswith("ValueError: no such node")

    def test_setting_up_twice_does_nothing_more(self, logger: logging.Logger) -> None:
        logs.set_up(logger)
        [handler] = logger.handlers
        formatter = handler.formatter
        logs.set_up(logger)
        assert logger.handlers == [handler] and handler.formatter is formatter

    def test_where_nothing_takes_the_log_standard_output_does(self, printed: Any) -> None:
        logger = logging.Logger("anyone")
        logs.set_up(logger)
        logger.error("x")
        assert [line["level"] for line in printed()] == ["ERROR"]

    def test_outside_of_lambda_the_log_is_left_to_whoever_runs_the_engine(self) -> None:
        before = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
        Context().run(logs.begin, "request-1")
        assert [(handler, handler.formatter) for handler in logging.getLogger().handlers] == before
