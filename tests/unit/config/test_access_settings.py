"""Who may call the API, as the settings say it."""

import pytest

from chalicelib.config.settings import from_environment
from chalicelib.domain.errors import UnsafeSettings


@pytest.mark.parametrize(
    ("environment", "signed"),
    [
        ({}, True),
        ({"STAGE": "local"}, False),
        ({"STAGE": "dev"}, True),
        ({"STAGE": "prod"}, True),
        ({"STAGE": "prod", "API_AUTH": "iam"}, True),
        ({"STAGE": "local", "API_AUTH": "iam"}, True),
        ({"STAGE": "local", "API_AUTH": "open"}, False),
        ({"STAGE": "prod", "API_AUTH": "open-to-anyone"}, False),
    ],
)
def test_calls_are_signed_unless_the_stage_is_local_or_declared_open(environment: dict[str, str], signed: bool) -> None:
    assert from_environment(environment).signed_calls is signed


@pytest.mark.parametrize("stage", [{}, {"STAGE": "dev"}, {"STAGE": "prod"}, {"STAGE": "locals"}])
def test_the_refusal_of_an_open_stage_says_what_to_set(stage: dict[str, str]) -> None:
    with pytest.raises(UnsafeSettings, match="^API_AUTH is 'open': .* Give iam, or open-to-anyone if that is meant$"):
        from_environment({**stage, "API_AUTH": "open"})


@pytest.mark.parametrize("text", ["", "IAM", "none", "false", "Open-to-anyone", " iam"])
@pytest.mark.parametrize("stage", ["local", "prod"])
def test_in_so_many_words(stage: str, text: str) -> None:
    with pytest.raises(UnsafeSettings, match="^API_AUTH is .*: give iam"):
        from_environment({"STAGE": stage, "API_AUTH": text})
