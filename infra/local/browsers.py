"""Decide which requests the local API answers, because any web page in a browser on this computer can send it some."""

from collections.abc import Mapping
from dataclasses import dataclass

from multidict import CIMultiDict

NAMES = ("localhost", "127.0.0.1", "[::1]")
READS = ("GET", "HEAD", "OPTIONS")
_ALLOWED = "Access-Control-Allow-Origin"


@dataclass(frozen=True, slots=True)
class Browsers:
    """The hosts by which the API may be called, and the origins whose pages may use it. The first origin is its own.

    Checking the host refuses a page whose own name was made to resolve to this computer (DNS rebinding).
    """

    hosts: frozenset[str]
    origins: tuple[str, ...]

    @classmethod
    def of(cls, port: int, environment: Mapping[str, str] | None = None) -> "Browsers":
        """Return this computer's names with the port, and the comma-separated lists LOCAL_HOSTS and LOCAL_ORIGINS."""
        more = environment or {}
        hosts = [f"{name}:{port}" for name in NAMES]
        origins = [*(f"http://{host}" for host in hosts), *_listed(more, "LOCAL_ORIGINS")]
        return cls(frozenset([*hosts, *_listed(more, "LOCAL_HOSTS")]), tuple(origins))

    def refusal(self, method: str, headers: Mapping[str, str]) -> str | None:
        """Return why a request is refused, None where it is passed on."""
        host, origin = headers.get("Host", "").lower(), headers.get("Origin")
        if host not in self.hosts:
            return "The local API is not called by this host: use localhost, or make run LOCAL_HOSTS=<host>:<port>"
        if method not in READS and origin is not None and origin.lower() not in self.origins:
            return "The local API takes no changes from pages of this origin: use make run LOCAL_ORIGINS=<origin>"
        return None

    def answered(self, headers: CIMultiDict[str], origin: str | None) -> CIMultiDict[str]:
        """Return an answer's headers, changed so that pages of a foreign origin cannot read it."""
        if _ALLOWED in headers:
            is_ours = origin is not None and origin.lower() in self.origins
            headers[_ALLOWED] = origin if origin is not None and is_ours else self.origins[0]
            headers.add("Vary", "Origin")
        return headers


def _listed(environment: Mapping[str, str], name: str) -> list[str]:
    return [each.strip().lower() for each in environment.get(name, "").split(",") if each.strip()]
