"""Regions and partitions, against botocore's own data."""

import re
from typing import Any

import pytest
from botocore.loaders import create_loader
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.domain.regions import PARTITIONS, partition_of
from chalicelib.plugin import schemas

_DATA: list[dict[str, Any]] = create_loader().load_data("endpoints")["partitions"]
KNOWN = [(region, each["partition"]) for each in _DATA for region in each["regions"]]


def accepted(region: Any) -> bool:
    return Draft202012Validator(schemas.REGION).is_valid(region)


@pytest.mark.parametrize(("region", "partition"), KNOWN)
def test_every_region_that_botocore_knows_is_one_of_its_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition
    assert accepted(region)


def test_the_partitions_are_botocores() -> None:
    assert sorted(PARTITIONS) == sorted(each["partition"] for each in _DATA)


@given(
    st.one_of(*(st.from_regex(pattern, fullmatch=True) for pattern in PARTITIONS.values())).filter(
        lambda region: len(region) <= schemas.REGION["maxLength"]
    )
)
def test_what_is_accepted_is_a_region_to_botocore_too(region: str) -> None:
    patterns = {each["partition"]: each["regionRegex"] for each in _DATA}
    partition = partition_of(region)
    assert partition is not None and re.match(patterns[partition], region)
    assert accepted(region)


@pytest.mark.parametrize(
    "region",
    [
        *(
            "eusc-east-1",
            "eusc-fr-east-1",
            "xx-west-1",
            "us-west",
            "eu-west-1\n",
            "EU-WEST-1",
            "eu-west-1.evil.example",
        ),
        *("global", "aws-global", "us-gov-west", "eu-west-1/", "", 7),
    ],
)
def test_what_is_no_region_of_a_partition_is_refused(region: Any) -> None:
    assert not accepted(region)
    assert not isinstance(region, str) or partition_of(region) is None


@pytest.mark.parametrize(
    ("arn", "valid"),
    [
        *((f"arn:{name}:iam::210987654321:role/x", True) for name in PARTITIONS),
        *((f"arn:{name}:iam::210987654321:role/x", False) for name in ("aws-", "aws-x", "awsx", "aws-us", "azure")),
    ],
)
def test_a_roles_arn_names_a_partition_that_there_is(arn: str, valid: bool) -> None:
    assert Draft202012Validator(schemas.ROLE_ARN).is_valid(arn) is valid
