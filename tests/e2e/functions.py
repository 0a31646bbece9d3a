"""The deployed functions, set up in another way for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.child import RunningEngine
from tests.e2e.wishes import until


@contextmanager
def attack_function_with(stack: RunningEngine, *, seconds: int | None = None, **settings: str) -> Iterator[None]:
    """The attack function's settings, and how many seconds it may take, changed for a while."""
    functions, name = stack.client("lambda"), {"FunctionName": stack.run["attack_function"]}
    known = functions.get_function_configuration(**name)
    variables = known["Environment"]["Variables"]

    def give(**configuration: Any) -> None:
        functions.update_function_configuration(**name, **configuration)
        until(
            "the settings are there",
            lambda: functions.get_function_configuration(**name).get("LastUpdateStatus", "Successful") == "Successful",
        )

    give(Environment={"Variables": {**variables, **settings}}, Timeout=seconds or known["Timeout"])
    try:
        yield
    finally:
        give(Environment={"Variables": variables}, Timeout=known["Timeout"])
