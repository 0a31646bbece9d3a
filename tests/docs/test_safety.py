"""What docs/safety.md says of the guards is what there is, in its order."""

import re
from dataclasses import replace

import pytest

from chalicelib.guards.chain import WHEN_AIMED, WHEN_DUE
from chalicelib.guards.leash import leash
from chalicelib.guards.of_a_plan import GUARDS
from chalicelib.model import Mode
from chalicelib.resolving import MOST_NAMED
from chalicelib.settings import from_environment
from chalicelib.steering import MOST_FREEZES
from chalicelib.tags import PROTECTED_BY_DEFAULT
from infra.package import ROOT
from infra.policies import resolve
from infra.stages import stage

PAGE = (ROOT / "docs" / "safety.md").read_text()
TABLE = re.findall(r"^\| `([A-Za-z]+)` \| ", PAGE.partition("## Stop everything")[0], re.MULTILINE)


def test_the_guards_are_listed_in_their_order() -> None:
    leashed = replace(stage("prod").names, leashed=True)
    leashes = [held.guard for mode in (Mode.DRY_RUN, Mode.ATTACK) if (held := leash(mode, leashed))]
    chain = [*(name for name, _ in WHEN_DUE), "CannotTell", *(name for name, _ in WHEN_AIMED)]
    assert [*chain, *leashes, "Limits", "Protected"] == TABLE
    assert "The guards up to `CannotTell` are asked before the executor is claimed" in PAGE


def test_every_guard_of_a_plan_is_in_the_example() -> None:
    example = PAGE.partition("careful.json <<'END'\n")[2].partition("\nEND\n")[0]
    assert [name for name in GUARDS["properties"] if f'"{name}": ' not in example] == []


@pytest.mark.parametrize("setting", re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
def test_every_setting_of_the_table_is_one_that_is_read(setting: str) -> None:
    assert setting in (from_environment.__doc__ or "")


def test_the_numbers_and_names_are_those_told() -> None:
    assert f"there are {MOST_FREEZES} at the most" in PAGE and f"the first {MOST_NAMED} of them" in PAGE
    assert f"| `PROTECTED_TAGS` | `{PROTECTED_BY_DEFAULT}` |" in PAGE
    allowed = {action for statement in resolve(stage("prod"))["Statement"] for action in statement["Action"]}
    assert {action for action in allowed if not action.startswith("logs:")} == {"ec2:DescribeInstances"}
    assert "may do `ec2:DescribeInstances` and write its log" in PAGE


def test_a_stage_is_leashed_unless_it_is_told_not_to_be() -> None:
    assert [from_environment({"STAGE": name}).leashed for name in ("local", "dev", "prod")] == [False, True, True]
