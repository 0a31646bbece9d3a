"""docs/reference/names.md says of every name that the original's documentation mentions where it went.

The documentation lies in ../shared/seeds; without that folder there is nothing to hold the table against.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
TABLE = (ROOT / "docs" / "reference" / "names.md").read_text()

NAMES = (
    re.compile(r"chaosmonkey((?:\.\w+)+)"),  # modules, classes and functions by their full names
    re.compile(r"^(?:static |exception |class )?([A-Za-z_][\w.]*)\(", re.MULTILINE),  # signatures
    re.compile(r"^([a-z_]+)(?: = None| = \[\])?$", re.MULTILINE),  # attributes
    re.compile(r"[\"']([A-Za-z_]\w*)[\"']\s*:"),  # fields of examples
    re.compile(r"^class (\w+)", re.MULTILINE),
    re.compile(r"(AWS_[A-Z_]+|--[a-z-]+)"),  # environment and command line
)
NOT_NAMES_OF_THE_ENGINE = {
    "--rm",  # docker's
    "MyAttack",  # the reader's own
    "MyPlanner",
    "extra",
    "properly",  # a word of a sentence
    "properties",  # JSON Schema's
}


@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the original's documentation is not at {SEEDS}")
def test_every_name_of_the_originals_documentation_is_in_the_table() -> None:
    documentation = "\n".join(path.read_text() for path in sorted(SEEDS.glob("*.txt")))
    found = {part for name in NAMES for match in name.findall(documentation) for part in match.split(".") if part}
    assert len(found) > 100
    missing = {name for name in found if not re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", TABLE)}
    assert missing - NOT_NAMES_OF_THE_ENGINE == set()


def test_every_file_that_the_table_points_to_is_there() -> None:
    named = set(re.findall(r"`((?:chalicelib|plugins|infra|vendor)/[\w/.]*)`", TABLE))
    modules = {name.replace(".", "/") for name in re.findall(r"`(chalicelib(?:\.[a-z_0-9]+)+)", TABLE)}
    assert len(named) > 10 and len(modules) > 5
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [
        name
        for name in modules
        if not any((ROOT / f"{part}.py").exists() or (ROOT / part).is_dir() for part in (name, name.rsplit("/", 1)[0]))
    ]
    assert missing == []
