"""Ports and folders of a local engine."""

from pathlib import Path

import pytest

from infra.errors import InfraError
from infra.local.place import HOME, Place, claimed, from_environment, plain_environment, require_free


def test_the_defaults_are_those_of_the_documentation() -> None:
    place = from_environment({})
    assert (place.api, place.aws, place.folder) == ("http://localhost:5000", "http://127.0.0.1:4566", HOME)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "5000 ", "٥٠٠٠", "http"])
def test_what_is_no_port_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(InfraError, match="AWS_PORT is .*: give a port number from 1 to 65535"):
        from_environment({"AWS_PORT": text})


@pytest.mark.parametrize(("text", "signed"), [("", False), ("0", False), ("1", True)])
def test_calls_have_to_be_signed_where_iam_says_so(text: str, signed: bool) -> None:
    assert from_environment({"IAM": text}).signed is signed


@pytest.mark.parametrize("text", ["yes", "true", "on", "2", " 1"])
def test_what_is_no_switch_is_refused(text: str) -> None:
    with pytest.raises(InfraError, match="IAM is .*: give 1, or leave it out"):
        from_environment({"IAM": text})


def test_one_port_cannot_be_both(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="PORT and AWS_PORT are both 5000"):
        require_free(Place(port=5000, aws_port=5000, folder=tmp_path))


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    with (
        claimed(tmp_path / "lock", "taken"),
        pytest.raises(InfraError, match="^taken$"),
        claimed(tmp_path / "lock", "taken"),
    ):
        pass
    with claimed(tmp_path / "lock", "taken"):
        pass


def test_nothing_of_the_callers_aws_reaches_the_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_PROFILE", "HTTPS_PROXY", "http_proxy", "PYTHONPATH"):
        monkeypatch.setenv(name, "leaks")
    assert "leaks" not in plain_environment().values()
