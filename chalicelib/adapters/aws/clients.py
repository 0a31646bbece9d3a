"""Clients of AWS services: who we are, which Region and which endpoint come from the environment.

AWS_ENDPOINT_URL and its like are botocore's own settings and need no help. It is botocore without boto3, whose resource
layer is not used and takes its time to load (docs/adr/0007).
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session

from chalicelib.adapters.aws import timeouts
from chalicelib.adapters.aws.response_validation import refuse_unreadable_answers


def client(
    service: str,
    *,
    connections: int,
    region: str | None = None,
    endpoint: str | None = None,
    connect: float = timeouts.CONNECT,
    read: float = timeouts.READ,
    session: Session | None = None,
) -> Any:
    """Return a client for as many threads as ``connections``, that waits ``connect`` seconds for a connection and
    ``read`` for a byte. It sends a request once: repeating it is ``Backoff``'s.

    Clients of one ``session`` share what it read of AWS's descriptions and who we are, but no two of them may be made
    at the same time. Without one each has its own.
    """
    config = Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=connections,
    )
    made = (session or Session()).create_client(service, region_name=region, endpoint_url=endpoint, config=config)
    refuse_unreadable_answers(made)
    return made
