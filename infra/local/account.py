"""Make boto3 clients of the local AWS account."""

from typing import Any

import boto3
from botocore.config import Config

from infra.local.place import ACCOUNT, REGION

SECRET_KEY = "local"  # noqa: S105 - it opens nothing
"""MiniStack never checks it: to MiniStack, an account's twelve digits as access key are its root user."""


def client(service: str, endpoint: str, account: str = ACCOUNT, **given: Any) -> Any:
    """Return a client of one service there, whatever credentials and endpoints the environment holds.

    It acts as the root user of the engine's account, or of another. ``given`` are botocore's settings of a client, such
    as ``read_timeout``.
    """
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 2}, proxies={}, s3={"addressing_style": "path"}, **given),
    )
