"""A reference that stands where a secret would: the secret is kept elsewhere, and read when the attack begins.

``{"ssm": "/chaosmonkey/<stage>/..."}`` is a parameter of Systems Manager, ``{"secretsmanager": "<arn>"}`` a secret
named ``chaosmonkey/<stage>/...``. Below these prefixes the attack function may read, and nowhere else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.regions import PARTITIONS

_REGIONAL = f"({'|'.join(f'{name}:secretsmanager:{region}' for name, region in PARTITIONS.items())})"
"""Secrets Manager in a Region of its own partition, as an ARN names it."""
KINDS = ("ssm", "secretsmanager")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a secret: ``kind`` is ``ssm`` or ``secretsmanager``, ``name`` the parameter's name or the secret's
    ARN."""

    kind: str
    name: str

    @classmethod
    def of(cls, value: Any) -> "Reference | None":
        """Return the reference that a value is; None where it is none."""
        if isinstance(value, Mapping) and len(value) == 1:
            [(kind, name)] = value.items()
            if kind in KINDS and isinstance(name, str):
                return cls(kind, name)
        return None

    def document(self) -> dict[str, str]:
        """Return it as it was posted."""
        return {self.kind: self.name}

    def require_below(self, stage: str) -> None:
        """Raise ``InvalidRequest`` unless the stage's attack function may read it."""
        if self.kind == "ssm":
            pattern, wanted = rf"/chaosmonkey/{stage}/[A-Za-z0-9_./-]{{1,900}}", f"/chaosmonkey/{stage}/..."
        else:
            pattern = (
                rf"arn:{_REGIONAL}:[0-9]{{12}}:secret:"
                rf"chaosmonkey/{stage}/[A-Za-z0-9/_+=.@-]{{1,512}}"
            )
            wanted = f"the ARN of a secret named chaosmonkey/{stage}/..."
        if not re.fullmatch(pattern, self.name, re.ASCII):
            raise InvalidRequest(f"the reference to a secret cannot be read: give {wanted}")
