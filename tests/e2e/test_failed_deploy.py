"""A first deploy that fails midway leaves nothing in the way of the next one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.deploy.stacks import Stacks
from infra.deploy.stage_stacks import bring_up_before, stack_name
from infra.errors import InfraError
from infra.local.account import client
from infra.local.emulator import LAMBDA_PYTHON, PYTHON, Emulator
from infra.local.place import Place, free_ports
from infra.packaging.package import ROOT
from infra.stage.stages import parameters_before, stage

DEV = stage("dev")
BROKEN = """
  Broken:
    Type: AWS::Lambda::Url
    DependsOn: AFTER
    Properties: {AuthType: AWS_IAM, TargetFunctionArn: no-such-function}

Outputs:"""


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Place]:
    """An account with nothing in it."""
    if not (PYTHON.exists() and LAMBDA_PYTHON.exists()):
        pytest.skip("the local AWS is not installed: `make run` or `make test` does that")
    port, aws_port = free_ports(2)
    place = Place(port=port, aws_port=aws_port, folder=tmp_path)
    emulator = Emulator(place)
    emulator.start()
    try:
        yield place
    finally:
        emulator.stop()


def stacks(account: Place) -> Stacks:
    return Stacks(client("cloudformation", account.aws), client("s3", account.aws))


def tables(account: Place) -> list[str]:
    found: list[str] = client("dynamodb", account.aws).list_tables()["TableNames"]
    return found


def billed_keys(account: Place) -> list[str]:
    kms = client("kms", account.aws)
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    return [each["KeyId"] for each in keys if each["KeyState"] != "PendingDeletion"]


@pytest.mark.parametrize("after", ["KeyAlias", "Table"])
def test_a_create_that_fails_keeps_neither_table_nor_key_and_the_next_one_succeeds(account: Place, after: str) -> None:
    """The table is not protected here, or no rollback deletes it: nothing of the template comes after it."""
    template = (ROOT / "infra" / "deploy" / "before.yaml").read_text().replace("DeletionProtectionEnabled: true", "")
    failing = template.replace("\nOutputs:", BROKEN.replace("AFTER", after))
    with pytest.raises(InfraError, match="Broken"):
        stacks(account).bring_up(stack_name(DEV, "before"), failing, parameters_before(DEV), {})
    assert (tables(account), billed_keys(account)) == ([], [])
    bring_up_before(stacks(account), DEV)
    assert tables(account) == ["chaosmonkey-dev"]
    assert len(billed_keys(account)) == 1


def test_removing_the_stack_of_a_stage_that_was_made_keeps_its_table_and_its_key(account: Place) -> None:
    bring_up_before(stacks(account), DEV)
    stacks(account).remove(stack_name(DEV, "before"))
    assert tables(account) == ["chaosmonkey-dev"]
    assert len(billed_keys(account)) == 1
