"""A second account of the local AWS, and in it the role that the documentation shows."""

import json
from typing import Any

from infra.local.account import client
from infra.local.child import RunningEngine
from infra.local.fleet import launch
from infra.packaging.package import ROOT
from infra.stage.stages import ANOTHER_ACCOUNT

EXTERNAL_ID = "5e1c4f0a-7d0b-4c5e-9a57-0b6f6d1c2e38"
"""That of the page's plan, which the tests post."""
ROLE = "chaosmonkey-target"
POLICIES = ROOT / "docs" / "access"


class OtherAccount:
    """What its root user does there; ``role_arn`` is what an attack is given."""

    def __init__(self, engine: RunningEngine) -> None:
        self._engine = engine
        self._instances: list[str] = []
        self.role_arn = f"arn:aws:iam::{ANOTHER_ACCOUNT}:role/{ROLE}"

    def client(self, service: str) -> Any:
        return client(service, self._engine.run["aws"], ANOTHER_ACCOUNT)

    def invite(self) -> None:
        """Make the role, by the two policies of docs/how-to/attack-other-accounts.md."""
        functions = self._engine.client("lambda")
        trust = (POLICIES / "other-account-trust.json").read_text().replace("EXTERNAL_ID", EXTERNAL_ID)
        for function in ("attack", "resolve"):
            role = functions.get_function_configuration(FunctionName=f"chaosmonkey-local-{function}")["Role"]
            trust = trust.replace(f"{function.upper()}_ROLE", role)
        self.make_role(ROLE, json.loads(trust))

    def make_role(self, name: str, trust: dict[str, Any]) -> str:
        """The ARN of a role that may attack there, and that whoever the policy says may assume."""
        permissions = (POLICIES / "other-account-permissions.json").read_text()
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="attack", PolicyDocument=permissions)
        return str(made["Arn"])

    def remove_role(self, name: str) -> None:
        iam = self.client("iam")
        iam.delete_role_policy(RoleName=name, PolicyName="attack")
        iam.delete_role(RoleName=name)

    def fleet(self, size: int, tag: str) -> list[str]:
        """Ids of new instances there, tagged ``chaos=<tag>``."""
        ids = launch(self.client("ec2"), size, "chaos", tag)
        self._instances += ids
        return ids

    def running(self, instances: list[str]) -> list[str]:
        """Which of the instances run."""
        found = self.client("ec2").describe_instances(InstanceIds=instances)["Reservations"]
        states = {each["InstanceId"]: each["State"]["Name"] for group in found for each in group["Instances"]}
        return [instance for instance in instances if states.get(instance) == "running"]

    def clear(self) -> None:
        """Remove the instances that were made and still run."""
        for instance in self.running(self._instances) if self._instances else []:
            self.client("ec2").terminate_instances(InstanceIds=[instance])
