"""Launch emulated instances for the running local engine to attack, and list their states: ``make fleet``.

They exist in the local AWS only. Another call launches only the missing ones.
"""

import os
from typing import Any

import click

from infra.command_line import Command
from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.place import from_environment

SIZE = 3
TAG = ("Chaos", "true")


def launch(ec2: Any, count: int, key: str, value: str) -> list[str]:
    """Launch that many instances with that tag, and return their ids."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value}]}]
    made = ec2.run_instances(
        ImageId="ami-12345678", InstanceType="t3.micro", MinCount=count, MaxCount=count, TagSpecifications=tags
    )
    return [str(instance["InstanceId"]) for instance in made["Instances"]]


def states(ec2: Any, key: str, value: str) -> dict[str, str]:
    """Return the instances with that tag, and the state of each. Terminated ones are listed for about a minute."""
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": f"tag:{key}", "Values": [value]}])
    reservations = [reservation for page in pages for reservation in page["Reservations"]]
    return {each["InstanceId"]: each["State"]["Name"] for found in reservations for each in found["Instances"]}


@click.command(cls=Command)
def main() -> None:
    """Launch the missing instances of the fleet, and list all of them."""
    run_file = from_environment(os.environ).run_file
    if not run_file.exists():
        raise InfraError("No engine is running here: start one with make run, and call make fleet beside it")
    ec2 = RunningEngine(run_file).client("ec2")
    running = [state for state in states(ec2, *TAG).values() if state in ("pending", "running")]
    if len(running) < SIZE:
        launch(ec2, SIZE - len(running), *TAG)
    print(f"Instances tagged {'='.join(TAG)}:")
    for instance, state in states(ec2, *TAG).items():
        print(f"  {instance}  {state}")


if __name__ == "__main__":
    main()
