"""docs/reference/settings.md describes every variable that the code reads, with the default that the code has."""

import re

import pytest

from chalicelib.config.settings import Settings, from_environment
from chalicelib.config.variables import VARIABLES, Variable
from infra.packaging.package import ROOT

READ = re.compile(
    r"""(?:environment|environ|SETTING|_whole\(environment|_tags\(environment)\W{1,9}"([A-Z][A-Z_]{3,})\""""
)
NOT_OURS = {"STAGE", "TZ", "ROLE_SESSIONS"}
"""Set by the deploy itself."""


def test_every_variable_that_the_code_reads_is_described() -> None:
    sources = [*(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    read = {name for path in sources for name in READ.findall(path.read_text())}
    assert {name for name in read if not name.startswith("AWS_")} - NOT_OURS <= {each.name for each in VARIABLES}


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda each: each.name)
def test_its_default_is_the_codes(variable: Variable) -> None:
    default = re.sub(r" \(.*", "", variable.default)
    if default and variable.name not in ("EC2_FILTERS", "PROTECTED_TAGS"):
        assert settings({variable.name: default}) == settings({})


def settings(changed: dict[str, str]) -> Settings:
    return from_environment({"STAGE": "prod", **changed})
