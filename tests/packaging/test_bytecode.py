"""The bytecode in the package is that of the sources beside it, and spares each start their compilation."""

import shutil
import sys
from collections.abc import Callable
from importlib.machinery import SourcelessFileLoader
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

import pytest

from infra.bench import cold_start
from infra.errors import InfraError
from infra.local.emulator import LAMBDA_PYTHON
from infra.packaging.bytecode import CODE, LAYER, Place, beside
from tests.conftest import IN_SUMMARY
from tests.packaging.conftest import Package
from tests.packaging.imports import FUNCTIONS, attacks
from tests.packaging.imports import Package as Unzipped

STARTS = {**FUNCTIONS, "run_script": attacks()["run_script"]}
COMPILES_NOTHING = (
    "import sys; compiled = []",
    "sys.addaudithook(lambda event, of: compiled.append(str(of[1])) if event == 'compile' else None)",
)
REPORT_COMPILED = "compiled = [name for name in compiled if name.endswith('.py')]; assert not compiled, len(compiled)"
"""What is compiled of the package: a library may compile what it has just written itself, which has no file."""
MOST = 0.8
"""Of the processor time that a start takes without bytecode; half of it was seen, the rest is for a busy machine."""


@pytest.fixture(scope="module")
def unzipped(packaged: Package) -> Unzipped:
    return _unzipped(packaged.task, packaged.layer)


@pytest.fixture(scope="module")
def bare(packaged: Package, tmp_path_factory: pytest.TempPathFactory) -> Unzipped:
    """The package as Chalice alone makes it."""
    folder = tmp_path_factory.mktemp("bare")
    for part in packaged.folders:
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__"))
    return _unzipped(folder / packaged.task.name, folder / packaged.layer.name)


def _unzipped(task: Path, layer: Path) -> Unzipped:
    [site] = layer.glob("python/lib/python3.*/site-packages")
    return Unzipped(task, site)


def test_it_lies_beside_each_source_and_nowhere_else(packaged: Package) -> None:
    for folder in packaged.folders:
        names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        sources = {name for name in names if name.endswith(".py")}
        assert sources
        assert {name for name in names if "__pycache__" in name or name.endswith(".pyc")} == {
            beside(name) for name in sources
        }


@pytest.mark.parametrize(("place", "flags"), [(CODE, 0b11), (LAYER, 0b01)])
def test_it_is_what_the_source_beside_it_compiles_to(packaged: Package, place: Place, flags: int) -> None:
    """PEP 552 is how it begins: the version of Python, whether the source is hashed and compared, and the hash."""
    folder = packaged.task if place is CODE else packaged.layer
    for path in folder.rglob("*.py"):
        name = str(path.relative_to(folder))
        source, made = path.read_bytes(), folder / beside(name)
        assert made.read_bytes()[:16] == MAGIC_NUMBER + flags.to_bytes(4, "little") + source_hash(source), name
        found = SourcelessFileLoader("any", str(made)).get_code("any")
        assert found == compile(source, name, "exec", dont_inherit=True), name
        assert found.co_filename == f"{place.folder}/{name}"


@pytest.mark.parametrize("function", STARTS)
def test_a_function_that_starts_compiles_nothing(unzipped: Unzipped, function: str) -> None:
    assert unzipped.imported(*COMPILES_NOTHING, *STARTS[function], REPORT_COMPILED)


def test_without_it_a_function_compiles_all_that_it_imports(bare: Unzipped) -> None:
    with pytest.raises(InfraError, match=r"AssertionError: [1-9]\d\d"):
        bare.imported(*COMPILES_NOTHING, *FUNCTIONS["the API"], REPORT_COMPILED)


def test_what_is_edited_in_a_functions_own_files_is_what_runs(unzipped: Unzipped, tmp_path: Path) -> None:
    task = tmp_path / "task"
    shutil.copytree(unzipped.task, task)
    edited = task / "chalicelib" / "domain" / "errors.py"
    edited.write_text(f"{edited.read_text()}\nEDITED = True\n")
    assert Unzipped(task, unzipped.site).imported("from chalicelib.domain.errors import EDITED")


def test_a_function_starts_in_less_processor_time(
    unzipped: Unzipped, bare: Unzipped, record_property: Callable[[str, object], None]
) -> None:
    """docs/adr/0015-bytecode-in-the-package.md"""
    programs = {"floor": cold_start.FLOOR, **{name: cold_start.PROGRAMS[name][0] for name in ("api", "attack")}}
    python = LAMBDA_PYTHON if LAMBDA_PYTHON.exists() else Path(sys.executable)
    spent: dict[tuple[str, Unzipped], float] = {}
    for _ in range(3):
        for name, program in programs.items():
            for package in (unzipped, bare):
                least = spent.get((name, package), float("inf"))
                places = package.task, package.site
                again = cold_start.spent(program, places, [str(python), "-S", "-B"])
                spent[name, package] = min(least, again)
    for name in programs:
        ratio = spent[name, unzipped] / spent[name, bare]
        record_property(IN_SUMMARY, f"cold start: {name}, {ratio:.2f} of what it takes without bytecode")
        assert ratio < MOST
