"""The documentation as a site: every page has its place, links lead somewhere, and a page asks no other host."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from infra.docs.site import ZENSICAL, build
from infra.errors import InfraError
from infra.packaging.package import ROOT

CONFIG = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if not ZENSICAL.exists():
        pytest.skip("Zensical is not installed: `make docs` or `make test` puts it in .local/")
    shutil.copy2(ROOT / "zensical.toml", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    return tmp_path


def test_every_page_but_the_decisions_has_its_place_in_the_menu() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith("adr/")} == set(
        re.findall(r"[\w/-]+\.md", str(CONFIG["nav"]))
    )


def test_it_is_built_without_a_warning_and_needs_no_other_host(checkout: Path) -> None:
    first = build(checkout)
    pages = list(first.parent.rglob("*.html"))
    assert first in pages and len(pages) > 40
    asked = [
        re.findall(r'<(?:script|img|iframe)[^>]+src="(https?:[^"]+)|<link[^>]+href="(https?:[^"]+)', each)
        for each in map(Path.read_text, pages)
    ]
    assert [each for each in asked if each] == []


def test_a_link_that_leads_nowhere_fails(checkout: Path) -> None:
    with (checkout / "docs" / "index.md").open("a") as page:
        page.write("\n[gone](no-such-page.md)\n")
    with pytest.raises(InfraError, match=r"index\.md"):
        build(checkout)
