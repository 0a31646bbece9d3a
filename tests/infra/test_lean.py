"""Taking the libraries' tests out of a layer."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from infra.packaging.lean import is_test, lean

SITE = "python/lib/python3.11/site-packages/"
OLD = (2020, 1, 2, 3, 4, 6)


def layer(path: Path, *names: str) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(ZipInfo(SITE + name, OLD), f"the content of {name}")
    return path


def test_the_tests_go_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    archive = layer(tmp_path / "a.zip", "libcloud/base.py", "libcloud/test/x.py", "plugins/attacks/test/y.py")
    assert lean(archive)
    with ZipFile(archive) as left:
        assert left.namelist() == [SITE + "libcloud/base.py", SITE + "plugins/attacks/test/y.py"]
        assert left.read(SITE + "libcloud/base.py") == b"the content of libcloud/base.py"
        assert {entry.date_time for entry in left.infolist()} == {OLD}
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_lean_layer_is_left_alone(tmp_path: Path) -> None:
    archive = layer(tmp_path / "a.zip", "libcloud/base.py", "libcloud/testing.py")
    before = archive.read_bytes(), archive.stat().st_mtime_ns
    assert not lean(archive)
    assert (archive.read_bytes(), archive.stat().st_mtime_ns) == before


def test_equal_layers_stay_equal(tmp_path: Path) -> None:
    names = ("certifi/tests/x.py", "certifi/core.py", "libcloud/test/x.py")
    one, other = (layer(tmp_path / name, *names) for name in ("one.zip", "other.zip"))
    assert lean(one) and lean(other)
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("name", ["app.py", "chalicelib/test/x.py", SITE + "libcloud/tests.py", "libcloud/test/x.py"])
def test_what_only_looks_like_it_is_none(name: str) -> None:
    assert not is_test(name)
