"""docs/how-to/attack-other-accounts.md: its policies suffice for attacks; its setting and its example are sound."""

import json
import re

from jsonschema import Draft202012Validator

from chalicelib.domain.role_allowlist import parse, role_violation
from chalicelib.plugin import registry
from infra.packaging.package import ROOT
from infra.stage import attack_permissions

PAGE = (ROOT / "docs" / "how-to" / "attack-other-accounts.md").read_text()
POLICIES = ROOT / "docs" / "access"


def test_the_role_trusts_the_two_functions_that_assume_it_and_asks_for_the_external_id() -> None:
    document = json.loads((POLICIES / "other-account-trust.json").read_text())
    (statement,) = document["Statement"]
    assert (document["Version"], statement["Effect"]) == ("2012-10-17", "Allow")
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Principal"] == {"AWS": ["ATTACK_ROLE", "RESOLVE_ROLE"]}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "EXTERNAL_ID"}}


def _statements() -> list[dict[str, object]]:
    return [*attack_permissions.statements(), *attack_permissions.denials({})]


def test_the_role_may_do_what_the_attacks_do_and_no_more() -> None:
    document = json.loads((POLICIES / "other-account-permissions.json").read_text())
    assert document == {"Version": "2012-10-17", "Statement": _statements()}


def test_both_policies_are_linked_and_their_placeholders_are_filled_in() -> None:
    for name in ("other-account-trust", "other-account-permissions"):
        assert f"](../access/{name}.json)" in PAGE
    for placeholder in ("ATTACK_ROLE", "RESOLVE_ROLE", "EXTERNAL_ID"):
        assert f"s|{placeholder}|" in PAGE


def test_the_plan_that_is_shown_is_one_that_the_setting_that_is_shown_allows() -> None:
    shown = re.search(r"-d '(\{.*?\})' \"\$API/1/plans/", PAGE, re.DOTALL)
    assert shown
    plan = json.loads(shown[1])
    Draft202012Validator(registry.attacks().get(plan["attack"]["ref"]).schema).validate(plan["attack"])
    (setting,) = re.findall(r'"ALLOWED_ROLES": "([^"]+)"', PAGE)
    args = plan["attack"]["args"]
    assert role_violation(args["role_arn"], args["external_id"], {"ALLOWED_ROLES": setting}) is None
    assert parse(setting)
