"""List the partitions of AWS and the patterns of their Regions, as botocore has them.

They are copied here because a plan's schema needs them, and loading botocore's own data takes too long for a cold
start. A test compares both.
"""

import re

PARTITIONS = {
    "aws": r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]+",
    "aws-cn": r"cn-[a-z]+-[0-9]+",
    "aws-us-gov": r"us-gov-[a-z]+-[0-9]+",
    "aws-iso": r"us-iso-[a-z]+-[0-9]+",
    "aws-iso-b": r"us-isob-[a-z]+-[0-9]+",
    "aws-iso-e": r"eu-isoe-[a-z]+-[0-9]+",
    "aws-iso-f": r"us-isof-[a-z]+-[0-9]+",
    "aws-eusc": r"eusc-de-[a-z]+-[0-9]+",
}
"""The pattern of a partition's Regions, by its name in an ARN."""

REGION = f"({'|'.join(PARTITIONS.values())})"
"""A Region of any partition. It matches Regions that AWS adds later, as long as they keep to the pattern."""
PARTITION = f"({'|'.join(PARTITIONS)})"


def partition_of(region: str) -> str | None:
    """Return the name of a Region's partition, None where the text is no Region."""
    return next((name for name, pattern in PARTITIONS.items() if re.fullmatch(pattern, region, re.ASCII)), None)
