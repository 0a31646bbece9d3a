"""What docs/explanation/safety.md says of the guards is what there is, in its order."""

import re
from dataclasses import replace

import pytest

from chalicelib.config.settings import from_environment
from chalicelib.config.variables import VARIABLES
from chalicelib.domain.model import Mode
from chalicelib.domain.tags import PROTECTED_BY_DEFAULT
from chalicelib.guards.chain import WHEN_DUE, WHEN_RESOLVED
from chalicelib.guards.leash import leash
from chalicelib.guards.spec import GUARDS
from chalicelib.planning.resolve_targets import MOST_NAMED
from chalicelib.services.engine_state import MOST_FREEZES
from infra.packaging.package import ROOT
from infra.stage.policies import resolve
from infra.stage.stages import stage

PAGE = (ROOT / "docs" / "explanation" / "safety.md").read_text()
TABLE = re.findall(r"^\| `([A-Za-z]+)` \| ", PAGE.partition("## Stop everything")[0], re.MULTILINE)


def test_the_guards_are_listed_in_their_order() -> None:
    leashed = replace(stage("prod").names, leashed=True)
    leashes = [held.guard for mode in (Mode.DRY_RUN, Mode.ATTACK) if (held := leash(mode, leashed))]
    chain = [*(name for name, _ in WHEN_DUE), "CannotEvaluate", *(name for name, _ in WHEN_RESOLVED)]
    assert [*chain, *leashes, "Limits", "Protected"] == TABLE
    assert "The guards up to `CannotEvaluate` are asked before the executor is claimed" in PAGE


def test_every_guard_of_a_plan_is_in_the_example() -> None:
    example = PAGE.partition("careful.json <<'END'\n")[2].partition("\nEND\n")[0]
    assert [name for name in GUARDS["properties"] if f'"{name}": ' not in example] == []


@pytest.mark.parametrize("setting", re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
def test_every_setting_of_the_table_is_one_that_is_read(setting: str) -> None:
    assert setting in {each.name for each in VARIABLES}


def test_the_numbers_and_names_are_those_documented() -> None:
    assert f"there are {MOST_FREEZES} at the most" in PAGE and f"the first {MOST_NAMED} of them" in PAGE
    assert f"| `PROTECTED_TAGS` | `{PROTECTED_BY_DEFAULT}` |" in PAGE
    allowed = {action for statement in resolve(stage("prod"))["Statement"] for action in statement["Action"]}
    assert {action for action in allowed if not action.startswith("logs:")} == {"ec2:DescribeInstances"}
    assert "may do `ec2:DescribeInstances` and write its log" in PAGE


def test_a_stage_is_leashed_unless_its_settings_say_otherwise() -> None:
    assert [from_environment({"STAGE": name}).leashed for name in ("local", "dev", "prod")] == [False, True, True]
