"""What a deploy refuses before it makes anything."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from boto3 import Session
from moto import mock_aws

from infra.deploy.preconditions import require_bucket_name, require_concurrency, require_python, require_region
from infra.errors import InfraError
from infra.stage.stages import STAGES, stage
from tests.infra.dev_stage import ACCOUNT, DEV, ROLE, clients, trust

PROD = stage("prod")


@pytest.fixture
def account() -> Iterator[None]:
    """An account with nothing in it."""
    with mock_aws():
        yield


def role_of(region: str) -> None:
    source = f"arn:aws:scheduler:{region}:{ACCOUNT}:schedule-group/chaosmonkey-dev"
    clients("iam").create_role(**ROLE, AssumeRolePolicyDocument=trust(source))


def test_another_python_than_the_stages_is_refused() -> None:
    with pytest.raises(InfraError, match=r"prod run on Python 3\.11 .* this is Python 3\.13: .*PYTHON=python3\.11"):
        require_python(PROD, (3, 13))
    require_python(PROD, (3, 11))


def test_every_stage_pins_a_python_that_lambda_runs() -> None:
    assert {each.python for each in STAGES} <= {"3.11", "3.12", "3.13", "3.14"}


def test_a_stage_in_its_own_region_or_a_first_one_is_let_through(account: None) -> None:
    require_region(clients, DEV)
    role_of("us-east-1")
    require_region(clients, replace(DEV, region="us-east-1"))


def test_a_stage_is_not_deployed_to_a_second_region(account: None) -> None:
    role_of("eu-west-1")
    with pytest.raises(InfraError, match="dev is deployed in eu-west-1 already.* add a stage of another name"):
        require_region(clients, DEV)


def test_a_stage_that_belongs_to_a_region_is_deployed_to_no_other(account: None) -> None:
    with pytest.raises(InfraError, match="belongs to eu-west-1 .*: set AWS_DEFAULT_REGION=eu-west-1"):
        require_region(clients, replace(DEV, region="eu-west-1"))


@pytest.mark.parametrize("length", [2, 13, 14])
def test_a_buckets_name_fits_in_every_region_or_is_refused_before_anything_is_made(length: int) -> None:
    session = Session()
    regions = {
        region for each in session.get_available_partitions() for region in session.get_available_regions("s3", each)
    }
    named, fits = replace(DEV, name="a" * length), []
    for region in sorted(regions | {"us-isof-south-1"}):
        if len(f"chaosmonkey-{named.name}-packages-{ACCOUNT}-{region}") <= 63:
            fits.append(region)
            require_bucket_name(named, region)
        else:
            with pytest.raises(InfraError, match=rf"in {region} would be longer .* at most 13 letters"):
                require_bucket_name(named, region)
    assert ("us-isof-south-1" in fits) is (length < 14) and {"eu-west-1", "ap-southeast-2"} <= set(fits)


def test_policies_of_another_partition_are_not_deployed(account: None) -> None:
    class There:
        region_name = "cn-north-1"

    class Client:
        meta = There

    with pytest.raises(InfraError, match="partition aws-cn, .* give the stage region='cn-north-1'.* make generate"):
        require_region(lambda _: Client, DEV)


def test_concurrency_that_the_account_does_not_have_is_not_reserved(account: None) -> None:
    def with_limit(limit: int) -> None:
        require_concurrency(lambda service: clients(service, at_once=limit), PROD)

    with_limit(1000)
    with pytest.raises(InfraError, match="prod reserves 257 .* only 43 would be left, where Lambda keeps 100"):
        with_limit(300)
    require_concurrency(lambda service: clients(service, at_once=10), DEV)
