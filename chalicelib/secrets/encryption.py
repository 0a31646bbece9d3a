"""Secrets on their way into the table and, in the attack function alone, out of it (docs/adr/0013).

The API seals: it holds no right to open. The attack function opens, just before a plugin is made; a plugin never sees a
seal, and an attack whose secrets cannot be decrypted fails.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.errors import SecretUnreadable
from chalicelib.domain.model import Config, Executor, Plan
from chalicelib.domain.secret_reference import Reference
from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.registry import Registry
from chalicelib.ports.services import SecretReader, Vault
from chalicelib.secrets import sealed_config
from chalicelib.secrets.locate import Secret, replaced_in_config
from chalicelib.secrets.log_redaction import masked_config, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """The encryption of a plan's secrets before the API stores it."""

    vault: Vault
    attacks: Registry[Attack]
    planners: Registry[Planner]

    def seal(self, plan: Plan, executors: Sequence[Executor]) -> tuple[Plan, tuple[Executor, ...]]:
        """Return the plan and its executors as they are stored: one request if there is a secret, none if not.

        The planner has done its work, so its secrets are not stored at all. An encrypted config stays as it is.
        Raises ``Unavailable``.
        """
        configs = [plan.attack, *(each.attack for each in executors if each.attack is not None)]
        taken = [self._extracted(config) for config in configs]
        written = [json.dumps(secrets, ensure_ascii=False, separators=(",", ":")) for _, secrets in taken if secrets]
        sealed = iter(self.vault.seal(plan.sealed_under, written) if written else ())
        stored = iter(
            [{**config, sealed_config.SEALED: next(sealed)} if secrets else config for config, secrets in taken]
        )
        planner = masked_config(plan.planner, self.planners.get(plan.planner["ref"]).schema)
        return replace(plan, attack=next(stored), planner=planner), tuple(
            each if each.attack is None else replace(each, attack=next(stored)) for each in executors
        )

    def _extracted(self, config: Config) -> tuple[Config, list[Any]]:
        if sealed_config.has_marks(config):
            return config, []
        return sealed_config.extract_secrets(config, self.attacks.get(config["ref"]).schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A config as its plugin is to have it, and every secret text in it."""

    config: Config
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The decryption of a stored attack before the attack function makes the plugin."""

    vault: Vault
    reader: SecretReader
    stage: str

    def opened(self, plan_id: str, config: Config) -> Opened:
        """Return the attack as it was posted, its references read. No request where it has no secret.

        Raises ``SecretUnreadable``, ``Unavailable``.
        """
        if not sealed_config.has_marks(config):
            return Opened(config=config)
        secrets = self._opened(plan_id, config.get(sealed_config.SEALED))
        read: dict[Reference, str] = {}

        def read_once(reference: Reference) -> str:
            if reference not in read:
                reference.require_below(self.stage)
                read[reference] = self.reader.read(reference)
            return read[reference]

        try:
            whole = sealed_config.restore_secrets(config, secrets, read_once)
        except LookupError as error:
            raise SecretUnreadable(f"a secret of plan {plan_id} is not on record: post the plan again") from error
        return Opened(config=whole, secrets=(*texts(secrets), *read.values()))

    def _opened(self, plan_id: str, sealed: Any) -> list[Any]:
        if sealed is None:
            return []
        return list(json.loads(self.vault.open(plan_id, str(sealed))))


def require_readable(attacks: Sequence[Config], registry: Registry[Attack], stage: str) -> None:
    """Raise ``InvalidRequest`` where an attack has a reference that the stage may not read."""
    for config in attacks:
        for reference in references(config, registry):
            reference.require_below(stage)


def references(config: Config, registry: Registry[Attack]) -> list[Reference]:
    """Return the references in a posted attack that stand in place of secrets."""
    found: list[Reference] = []

    def note(secret: Secret) -> None:
        if secret.takes_text and (reference := Reference.of(secret.value)):
            found.append(reference)

    replaced_in_config(config, registry.get(config["ref"]).schema, note)
    return found
