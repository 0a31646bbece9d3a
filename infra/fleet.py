"""``make fleet``: a few emulated instances for the running local engine to attack, and what has become of them.

They exist in the local AWS only. Asked again it makes no more than are missing, and lists what there is.
"""

import os
import sys
from typing import Any

from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.place import from_environment

SIZE = 3
TAG = ("Chaos", "true")


def launch(ec2: Any, count: int, key: str, value: str) -> list[str]:
    """Ids of that many new instances with that tag."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value}]}]
    made = ec2.run_instances(
        ImageId="ami-12345678", InstanceType="t3.micro", MinCount=count, MaxCount=count, TagSpecifications=tags
    )
    return [str(instance["InstanceId"]) for instance in made["Instances"]]


def states(ec2: Any, key: str, value: str) -> dict[str, str]:
    """The instances with that tag, and the state of each. Terminated ones are listed for a minute or so."""
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": f"tag:{key}", "Values": [value]}])
    reservations = [reservation for page in pages for reservation in page["Reservations"]]
    return {each["InstanceId"]: each["State"]["Name"] for found in reservations for each in found["Instances"]}


def main() -> int:
    """Bring the fleet to its size and list it."""
    try:
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
        return 0
    except InfraError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
