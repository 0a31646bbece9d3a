"""Measure the creation of plans where every answer of AWS takes 30 ms, so that our own time remains."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from multiprocessing import get_context

from infra.bench.engine import early_zone, many
from infra.bench.figures import Rows, clocked, figure
from infra.bench.server import serving
from infra.local.place import ACCOUNT, REGION, plain_environment
from infra.packaging.package import ROOT
from infra.stage.stages import environment, stage

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chaosmonkey-local"
KEYS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
RUNS = {10: 9, 100: 5, 1000: 3}
SECONDS = 0.030
"""About the time that DynamoDB and EventBridge Scheduler take to answer a Lambda in their Region."""
OF_DYNAMODB = b'"Responses": {}, "UnprocessedKeys": {}, "UnprocessedItems": {}, "Attributes": {}'
OF_OTHERS = b'"FailedEntryCount": 0, "Entries": [], "ScheduleArn": "arn:aws:scheduler:::schedule", "unknown": true'
ANSWER = b"{%b, %b}" % (OF_DYNAMODB, OF_OTHERS)
"""The answer to every operation. A client reads the part that it knows."""


def created() -> Rows:
    """Measure the creation of plans by their size, in a process of its own."""
    with serving(_answer) as address, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        times = {size: pool.submit(_create, address, size, runs) for size, runs in RUNS.items()}
        return {str(size): {"create": figure(each.result())} for size, each in times.items()}


def _answer() -> bytes:
    time.sleep(SECONDS)
    return ANSWER


def _create(address: str, executors: int, runs: int) -> list[float]:
    """Create plans by the deployed function's composition root. Return the times after one that makes connections."""
    given = {**plain_environment(), **environment(stage("local")), **KEYS, **early_zone(datetime.now(UTC))}
    os.environ.clear()
    os.environ.update(given, AWS_ENDPOINT_URL=address)
    sys.stdout = StringIO()  # the logs
    sys.path.insert(0, os.fspath(ROOT / "vendor"))
    from chalicelib.composition import bootstrap

    creation = bootstrap.plan_creation(FUNCTION)
    return [clocked(creation.create, many(executors))[0] for _ in range(runs + 1)][1:]
