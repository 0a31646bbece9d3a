"""``make doctor STAGE=``: a line for each part of a stage, ok or the sentence that mends it.

It changes nothing, but for one disabled schedule that it puts and removes. For the local stage it looks at the engine
that is running.
"""

import os
import sys
from collections.abc import Iterator

from infra.account import Clients, aws_stage, environments_clients, in_sentences
from infra.delivery_findings import retries, sweep, undelivered
from infra.errors import InfraError
from infra.findings import Finding, credentials, functions, group, key, limits, queue, quota, region, role, table
from infra.local.child import RunningEngine
from infra.local.place import from_environment
from infra.stages import Stage, stage
from infra.throttling import throttling
from infra.trial import trial

Line = tuple[bool, str]
FIRST: dict[str, Finding] = {"credentials": credentials, "Region": region}
"""Without these nothing else can be told."""
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
    "a trial schedule": trial,
}


def main(arguments: list[str]) -> int:
    """Print the lines. 0 only if all is well."""
    try:
        name = arguments[0] if arguments else ""
        target = stage(name) if name == "local" else aws_stage(name)
        lines = list(_printed(look(_clients(target), target)))
        return 0 if all(well for well, _ in lines) else 1
    except (InfraError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def look(clients: Clients, stage: Stage) -> Iterator[Line]:
    """Whether each part is well, and what there is to say of it."""
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
    sys.exit(main(sys.argv[1:]))
