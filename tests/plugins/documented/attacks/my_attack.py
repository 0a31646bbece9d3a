"""The attack of the original's chapter "Adding Custom Attacks", word for word but for what it does."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

from chaosmonkey.attacks import Attack


class MyAttack(Attack):
    ref = "my_attack:MyAttack"
    schema = {
        "type": "object",
        "properties": {
            "ref": {"type": "string"},
            "name": {"type": "string"}
        }
    }
    example = {
        "ref": "my_attack:MyAttack",
        "name": "attack1"
    }

    def __init__(self, attack_config):
        super(MyAttack, self).__init__(attack_config)

    def run(self):
        """
        This method is called to perform the actual attack. You can access the self.attack_config
        that holds the dict/json used when calling the endpoint to plan the attacks.
        """
        return {"attacked with": self.attack_config}

    @staticmethod
    def to_dict():
        return Attack._to_dict(MyAttack.ref, MyAttack.schema, MyAttack.example)
