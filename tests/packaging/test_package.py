"""What is in the package, and what is not."""

from collections.abc import Callable

import pytest

from infra.packaging.package import MISSING_WHEELS, ROOT
from tests.conftest import IN_SUMMARY
from tests.packaging.conftest import Package

LARGEST = 250 * 1024 * 1024
"""Lambda's limit for a function and its layers, unzipped."""
FUNCTIONS = {
    **{"APIHandler": "", "Attack": "-attack", "Resolve": "-resolve", "Sweep": "-sweep"},
    "Undelivered": "-undelivered",
}


def test_the_plugins_and_the_originals_names_are_in_it(packaged: Package) -> None:
    site = next(packaged.layer.glob("python/lib/python3.*/site-packages"))
    shipped = [path for path in (ROOT / "plugins").rglob("*") if path.is_file() and path.suffix in (".py", ".sh")]
    assert shipped
    for path in shipped:
        assert (site / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    for path in (ROOT / "vendor" / "chaosmonkey").rglob("*.py"):
        assert (site / path.relative_to(ROOT / "vendor")).read_bytes() == path.read_bytes()


def test_the_engine_is_in_it(packaged: Package) -> None:
    assert (packaged.task / "app.py").read_bytes() == (ROOT / "app.py").read_bytes()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        assert (packaged.task / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("module", ["boto3", "jsonschema", "libcloud", "paramiko", "pynamodb", "pytz"])
def test_every_library_is_in_it(packaged: Package, module: str) -> None:
    site = next(packaged.layer.glob("python/lib/python3.*/site-packages"))
    assert (site / module / "__init__.py").exists(), MISSING_WHEELS


def test_nothing_else_is_in_it(packaged: Package) -> None:
    names = {str(path.relative_to(folder)) for folder in packaged.folders for path in folder.rglob("*")}
    assert not [name for name in names if name.startswith(("tests", "infra", "docs", ".local"))]
    own = {path.name for path in packaged.task.iterdir()}
    assert own == {"app.py", "chalice", "chalicelib", "__pycache__"}  # of the last, test_bytecode.py
    foreign = {"chalice", "moto", "ministack", "pytest", "mypy", "aiohttp", "tests"}
    assert not foreign & {path.name for path in packaged.layer.glob("python/lib/*/site-packages/*")}


def test_it_fits_lambda(packaged: Package, record_property: Callable[[str, str], None]) -> None:
    size = sum(path.stat().st_size for path in packaged.files)
    record_property(IN_SUMMARY, f"package: {size / 1024 / 1024:.0f} MB unzipped, of {LARGEST // 1024 // 1024}")
    assert size < LARGEST


def test_every_function_has_its_name_its_role_and_the_layer(packaged: Package) -> None:
    resources = packaged.template["Resources"]
    for resource, suffix in FUNCTIONS.items():
        properties = resources[resource]["Properties"]
        assert isinstance(properties, dict)
        assert properties["FunctionName"] == {"Fn::Sub": f"chaosmonkey-${{Stage}}{suffix}"}
        assert properties["Layers"] == [{"Ref": "ManagedLayer"}]
    roles = {str(resources[resource]["Properties"]["Role"]) for resource in FUNCTIONS}  # type: ignore[index]
    assert len(roles) == len(FUNCTIONS)
