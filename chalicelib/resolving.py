"""Asking an attack what it could hit now. It is loaded and asked to resolve, and never to run.

Whatever the plugin raises becomes part of the answer, and whatever it gives back is cut to what an answer may hold.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from chalicelib.boundary import foreign_code
from chalicelib.errors import EngineError, InvalidRequest
from chalicelib.masking import concealed, concealing, secret_texts
from chalicelib.outcome import bounded, words
from chalicelib.plugin import Attack, AttackFailed, Resolved, Target
from chalicelib.registry import Registry
from chalicelib.resolution import CANNOT_SAY, Resolution

MOST_NAMED = 200
"""Candidates, and machines that are spared, that are named; all are counted."""
_LONGEST_TEXT = 256


def resolve(event: Any, attacks: Registry[Attack]) -> Resolution:
    """What the attack in an event ``{"ref", "args"}`` could hit. Never raises."""
    try:
        with foreign_code(refusal):
            ref, args = _asked(event)
            plugin = attacks.get(ref)
        with concealing(secret_texts({"args": args}, plugin.schema)), foreign_code(refusal):
            attack = plugin(args)
            resolved = attack.resolve()
            return Resolution(unknown=CANNOT_SAY) if resolved is None else _resolution(resolved, int(attack.takes))
    except EngineError as error:
        return Resolution.failure(words(error))


def _asked(event: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(event, Mapping):
        ref, args = event.get("ref"), event.get("args")
        if isinstance(ref, str) and isinstance(args, Mapping):
            return ref, args
    raise InvalidRequest("the event is not an attack: give its ref and its args")


def refusal(error: BaseException) -> EngineError:
    """What an attack says on purpose is a sentence; anything else is named by its type."""
    said = words(error)
    return EngineError(said if isinstance(error, AttackFailed) else f"{type(error).__name__}: {said}")


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
        why_spared={_text(id): _text(why) for id, why in islice(resolved.spared.items(), MOST_NAMED)},
        known=concealed(bounded(resolved.known) or {}),
    )


def _text(value: object) -> str:
    return str(concealed(str(value)))[:_LONGEST_TEXT]
