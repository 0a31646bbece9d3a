"""A deploy that would change something is not taken for one that would not."""

from dataclasses import replace

import pytest

from infra.packaging.package import fingerprint
from infra.stage.stages import Stage, Throttle, stage

DEV = stage("dev")


def test_the_same_sources_and_settings_have_the_same() -> None:
    assert fingerprint(DEV) == fingerprint(stage("dev"))


@pytest.mark.parametrize(
    "other",
    [
        replace(DEV, name="prod"),
        replace(DEV, notifications=True),
        replace(DEV, throttle=Throttle(requests_per_second=20, burst=41)),
        replace(DEV, throttle=Throttle(requests_per_second=20.5, burst=40)),
        replace(DEV, environment={"ALLOWED_ORIGIN": "https://example.com"}),
    ],
)
def test_what_the_templates_are_given_is_part_of_it(other: Stage) -> None:
    assert fingerprint(other) != fingerprint(DEV)


def test_what_the_functions_are_given_beside_it_is_too() -> None:
    assert fingerprint(DEV, {"API_AUTH": "iam"}) != fingerprint(DEV)
