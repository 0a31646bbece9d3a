"""Check what libcloud's EC2 driver sends to EC2, and what EC2 answers. Import it late."""
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Mapping
from typing import Any

from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import MalformedResponseError
from libcloud.compute.drivers.ec2 import NAMESPACE, EC2Connection, EC2Response

from chalicelib.drivers.cloud.connection import GuardedConnection
from chalicelib.drivers.ec2 import touched

_THROTTLED = ("RequestLimitExceeded", "Throttling", "Unavailable", "ServiceUnavailable")


def throttled(error: Exception) -> bool:
    """Return whether EC2 would accept the same call later."""
    return isinstance(error, BaseHTTPError) and str(error).startswith(_THROTTLED)


class _Response(EC2Response):
    """An answer of EC2, or of an emulator that writes its namespace another way.

    Some emulators leave out the last slash, and write the namespace in errors, where EC2 has none. libcloud would find
    nothing in such an answer. Nor would it in an empty body or a proxy's page, and take that for an instance that is
    gone.
    """

    def parse_body(self) -> Any:
        """Return the parsed answer. Raises ``MalformedResponseError`` for a body that is not an answer of EC2."""
        self.body = str(self.body).replace(f' xmlns="{NAMESPACE[:-1]}"', f' xmlns="{NAMESPACE}"', 1)
        answer = super().parse_body()
        if not str(getattr(answer, "tag", "")).startswith(f"{{{NAMESPACE}}}"):
            raise MalformedResponseError("the answer is not EC2's", body=self.body)
        return answer

    def parse_error(self) -> Any:
        self.body = str(self.body).replace(f' xmlns="{NAMESPACE[:-1]}"', "", 1)
        return super().parse_error()


class JudgedConnection(EC2Connection):
    """The connection that every method of the driver uses to call EC2. It judges each call first."""

    responseCls = _Response
    conn_class = GuardedConnection
    driver: Any

    def request(
        self, action: str, params: Mapping[str, Any] | None = None, data: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Send a call. Raises ``Spared`` where it would change a spared instance, or names what cannot be judged."""
        pairs = touched.of_request(action, params, data)
        self.driver.ex_judge(pairs)
        self._note(pairs)
        return super().request(action, params, data, *args, **kwargs)

    def request_unchecked(self, action: str, params: Mapping[str, Any]) -> Any:
        """Send a call without judging it.

        It either puts back what an attack has changed, which is due to a spared instance too, or the caller has had its
        instances judged.
        """
        self._note(touched.pairs(params))
        return super().request(action, params)

    def _note(self, pairs: touched.ExecutorRows) -> None:
        self.driver.ex_changed = self.driver.ex_changed or touched.changes(pairs)
