"""Check each part of a stage and suggest fixes: ``make doctor STAGE=``.

It prints a line for each part. It changes nothing, except that it creates one disabled schedule and deletes it. For the
local stage it checks the running engine.
"""

import os
import sys
from collections.abc import Iterator

import click

from infra.command_line import ANY, Command
from infra.deploy.access_log import access_log
from infra.deploy.throttling import throttling
from infra.doctor.delivery_findings import retries, sweep, undelivered
from infra.doctor.findings import Finding, credentials, functions, group, key, limits, queue, quota, region, role, table
from infra.doctor.safeguards import concurrency, one_region, packages, protection
from infra.doctor.trial import trial
from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.place import from_environment
from infra.stage.account import Clients, environments_clients, in_sentences
from infra.stage.stages import Stage

Line = tuple[bool, str]
FIRST: dict[str, Finding] = {"credentials": credentials, "Region": region}
"""Without these no other part can be checked."""
THEN: dict[str, Finding] = {
    "quota": quota,
    "table": table,
    "schedule group": group,
    "role": role,
    "queue": queue,
    "key": key,
    "functions": functions,
    "limits": limits,
    "sweep": sweep,
    "retries": retries,
    "undelivered": undelivered,
    "throttling": throttling,
    "no other Region": one_region,
    "concurrency": concurrency,
    "protection": protection,
    "packages": packages,
    "access log": access_log,
    "a trial schedule": trial,
}


@click.command(cls=Command)
@ANY
def main(stage: Stage) -> None:
    """Check each part of a stage, and suggest fixes. Exits with 1 where a part is not well."""
    lines = list(_printed(look(_clients(stage), stage)))
    sys.exit(not all(well for well, _ in lines))


def look(clients: Clients, stage: Stage) -> Iterator[Line]:
    """Yield for each part whether it is well, and its line."""
    for what, finding in FIRST.items():
        line = _line(what, finding, clients, stage)
        yield line
        if not line[0]:
            return
    for what, finding in THEN.items():
        yield _line(what, finding, clients, stage)


def _line(what: str, finding: Finding, clients: Clients, stage: Stage) -> Line:
    try:
        with in_sentences():
            return True, f"ok      {what}: {finding(clients, stage)}"
    except InfraError as error:
        return False, f"not ok  {what}: {error}"


def _printed(lines: Iterator[Line]) -> Iterator[Line]:
    for well, text in lines:
        print(text, flush=True)
        yield well, text


def _clients(stage: Stage) -> Clients:
    if stage.name != "local":
        return environments_clients()
    run_file = from_environment(os.environ).run_file
    if not run_file.exists():
        raise InfraError("No engine is running here: start one with make run, and call make doctor beside it")
    return RunningEngine(run_file).client


if __name__ == "__main__":
    main()
