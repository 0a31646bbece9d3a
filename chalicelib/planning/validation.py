"""Turn a posted document into a trusted request: unknown properties are refused at every level, and every fault is
named.

``jsonschema`` validates the document. Its best match is the message (``invalid payload 'name' is a required
property``), as in the original. The error carries every fault with its path.
"""

from collections.abc import Mapping
from datetime import tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.domain.errors import InvalidRequest, PluginBroken, PluginNotFound, located
from chalicelib.domain.fault import Fault, nearest
from chalicelib.domain.formats import FORMATS
from chalicelib.domain.human_text import FORMAT
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.model import Mode, PlanRequest
from chalicelib.domain.schema_fault import schema_fault
from chalicelib.domain.secret_reference import Reference
from chalicelib.guards.spec import GUARDS, plan_guards
from chalicelib.plugin import Attack, Plugin
from chalicelib.plugin.isolation import foreign_code, unexpected_error
from chalicelib.plugin.registry import Registry
from chalicelib.secrets.locate import Secret, replaced_in_config
from chalicelib.secrets.log_redaction import masked_config, secret_texts, texts_of
from chalicelib.secrets.redaction import redacting
from chalicelib.secrets.sealed_config import refuse_marks

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

P = TypeVar("P", bound=Plugin)

_MOST_FAULTS = 100

NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 256,
    "format": FORMAT,
    "description": "1 to 256 printable characters, one of them visible",
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


def plan_request(document: Any, attacks: "Registry[Any]", planners: "Registry[Any]", zone: tzinfo) -> PlanRequest:
    """Return the plan that a body asks for; ``zone`` is the engine's. Raises ``InvalidRequest`` with every fault."""
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
    """Return the name in the body of a plan's ``PUT``. Raises ``InvalidRequest``."""
    check(document, NEW_NAME)
    return str(document["name"])


def is_name(text: str) -> bool:
    """Return whether the text is a valid name of a plan or an executor."""
    return bool(_validator(NAME).is_valid(text))


def check(document: Any, schema: Schema, path: str = "$", shown: Any = None) -> None:
    """Raise ``InvalidRequest`` unless the schema accepts the document; ``path`` is its place in the body.

    ``shown`` is the document without its secrets, for the messages.
    """
    from jsonschema.exceptions import best_match

    errors = list(_validator(schema).iter_errors(document))
    if not errors:
        return
    visible = document if shown is None else shown

    def fault(error: "ValidationError") -> Fault:
        likeliest = best_match([error]) or error  # of alternatives, the one that was probably meant
        return schema_fault(likeliest, path, document, visible)

    best = best_match(errors) or errors[0]
    in_order = sorted(errors, key=lambda error: list(map(str, error.absolute_path)))[:_MOST_FAULTS]
    raise InvalidRequest(f"invalid payload {fault(best).message}", tuple(map(fault, in_order)))


def _validator(schema: Schema) -> "Validator":
    """Return the validator of a schema. It checks the engine's own formats only, because plugins' formats never were
    checked."""
    from jsonschema import FormatChecker

    formats = FormatChecker(())
    for name, fault in FORMATS.items():
        formats.checks(name)(lambda value, fault=fault: not isinstance(value, str) or fault(value) is None)
    validator: Validator = _validating()(schema, format_checker=formats)
    return validator


@cache
def _validating() -> Any:
    """Return the class that validates. It accepts a ``Reference`` under any schema; only ``_referring`` puts one into a
    document."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def passing(keyword: Any) -> Any:
        def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            return () if isinstance(instance, Reference) else keyword(validator, value, instance, schema)

        return judge

    keywords = {name: passing(each) for name, each in Draft202012Validator.VALIDATORS.items()}
    return extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]


def _referring(config: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return the config in which a ``Reference`` replaces each reference that is given for a secret text."""

    def refer(secret: Secret) -> Any:
        return (secret.takes_text and Reference.of(secret.value)) or secret.value

    return replaced_in_config(config, schema, refer)


def check_attack(attack: Mapping[str, Any], attacks: "Registry[Any]") -> None:
    """Raise ``InvalidRequest`` unless a planner's own attack could have been posted."""
    check(attack, PART, "$.attack")
    _check_part(attack, "$.attack", attacks)


def _check_part(part: Mapping[str, Any], path: str, registry: "Registry[P]") -> None:
    """Check a posted attack or planner by its plugin's schema, and then by the plugin's own ``check``.

    A schema whose properties do not include ``args`` describes the args themselves, as those of the original's planners
    and of its documented attack do. Its other properties may be given beside the ref only if it includes the ref too,
    as that attack's does. Otherwise a misplaced filter would be ignored.
    """
    plugin = _named(part["ref"], f"{path}.ref", registry)
    whole = {**part, "args": part.get("args", {})}
    with redacting(secret_texts(whole, plugin.schema)):
        _check_whole(part, whole, path, registry, plugin)


def _named(ref: str, path: str, registry: "Registry[P]") -> type[P]:
    """Return the plugin of a ref. An unknown ref is refused with the most similar one that exists."""
    try:
        return registry.get(ref)
    except PluginNotFound:
        near = nearest(ref, (plugin.ref for plugin in registry.catalogue()[0]))
        raise PluginNotFound(registry.kind, ref, path, near) from None


def _check_whole(
    part: Mapping[str, Any], whole: dict[str, Any], path: str, registry: "Registry[P]", plugin: type[P]
) -> None:
    schema, named, shown = plugin.schema, plugin.schema.get("properties", {}), masked_config(whole, plugin.schema)
    if issubclass(plugin, Attack):
        refuse_marks(part)
        whole = _referring(whole, schema)
    given = texts_of(part.get("args", {}))

    def broken(error: BaseException) -> PluginBroken:
        return PluginBroken(registry.kind, part["ref"], unexpected_error(error, given))

    with foreign_code(broken, given):
        place = (whole, path, shown) if "args" in named else (whole["args"], f"{path}.args", shown["args"])
        if "args" not in part and not _validator(schema).is_valid(place[0]):
            check(part, {"required": ["args"]}, path)
        check(place[0], schema, *place[1:])
    beside = named if "ref" in named else ()
    check(part, {"properties": dict.fromkeys(("ref", "args", *beside), True), "additionalProperties": False}, path)
    with (
        foreign_code(broken, given),
        located(f"{path}.args"),
    ):
        plugin.check(part.get("args", {}))
