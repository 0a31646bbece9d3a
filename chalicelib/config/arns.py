"""Derive the stage's ARNs from the function's own, so that no file holds an account id."""

from dataclasses import dataclass

from chalicelib.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A partition, a Region and an account."""

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, function_arn: str) -> "Place":
        """Return the place in ``arn:<partition>:lambda:<region>:<account>:function:<name>``."""
        _, partition, _, region, account, *_ = function_arn.split(":")
        return cls(partition, region, account)

    def attack_function(self, settings: Settings) -> str:
        return self._function(settings.attack_function)

    def resolve_function(self, settings: Settings) -> str:
        return self._function(settings.resolve_function)

    def scheduler_role(self, settings: Settings) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role/{settings.scheduler_role}"

    def dead_letter_queue(self, settings: Settings) -> str:
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{settings.dead_letter_queue}"

    def _function(self, name: str) -> str:
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{name}"
