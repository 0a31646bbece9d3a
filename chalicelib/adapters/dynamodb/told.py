"""The conditions under which what was told of an executor is what its rows hold, for those who have not read them."""

from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamodb.pairs import unchanged
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.model import Executor, Mode, Terms


def told(executor: Executor) -> Condition:
    """The row is the executor's as it is given, but for its deliveries. One that is scheduled, neither has an undo nor
    is one, has nothing else in its row. JSON is compared as text, which is stored in the order it was posted in."""
    whole: Condition = unchanged(executor) & (Row.name == executor.name)
    whole &= _is(Row.attack, executor.attack) & _is(Row.changed_by, executor.changed_by)
    whole &= Row.undo.does_not_exist() & Row.undoes.does_not_exist()
    return whole


def on_these(terms: Terms, executor: Executor) -> Condition:
    """The plan's terms are these, but for the attack of an executor that has its own."""
    mode = None if terms.mode is Mode.ATTACK else terms.mode.value
    these: Condition = _is(Row.mode, mode) & _is(Row.guards, terms.guards)
    if executor.attack is None:
        these &= _is(Row.attack, terms.attack)
    return these


def _is(attribute: Attribute[Any], value: Any) -> Condition:
    """The attribute has that value; with None, it is not there."""
    is_so: Condition = attribute.does_not_exist() if value is None else attribute == value
    return is_so
