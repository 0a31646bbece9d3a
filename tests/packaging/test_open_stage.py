"""An open stage outside local is refused by Chalice's own commands, not by ours alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.emulator import REGION
from infra.local.place import free_ports
from infra.packaging.package import chalice, copy_sources


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copy_sources(tmp_path / "source")
    return tmp_path / "source"


def said_by_chalice(source: Path, command: list[str], auth: str) -> str:
    """What a Chalice command says of the stage dev with that API_AUTH; there is no AWS where it would look."""
    config = source / ".chalice" / "config.json"
    document: dict[str, Any] = json.loads(config.read_text())
    document["stages"]["dev"]["environment_variables"]["API_AUTH"] = auth
    config.write_text(json.dumps(document))
    nowhere = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_ports(1)[0]}",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    status, said = chalice([*command, "--stage", "dev"], source, nowhere)
    assert status != 0 or auth != "open"
    return said


@pytest.mark.parametrize("command", [["deploy"], ["package", "out"]])
def test_an_open_stage_is_refused(source: Path, command: list[str]) -> None:
    said = said_by_chalice(source, command, "open")
    assert "UnsafeSettings: API_AUTH is 'open': whoever finds the URL could attack" in said
    assert not (source / "out").exists()


@pytest.mark.parametrize(("auth", "signed"), [("iam", True), ("open-to-anyone", False)])
def test_in_so_many_words_it_is_not(source: Path, auth: str, signed: bool) -> None:
    swagger = json.loads(said_by_chalice(source, ["generate-models"], auth))
    assert ("securityDefinitions" in swagger) is signed
    assert all(("security" in methods["get"]) is signed for methods in swagger["paths"].values() if "get" in methods)
