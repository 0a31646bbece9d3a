"""Clients of AWS services: who we are, which Region and which endpoint come from the environment.

AWS_ENDPOINT_URL and its like are botocore's own settings and need no help. A session per client keeps threads apart.
"""

from typing import Any

from boto3.session import Session
from botocore.config import Config

from chalicelib.adapters import timeouts
from chalicelib.adapters.cut_answers import refuse_cut_answers


def client(
    service: str,
    *,
    connections: int,
    region: str | None = None,
    endpoint: str | None = None,
    read: float = timeouts.READ,
) -> Any:
    """A client for as many threads as ``connections``, that waits ``read`` seconds for a byte. It sends a request once:
    repeating it is ``Backoff``'s."""
    config = Config(
        connect_timeout=timeouts.CONNECT,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=connections,
    )
    made = Session(region_name=region).client(service, endpoint_url=endpoint, config=config)
    refuse_cut_answers(made)
    return made
