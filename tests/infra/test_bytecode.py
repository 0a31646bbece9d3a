"""Putting the bytecode of an archive's sources beside them."""

import sys
from collections.abc import Mapping
from importlib.machinery import SourcelessFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from infra.errors import InfraError
from infra.packaging.bytecode import CODE, LAYER, Place, add_bytecode, beside

RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OLD = (2020, 1, 2, 3, 4, 6)
READABLE_BY_ALL = 0o100644 << 16
SOURCES = {
    "b.py": "x = {'foo', 2, 3}\ndef f():\n    return {'foo', 2, 3}\n",
    "package/a.py": "import foo\nx = 1 is 1\n",
    "package/data.json": "{}",
}


def archive(path: Path, sources: Mapping[str, str] = SOURCES) -> Path:
    with ZipFile(path, "w") as made:
        for name, content in sources.items():
            entry = ZipInfo(name, OLD)
            entry.external_attr, entry.compress_type = READABLE_BY_ALL, ZIP_DEFLATED
            made.writestr(entry, content)
    return path


def content(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def code(compiled: bytes, folder: Path) -> CodeType:
    path = folder / "any.pyc"
    path.write_bytes(compiled)
    found = SourcelessFileLoader("any", str(path)).get_code("any")
    path.unlink()
    assert found is not None
    return found


def test_each_source_gets_its_own_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip")
    assert add_bytecode(made, LAYER, RUNTIME)
    found = content(made)
    assert found.keys() == SOURCES.keys() | {beside("b.py"), beside("package/a.py")}
    assert {name: found[name].decode() for name in SOURCES} == SOURCES
    assert code(found[beside("b.py")], tmp_path) == compile(SOURCES["b.py"], "b.py", "exec", dont_inherit=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize(("place", "flags"), [(LAYER, 0b01), (CODE, 0b11)])
def test_it_says_where_it_will_lie_and_whether_python_looks_at_the_source(
    tmp_path: Path, place: Place, flags: int
) -> None:
    """PEP 552: bit 0 for a hash of the source in place of its date, bit 1 for comparing it."""
    made = archive(tmp_path / "a.zip")
    add_bytecode(made, place, RUNTIME)
    compiled = content(made)[beside("package/a.py")]
    assert int.from_bytes(compiled[4:8], "little") == flags
    assert code(compiled, tmp_path).co_filename == f"{place.folder}/package/a.py"
    assert str(tmp_path).encode() not in b"".join(content(made).values())


def test_it_has_the_date_and_the_permissions_of_its_source(tmp_path: Path) -> None:
    """Lambda runs a function as a user who owns none of its files."""
    made = archive(tmp_path / "a.zip")
    add_bytecode(made, LAYER, RUNTIME)
    with ZipFile(made) as opened:
        entries = opened.infolist()
    assert {entry.date_time for entry in entries} == {OLD}
    assert {entry.external_attr for entry in entries} == {READABLE_BY_ALL}
    assert {entry.compress_type for entry in entries} == {ZIP_DEFLATED}


def test_equal_archives_stay_equal(tmp_path: Path) -> None:
    one, other = (archive(tmp_path / name) for name in ("one.zip", "other.zip"))
    assert add_bytecode(one, LAYER, RUNTIME) and add_bytecode(other, LAYER, RUNTIME)
    assert one.read_bytes() == other.read_bytes()


def test_an_archive_that_has_it_is_left_alone(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip")
    add_bytecode(made, LAYER, RUNTIME)
    before = made.read_bytes(), made.stat().st_mtime_ns
    assert not add_bytecode(made, LAYER, RUNTIME)
    assert (made.read_bytes(), made.stat().st_mtime_ns) == before


def test_another_runtime_gets_none(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip")
    assert not add_bytecode(made, LAYER, "python3.10")
    assert content(made).keys() == SOURCES.keys()


def test_what_does_not_compile_goes_without(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", {"broken.py": "def", "whole.py": "x = 1"})
    assert add_bytecode(made, CODE, RUNTIME)
    assert content(made).keys() == {"broken.py", "whole.py", beside("whole.py")}
    assert not add_bytecode(made, CODE, RUNTIME)


def test_the_environment_and_folder_of_this_process_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (archive(tmp_path / name) for name in ("one.zip", "other.zip"))
    add_bytecode(one, CODE, RUNTIME)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    (tmp_path / "compileall.py").write_text("raise SystemExit(2)")
    monkeypatch.chdir(tmp_path)
    assert add_bytecode(other, CODE, RUNTIME)
    assert one.read_bytes() == other.read_bytes()


def test_a_compiler_that_fails_is_reported(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip")
    before = made.read_bytes()
    with pytest.raises(InfraError, match="invalid choice: 'by-guess'"):
        add_bytecode(made, Place("/opt", "by-guess"), RUNTIME)
    assert made.read_bytes() == before


def test_it_lies_where_python_looks() -> None:
    for source in ("package/a.py", "a.py", "package/a.b.py"):
        assert beside(source) == cache_from_source(source, optimization="")
