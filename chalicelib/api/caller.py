"""Who sent a request."""

from chalice.app import Request

from chalicelib.model import ANYONE


def caller(request: Request) -> str:
    """The ARN of who signed the request; ``anyone`` where the API asks for no signature, as locally."""
    identity = request.context.get("identity") or {}
    return str(identity.get("userArn") or ANYONE)
