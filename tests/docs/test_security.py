"""What docs/explanation/security.md says of roles, limits, proofs and figures is what there is."""

import re
from pathlib import Path

import pytest

from chalicelib.api.answer_size import LARGEST_ANSWER
from chalicelib.config.settings import LARGEST_PLAN
from chalicelib.drivers.http import LONGEST_READ
from chalicelib.planning import json_body
from chalicelib.plugin.outcome import LARGEST_OUTCOME
from chalicelib.services.time_limits import POSTING
from infra.packaging.package import ROOT
from infra.stage.stages import STAGES, stage
from plugins.attacks.api_request import ApiRequest
from tests.api.test_any_request import HOW_MANY
from tests.e2e.test_any_request import REQUESTS
from tests.e2e.test_secrets import PLANTED
from tests.infra.role_call import ROLES
from tests.infra.role_calls import role_calls

DOCS = ROOT / "docs"
PAGE = (DOCS / "explanation" / "security.md").read_text()
TABLE = role_calls("local")
PROD = stage("prod").throttle
TRIED = [call for call in TABLE if call.arguments is not None]


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_every_threat_names_what_shows_it_and_that_is_there() -> None:
    rows = [row.strip("|").split("|") for row in section("Threats").splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 10
    for threat, done, shown in rows:
        assert threat.strip() and done.strip()
        assert re.search(r"`tests/[\w/]+\.py`", shown), threat
    named = set(re.findall(r"`((?:tests|infra)/[\w/.]+)`", PAGE))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_link_leads_somewhere() -> None:
    for path, anchor in re.findall(r"\]\(([\w./]+\.md)(?:#([\w-]+))?\)", PAGE):
        headings = re.findall(r"^#+ (.+)$", (DOCS / "explanation" / path).read_text(), re.MULTILINE)
        assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_each_role_has_its_row_and_the_picture_shows_it() -> None:
    part = section("What each part may touch")
    named = re.findall(r"^\| `([a-z]+)`", part, re.MULTILINE)
    assert named == [*ROLES, "scheduler"]
    picture = part.partition("```mermaid\n")[2].partition("```")[0]
    assert all(re.search(rf"\b{role}\b", picture) for role in named)


@pytest.mark.parametrize(
    "limit",
    [
        f"calls of all callers together | in prod {PROD.requests_per_second:g} a second, {PROD.burst} at once",
        f"a body | {json_body.LARGEST_BODY // 1024} KB, nested {json_body.DEEPEST_NESTING} deep",
        f"an answer | {LARGEST_ANSWER // 1_000_000} MB",
        f"a plan | {LARGEST_PLAN:,} executors",
        f"a request to the API | {POSTING + 5} s",  # and the request to AWS that is under way (docs/adr/0008)
        f"an ApiRequest | {ApiRequest.schema['properties']['args']['properties']['timeout']['maximum']} s;"
        f" {LONGEST_READ // 1024} KB",
        f"an outcome on record | {LARGEST_OUTCOME // 1024} KB",
    ],
)
def test_the_limits_are_those_that_hold(limit: str) -> None:
    assert f"| {limit}" in section("Input and limits")


def test_the_figures_are_those_of_the_tests() -> None:
    figures, allowed = section("Figures"), sum(len(call.roles) for call in TRIED)
    tried = len(ROLES) * len(TRIED)
    assert f"| {len(ROLES)} × {len(TRIED)} = {tried}: {allowed} allowed, {tried - allowed} denied |" in figures
    assert f"| {len(TABLE)}, for {len(ROLES)} roles and {len(STAGES)} stages |" in figures
    assert f"(Hypothesis) | {REQUESTS} |" in figures
    long = HOW_MANY.args[1][1].values[0]
    properties = len(re.findall(r"^@HOW_MANY$", Path(ROOT / "tests/api/test_any_request.py").read_text(), re.MULTILINE))
    assert f" of {long * properties:,};" in figures
    assert f"| secrets planted | {len(PLANTED) + 1}, " in figures
