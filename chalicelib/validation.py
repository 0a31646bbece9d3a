"""From a posted document to a request that can be trusted: closed at every level, every fault named.

``jsonschema`` judges; its best match is the message (``invalid payload 'name' is a required property``), as it was in
the original. Where there are several faults the error carries them all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.boundary import foreign_code
from chalicelib.errors import Fault, InvalidRequest, PluginBroken
from chalicelib.guards.of_a_plan import GUARDS, plan_guards
from chalicelib.masking import concealing, masked_config, secret_texts
from chalicelib.model import Mode, PlanRequest
from chalicelib.plugin import Attack, Plugin
from chalicelib.references import with_references
from chalicelib.registry import Registry
from chalicelib.schema import Schema, closed
from chalicelib.seals import refuse_marks

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

P = TypeVar("P", bound=Plugin)

_MOST_FAULTS = 100

NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 256,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]+$(?!\\n)",
    "description": "1 to 256 printable characters",
}
PART: Schema = {
    "type": "object",
    "properties": {"ref": {"type": "string", "maxLength": 256}, "args": {"type": "object"}},
    "required": ["ref"],
}
PLAN: Schema = closed(
    ["name", "attack", "planner"],
    name=NAME,
    attack=PART,
    planner=PART,
    mode={"enum": [*(mode.value for mode in Mode)]},
    guards=GUARDS,
)
NEW_NAME: Schema = closed(["name"], name=NAME)
TRIGGER: Schema = closed(["type", "args"], type={"type": "string"}, args={"type": "object"})
DATE_TRIGGER: Schema = closed(["date"], date={"type": "string"})


def plan_request(document: Any, attacks: "Registry[Any]", planners: "Registry[Any]", zone: tzinfo) -> PlanRequest:
    """The plan that a body asks for; ``zone`` is the engine's. Raises ``InvalidRequest`` for whatever is wrong with
    it."""
    check(document, PLAN)
    refusals: list[InvalidRequest] = []
    for kind, registry in (("attack", attacks), ("planner", planners)):
        try:
            _check_part(document[kind], f"$.{kind}", registry)
        except InvalidRequest as refused:
            refused.faults = refused.faults or (Fault(f"$.{kind}", str(refused)),)
            refusals.append(refused)
    if refusals:
        refusals[0].faults = tuple(fault for refused in refusals for fault in refused.faults)
        raise refusals[0]
    plan_guards(document.get("guards"), zone)
    return PlanRequest(
        name=document["name"],
        mode=Mode(document.get("mode", Mode.ATTACK)),
        guards=document.get("guards"),
        attack={**document["attack"], "args": document["attack"].get("args", {})},
        planner={**document["planner"], "args": document["planner"].get("args", {})},
    )


def new_name(document: Any) -> str:
    """The name in the body of a plan's ``PUT``. Raises ``InvalidRequest``."""
    check(document, NEW_NAME)
    return str(document["name"])


def new_date(document: Any) -> str:
    """The date, as written, in the body of an executor's ``PUT``: ``{"type": "date", "args": {"date": ...}}``.

    Raises ``InvalidRequest`` ("Invalid trigger type" for another type than the original's ``date``).
    """
    check(document, TRIGGER)
    if document["type"] != "date":
        raise InvalidRequest("Invalid trigger type")
    check(document["args"], DATE_TRIGGER, "$.args")
    return str(document["args"]["date"])


def is_name(text: str) -> bool:
    """Whether a plan or an executor may be called so."""
    from jsonschema import Draft202012Validator

    return bool(Draft202012Validator(NAME).is_valid(text))


def check(document: Any, schema: Schema, path: str = "$", shown: Any = None) -> None:
    """Raise ``InvalidRequest`` unless the schema accepts the document; ``path`` is where it stands in the body.

    ``shown`` is the document as people may see it, where that is not all of it.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    errors = list(Draft202012Validator(schema).iter_errors(document))
    if not errors:
        return
    best, words = best_match(errors) or errors[0], _Words(document, document if shown is None else shown)
    raise InvalidRequest(f"invalid payload {words.of(best)}", tuple(_faults(errors, path, words)))


def check_attack(attack: Mapping[str, Any], attacks: "Registry[Any]") -> None:
    """Raise ``InvalidRequest`` unless an attack that a planner made up is one that could have been posted."""
    check(attack, PART, "$.attack")
    _check_part(attack, "$.attack", attacks)


def _check_part(part: Mapping[str, Any], path: str, registry: "Registry[P]") -> None:
    """An attack or a planner as posted, held against its plugin's schema and then against the plugin's own check.

    A schema whose properties do not name ``args`` is one of the args: the original held planners so, and its
    documented attack has none. What else such a schema names may stand beside the ref only where it names the ref too,
    as that attack's does: a filter put there by mistake must not go unread.
    """
    plugin = registry.get(part["ref"])
    args = part.get("args", {})
    whole = {**part, "args": args}
    schema, named, shown = plugin.schema, plugin.schema.get("properties", {}), masked_config(whole, plugin.schema)
    if issubclass(plugin, Attack):
        refuse_marks(part)
        schema = with_references(schema)
    with foreign_code(lambda error: PluginBroken(registry.kind, part["ref"], error)):
        if "args" in named:
            check(whole, schema, path, shown)
        else:
            check(args, schema, f"{path}.args", shown["args"])
    beside = named if "ref" in named else ()
    check(part, {"properties": dict.fromkeys(("ref", "args", *beside), True), "additionalProperties": False}, path)
    with (
        concealing(secret_texts(whole, plugin.schema)),
        foreign_code(lambda error: PluginBroken(registry.kind, part["ref"], error)),
    ):
        plugin.check(args)


def _faults(errors: "list[ValidationError]", path: str, words: "_Words") -> Iterator[Fault]:
    for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path)))[:_MOST_FAULTS]:
        yield Fault(path + error.json_path[1:], words.of(error))


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a document's faults; ``shown`` is the document as people may see it."""

    document: Any
    shown: Any

    def of(self, error: "ValidationError") -> str:
        """jsonschema's words; where it can only cite a pattern, the schema's own description of what it takes instead.

        It repeats the value it refuses: a long one would bury the reason, which stands at the end.
        """
        message = str(error.message)
        if error.validator == "pattern" and isinstance(error.schema, Mapping) and "description" in error.schema:
            message = f"{error.instance!r} is not {error.schema['description']}"
        if _at(self.document, error.absolute_path) is error.instance:  # else it is a property's name
            message = message.replace(repr(error.instance), repr(_at(self.shown, error.absolute_path)))
        return message if len(message) <= 300 else f"{message[:120]} ... {message[-160:]}"


def _at(document: Any, path: "Iterable[str | int]") -> Any:
    """What stands there, or the mask that stands above it."""
    for part in path:
        if not isinstance(document, Mapping | list):
            break
        document = document[part]  # type: ignore[index]
    return document
