"""The attack that the original's documentation teaches to write: nothing of it is in ``args``."""

from typing import Any

from chalicelib.plugin import Attack


class MyAttack(Attack):
    ref = "documented:MyAttack"
    schema = {"type": "object", "properties": {"ref": {"type": "string"}, "name": {"type": "string"}}}
    example = {"ref": "documented:MyAttack", "name": "attack1"}

    def run(self) -> Any:
        return dict(self.attack_config)

    @staticmethod
    def to_dict() -> dict[str, Any]:
        return Attack._to_dict(MyAttack.ref, MyAttack.schema, MyAttack.example)
