"""Sign calls of the API with AWS Signature Version 4."""

from dataclasses import dataclass, field

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.account import SECRET_KEY
from infra.local.place import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key and its secret."""

    access_key: str
    secret_key: str = field(repr=False)


ROOT_USER = Keys(ACCOUNT, SECRET_KEY)


def signature(method: str, url: str, body: bytes | None, keys: Keys) -> dict[str, str]:
    """Return the headers that sign a request with these keys, for the host and path of the URL."""
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(Credentials(keys.access_key, keys.secret_key), "execute-api", REGION).add_auth(request)
    return dict(request.headers)
