"""What a plan hands to a script is never an option of the programs that the script starts."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.scripts.runs import in_one_file

FOLDERS = ("-p", "--tmpdir=x", "--help", "-")


@pytest.fixture
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scripts")


def run(script: Path, *arguments: str, cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(script), *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        start_new_session=True,
    )


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    ("script", "more"), [("s_stress_io.sh", ("1", "1")), ("s_burnio.sh", ("1",)), ("s_filldisk.sh", ("1", "1"))]
)
def test_a_folder_whose_name_begins_with_a_dash_is_a_folder(
    script: str, more: tuple[str, ...], folder: str, tmp_path: Path, scripts: Path
) -> None:
    (tmp_path / folder).mkdir()
    ended = run(in_one_file(script, scripts), folder, *more, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(each.name for each in tmp_path.rglob("*")) == [folder]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_temporary_folder_whose_name_begins_with_a_dash_is_a_folder(
    folder: str, tmp_path: Path, scripts: Path
) -> None:
    (tmp_path / folder).mkdir()
    ended = run(in_one_file("s_fill_memory.sh", scripts), "1", "1", cwd=tmp_path, TMPDIR=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(each.name for each in tmp_path.rglob("*")) == [folder]


@pytest.mark.parametrize("name", ["passwd", "-e1e touch ran", "-n", "hosts.allow"])
def test_no_other_file_than_one_named_hosts_is_written(name: str, tmp_path: Path, scripts: Path) -> None:
    (tmp_path / name).write_text("as it was\n")
    script = in_one_file("s_fail_host.sh", scripts)
    ended = run(script, "orders.example.com", "192.0.2.1", "1", cwd=tmp_path, CHAOS_HOSTS=name)
    assert ended.returncode == 1
    assert f"./{name} is not named hosts" in ended.stderr
    assert (tmp_path / name).read_text() == "as it was\n"
    assert [each.name for each in tmp_path.iterdir()] == [name]
