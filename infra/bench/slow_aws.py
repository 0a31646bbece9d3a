"""Creating plans where every answer of AWS takes 30 ms: what is left is our own time.

``python -m infra.bench.slow_aws EXECUTORS RUNS`` prints the milliseconds of each run, as the deployed function would
take them: the same engine from the same composition root, its clients at another endpoint.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra.bench.figures import Figure, figure, milliseconds
from infra.bench.plans import many
from infra.local.place import ACCOUNT, REGION, free_ports, plain_environment
from infra.package import ROOT
from infra.stages import environment, stage

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chaosmonkey-local"


def created(executors: int, runs: int) -> Figure:
    """Creating plans of so many, in a process of its own."""
    with _slow_aws() as endpoint:
        keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
        finished = subprocess.run(
            [sys.executable, "-m", "infra.bench.slow_aws", str(executors), str(runs)],
            cwd=ROOT,
            env={**plain_environment(), **environment(stage("local")), **keys, "AWS_ENDPOINT_URL": endpoint},
            stdout=subprocess.PIPE,
            check=True,
        )
    return figure(json.loads(finished.stdout.splitlines()[-1]))


@contextmanager
def _slow_aws() -> Iterator[str]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "infra.bench.slow_server", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the server was started without pipes")
        server.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        server.stdin.close()


def main(executors: int, runs: int) -> None:
    """The runs after one that makes the connections."""
    sys.path.insert(0, os.fspath(ROOT / "vendor"))
    from chalicelib import bootstrap

    engine = bootstrap.engine(FUNCTION)
    values = [milliseconds(lambda: engine.create_plan(many(executors))) for _ in range(runs + 1)]
    print(json.dumps(values[1:]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
