"""Clients of AWS services: who we are, which Region and which endpoint come from the environment.

AWS_ENDPOINT_URL and its like are botocore's own settings and need no help. A session per client keeps threads apart.
"""

from typing import Any

from boto3.session import Session
from botocore.config import Config


def client(service: str, *, connections: int, region: str | None = None, endpoint: str | None = None) -> Any:
    """A client for as many threads as ``connections``. It gives up on a request after three attempts of 7 seconds."""
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=connections,
    )
    return Session(region_name=region).client(service, endpoint_url=endpoint, config=config)
