"""Scripts as they are uploaded."""

from pathlib import Path

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import scripts

RUNS_BASICS = b'. "$(dirname "$0")/_basics.sh" || exit\n'


def test_the_line_that_runs_a_shared_file_is_replaced_by_that_file(tmp_path: Path) -> None:
    (tmp_path / "_basics.sh").write_bytes(b"# shared: \\1\n")
    script = b"#!/bin/sh\n\n" + RUNS_BASICS + b"echo $((1 + 1))\n"
    assert scripts.with_shared(script, tmp_path) == b"#!/bin/sh\n\n# shared: \\1\necho $((1 + 1))\n"


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"#!/bin/sh\necho 1",
        b"#!/bin/sh\r\n. ./_basics.sh\r\n",
        b"# " + RUNS_BASICS,
        RUNS_BASICS.rstrip(),
        RUNS_BASICS.replace(b"_", b""),
        RUNS_BASICS.replace(b"_", b"../_"),
        bytes(range(256)),
    ],
)
def test_a_script_that_runs_no_shared_file_keeps_every_byte(script: bytes, tmp_path: Path) -> None:
    (tmp_path / "_basics.sh").write_bytes(b"# shared\n")
    assert scripts.with_shared(script, tmp_path) == script


def test_a_shared_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"local_script: it runs _basics\.sh, which is not beside it in"):
        scripts.with_shared(RUNS_BASICS, tmp_path)


def test_scripts_may_be_kept_in_folders_and_shared_files_are_no_scripts(tmp_path: Path) -> None:
    for path in ("a.sh", "network/b.sh", "_basics.sh", "network/_mine.sh", "__pycache__/c.pyc", ".hidden"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert sorted(name for name, _ in scripts.below(tmp_path)) == ["a.sh", "network/b.sh"]
