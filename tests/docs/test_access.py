"""docs/how-to/control-access.md: its policies allow what the page says, and nothing more; they name no real API."""

import json
from fnmatch import fnmatchcase

import pytest

from infra.local.callers import POLICIES, policy
from infra.packaging.package import ROOT
from tests.api.test_app import ROUTES

PAGE = (ROOT / "docs" / "how-to" / "control-access.md").read_text()
CALLS = {f"{method}{route}" for route, methods in ROUTES.items() for method in methods}
SPELLINGS = CALLS | {f"{call}/" for call in CALLS}


def allowed(name: str) -> set[str]:
    """The calls, in both spellings, that the example policy allows in the API ``a1b2c3d4e5``."""
    document = json.loads(policy(name, "a1b2c3d4e5"))
    assert set(document) == {"Version", "Statement"} and document["Version"] == "2012-10-17"
    patterns = []
    for statement in document["Statement"]:
        assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
        patterns += statement["Resource"]
    arn = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/api/"
    return {call for call in SPELLINGS if any(fnmatchcase(arn + call, pattern) for pattern in patterns)}


def test_a_viewer_may_read_everything() -> None:
    assert allowed("viewer") == {call for call in SPELLINGS if call.startswith("GET/")}


def test_an_operator_may_do_everything() -> None:
    assert allowed("operator") == SPELLINGS


def test_a_halter_may_pull_the_lever_however_its_path_is_spelled() -> None:
    assert allowed("halter") == {"PUT/1/engine", "PUT/1/engine/"}


@pytest.mark.parametrize("name", ["viewer", "operator", "halter"])
def test_each_is_of_one_api_and_linked(name: str) -> None:
    document = json.loads((POLICIES / f"{name}.json").read_text())
    resources = [each for statement in document["Statement"] for each in statement["Resource"]]
    assert all(each.startswith("arn:aws:execute-api:*:*:API_ID/api/") for each in resources)
    assert f"](../access/{name}.json)" in PAGE


def test_there_is_no_other() -> None:
    of_another_account = {"other-account-trust", "other-account-permissions"}  # docs/how-to/attack-other-accounts.md
    assert {path.stem for path in POLICIES.iterdir()} == {"viewer", "operator", "halter"} | of_another_account
