"""``from chaosmonkey.api.api_errors import APIError``"""

from chalicelib.domain.errors import APIError

__all__ = ["APIError"]
