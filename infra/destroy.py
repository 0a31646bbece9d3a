"""``make destroy STAGE=``: the functions, the API and the schedules of a stage taken away.

The table, which is the record of what was attacked, and all else of `before.yaml` stay, unless TABLES=yes asks for
them and the stage's name is typed. It takes away what either way of deploying made, and can be called again.
"""

import sys
from typing import TextIO

from botocore.exceptions import ClientError

from infra.account import Clients, aws_stage, code, environments_clients, in_sentences
from infra.chalice_deploy import BUILD
from infra.deploy import bucket, stack_name
from infra.errors import InfraError
from infra.functions import find
from infra.local.place import claimed
from infra.local.progress import step
from infra.package import chalice, copy_sources, last_words
from infra.record import Record
from infra.schedules import clear
from infra.stacks import Stacks
from infra.stages import Stage


def main(arguments: list[str], keyboard: TextIO = sys.stdin) -> int:
    """Take the stage that is named away; with a second argument ``yes`` its table too. 0 only if it is gone."""
    try:
        target = aws_stage(arguments[0] if arguments else "")
        tables = len(arguments) > 1 and arguments[1] == "yes"
        if tables:
            _ask(target, keyboard)
        clients = environments_clients()
        with in_sentences():
            destroy(clients, target)
            if tables:
                destroy_tables(clients, target)
            else:
                print(f"The table {target.names.table} is as it was (TABLES=yes deletes it too).")
        return 0
    except (InfraError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def destroy(clients: Clients, stage: Stage) -> None:
    """Remove the functions, the API and the schedules. Raises ``InfraError``."""
    stacks, name = Stacks(clients("cloudformation"), clients("s3")), stage.names.name
    with step(f"{name}: what follows the functions"):
        stacks.remove(stack_name(stage, "after"))
    with step(f"{name}: the functions and the API"):
        if not stacks.remove(name):
            _chalice_delete(clients, stacks, stage)
    if left := find(clients, stage):
        raise InfraError(
            f"{', '.join(left)} is still there, and neither a stack nor Chalice's record names it: make deploy "
            f"STAGE={stage.name} takes it over, then make destroy STAGE={stage.name} takes it away"
        )
    # After the API, which could make more of them.
    with step(f"{name}: the schedules"):
        clear(clients("scheduler"), stage.names.schedule_group)


def destroy_tables(clients: Clients, stage: Stage) -> None:
    """Remove what `before.yaml` holds, and the table with every record, which that stack would leave."""
    stacks, name = Stacks(clients("cloudformation"), clients("s3")), stage.names.name
    with step(f"{name}: the group, the role, the queue, the packages"):
        if stacks.find(stack_name(stage, "before")) is not None:
            _empty(clients, bucket(stacks, stage))
            stacks.remove(stack_name(stage, "before"))
    with step(f"{name}: the table"):
        try:
            clients("dynamodb").delete_table(TableName=stage.names.table)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise


def _ask(stage: Stage, keyboard: TextIO) -> None:
    table = stage.names.table
    print(f"This deletes the table {table} with the record of every attack. Type {stage.name} to go on: ", end="")
    sys.stdout.flush()
    if keyboard.readline().strip() != stage.name:
        raise InfraError("That was not the stage's name: nothing was deleted.")


def _chalice_delete(clients: Clients, stacks: Stacks, stage: Stage) -> None:
    if stacks.find(stack_name(stage, "before")) is None:
        return
    record = Record(clients("s3"), bucket(stacks, stage), stage)
    if record.read() is None:
        return
    with claimed(BUILD / "lock"):
        source = BUILD / "source"
        copy_sources(source)
        record.put_into(source)
        region = {"AWS_DEFAULT_REGION": clients("lambda").meta.region_name}
        status, said = chalice(["delete", "--stage", stage.name], source, region)
    if status != 0:
        raise InfraError(f"chalice delete failed: {last_words(said)}")
    record.forget()


def _empty(clients: Clients, packages: str) -> None:
    s3 = clients("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=packages):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=packages, Key=found["Key"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
