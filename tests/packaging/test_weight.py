"""What was taken out of the layer is nowhere missed, and both ways of deploying go without it."""

import pytest

from infra.local.bring_up import BUILD, PACKAGING
from infra.local.place import claimed
from infra.packaging.lean import is_test
from infra.packaging.package import package
from tests.packaging.conftest import Package
from tests.packaging.imports import FUNCTIONS, attacks
from tests.packaging.imports import Package as Unzipped

ATTACKS = attacks()
LARGEST_IN_A_CALL = 50 * 1024 * 1024
"""Lambda's limit for an archive that comes with the call itself, as Chalice sends it."""


@pytest.fixture(scope="module")
def unzipped(packaged: Package) -> Unzipped:
    [site] = packaged.layer.glob("python/lib/python3.*/site-packages")
    return Unzipped(packaged.task, site)


def test_no_librarys_tests_are_in_it(packaged: Package) -> None:
    assert not [path for path in packaged.files if is_test(str(path))]


def test_chalice_deploy_finds_what_cloudformation_is_given_and_so_does_the_next_package() -> None:
    with claimed(PACKAGING):
        made = package("dev", BUILD)
        archives = {name: (made / name).read_bytes() for name in ("deployment.zip", "layer-deployment.zip")}
        assert max(map(len, archives.values())) < LARGEST_IN_A_CALL
        found = (BUILD / "source" / ".chalice" / "deployments").glob("*.zip")
        kept = {path.name.partition("-")[0]: path.read_bytes() for path in found}
        assert kept == {"appcode": archives["deployment.zip"], "managed": archives["layer-deployment.zip"]}
        again = package("dev", BUILD)
        assert {name: (again / name).read_bytes() for name in archives} == archives


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_finds_all_that_it_is_composed_of(unzipped: Unzipped, function: str) -> None:
    pieces = {name.partition("/")[0] for name in unzipped.imported(*FUNCTIONS[function])}
    assert {"chalicelib", "botocore", "pynamodb"} <= pieces
    assert not {"boto3", "libcloud", "paramiko", "cryptography", "nacl"} & pieces
    assert ("jsonschema" in pieces) is (function == "the API")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_finds_every_import_that_it_may_come_to(unzipped: Unzipped, attack: str) -> None:
    pieces = {name.partition("/")[0] for name in unzipped.imported(*ATTACKS[attack])}
    assert ("libcloud" in pieces) is (attack != "api_request")
    assert "jsonschema" not in pieces


def test_the_imports_inside_of_functions_are_among_an_attacks() -> None:
    assert any("paramiko" in statement for statement in ATTACKS["run_script"])
    assert any("libcloud" in statement for statement in ATTACKS["terminate_ec2_instance"])
    assert not any("libcloud" in statement for statement in ATTACKS["api_request"])
