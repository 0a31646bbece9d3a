"""Remove the functions, the API, the schedules and the functions' logs of a stage: ``make destroy STAGE=``.

The resources of `before.yaml` stay, and with them the table with the record of all attacks. ``TABLES=yes`` deletes
those too, after the operator has typed the stage's name, and asks about the key. The command removes the stage
whichever way it was deployed, and may be repeated.
"""

import click

from infra.command_line import ON_AWS, Command
from infra.deploy.chalice_deploy import BUILD
from infra.deploy.leftovers import asked_to_delete_key, delete_key, delete_logs, delete_table, empty, find_key, kept_key
from infra.deploy.preconditions import require_region
from infra.deploy.record import Record
from infra.deploy.schedules import clear
from infra.deploy.stacks import Stacks
from infra.deploy.stage_stacks import bucket, stack_name
from infra.errors import InfraError
from infra.local.place import claimed
from infra.local.progress import step
from infra.packaging.package import chalice, copy_sources, last_words
from infra.stage.account import Clients, environments_clients, in_sentences
from infra.stage.functions import find
from infra.stage.stages import Stage


@click.command(cls=Command)
@ON_AWS
@click.option("--tables", is_flag=True, help="Also delete the table with every record, after asking.")
def main(stage: Stage, tables: bool) -> None:
    """Remove a stage from AWS. Its table and its key stay."""
    if tables:
        _ask(stage)
    clients = environments_clients()
    with in_sentences():
        require_region(clients, stage)
        key = find_key(clients, stage) if tables else None
        key_too = key is not None and asked_to_delete_key(key)
        destroy(clients, stage)
        if tables:
            destroy_tables(clients, stage)
        else:
            print(f"The table {stage.names.table} and its key are as they were (TABLES=yes deletes them too).")
        if key is not None:
            print(delete_key(clients("kms"), key) if key_too else kept_key(key, stage))


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
    # After the API, which could create more of them.
    with step(f"{name}: the schedules"):
        clear(clients("scheduler"), stage.names.schedule_group)
    # After the functions, which would create theirs again.
    with step(f"{name}: the functions' logs"):
        delete_logs(clients("logs"), stage)


def destroy_tables(clients: Clients, stage: Stage) -> None:
    """Remove the resources of `before.yaml`, and the table with every record, which its stack would retain."""
    stacks, name = Stacks(clients("cloudformation"), clients("s3")), stage.names.name
    with step(f"{name}: the group, the role, the queue, the packages"):
        if stacks.find(stack_name(stage, "before")) is not None:
            empty(clients("s3"), bucket(stacks, stage))
            stacks.remove(stack_name(stage, "before"))
    with step(f"{name}: the table"):
        delete_table(clients("dynamodb"), stage.names.table)


def _ask(stage: Stage) -> None:
    question = f"This deletes the table {stage.names.table} with the record of every attack. Type {stage.name} to go on"
    if click.prompt(question, default="", show_default=False) != stage.name:
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
        status, output = chalice(["delete", "--stage", stage.name], source, region)
    if status != 0:
        raise InfraError(f"chalice delete failed: {last_words(output)}")
    record.forget()


if __name__ == "__main__":
    main()
