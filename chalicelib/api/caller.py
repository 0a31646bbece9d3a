"""Name the caller of a request."""

from chalice.app import Request

from chalicelib.domain.model import ANYONE


def caller(request: Request) -> str:
    """Return the ARN that signed the request; ``anyone`` where the API asks for no signature, as locally."""
    identity = request.context.get("identity") or {}
    return str(identity.get("userArn") or ANYONE)
