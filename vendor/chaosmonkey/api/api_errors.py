"""``from chaosmonkey.api.api_errors import APIError``"""

from chalicelib.errors import APIError

__all__ = ["APIError"]
