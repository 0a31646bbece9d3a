"""The chapter "Adding Custom Drivers": a factory of one's own, for any provider that libcloud knows."""
# ruff: noqa
# fmt: off
# mypy: ignore-errors

from chaosmonkey.attacks import Attack


class DummyDriverFactory:
    def __init__(self, key):
        self.key = key

    def get_driver(self):
        from libcloud.compute.providers import get_driver
        from libcloud.compute.types import Provider

        return (get_driver(Provider.DUMMY))(self.key)


class RebootNode(Attack):
    ref = "custom_driver:RebootNode"
    schema = {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
    example = {"ref": ref, "args": {"key": "any"}}

    def run(self):
        driver = DummyDriverFactory(self.attack_config["key"]).get_driver()
        node = driver.list_nodes()[0]
        return {"rebooted": node.name, "ok": driver.reboot_node(node)}

    @staticmethod
    def to_dict():
        return Attack._to_dict(RebootNode.ref, RebootNode.schema, RebootNode.example)
