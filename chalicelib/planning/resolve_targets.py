"""Ask an attack for its current targets. The plugin is loaded and resolves, but never runs.

An exception of the plugin becomes part of the answer. The plugin's result is cut to the size of an answer.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import EngineError, InvalidRequest
from chalicelib.domain.targets import CANNOT_SAY, Resolution, Resolved, Target
from chalicelib.plugin import Attack
from chalicelib.plugin.isolation import foreign_code
from chalicelib.plugin.outcome import bounded, words
from chalicelib.plugin.registry import Registry
from chalicelib.secrets.log_redaction import secret_texts
from chalicelib.secrets.redaction import redact, redacting

MOST_NAMED = 200
"""The most candidates, and the most spared machines, that are named; all are counted."""
_LONGEST_TEXT = 256
_MOST_WARNINGS = 10


def resolve(event: Any, attacks: Registry[Attack]) -> Resolution:
    """Return the current targets of the attack in an event ``{"ref", "args"}``. Never raises."""
    try:
        with foreign_code(refusal):
            ref, args = _asked(event)
            plugin = attacks.get(ref)
        with redacting(secret_texts({"args": args}, plugin.schema)), foreign_code(refusal):
            attack = plugin(args)
            resolved = attack.resolve()
            return Resolution(unknown=CANNOT_SAY) if resolved is None else _resolution(resolved, int(attack.takes))
    except EngineError as error:
        return Resolution.failure(words(error, redact))


def _asked(event: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(event, Mapping):
        ref, args = event.get("ref"), event.get("args")
        if isinstance(ref, str) and isinstance(args, Mapping):
            return ref, args
    raise InvalidRequest("the event is not an attack: give its ref and its args")


def refusal(error: BaseException) -> EngineError:
    """Return the error of a plugin: the message of an ``AttackFailed``, with the type's name for any other
    exception."""
    message = words(error, redact)
    return EngineError(message if isinstance(error, AttackFailed) else f"{type(error).__name__}: {message}")


def _resolution(resolved: Resolved, takes: int) -> Resolution:
    return Resolution(
        candidates=len(resolved.candidates),
        running=sum(target.running for target in resolved.candidates),
        named=tuple(
            Target(_text(target.id), None if target.name is None else _text(target.name))
            for target in resolved.candidates[:MOST_NAMED]
        ),
        takes=takes,
        spared=len(resolved.spared),
        spared_because={_text(id): _text(why) for id, why in islice(resolved.spared.items(), MOST_NAMED)},
        known=bounded(resolved.known, redact) or {},
        warnings=tuple(map(_text, resolved.warnings[:_MOST_WARNINGS])),
    )


def _text(value: object) -> str:
    return str(redact(str(value)))[:_LONGEST_TEXT]
