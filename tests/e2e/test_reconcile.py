"""``make reconcile`` looks at the running local engine, and repairs what was changed by hand."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.child import Child, RunningEngine
from infra.packaging.package import ROOT
from tests.e2e.wishes import Plans

Reconcile = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def reconcile(child: Child) -> Reconcile:
    def call(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra.doctor.reconcile", "local", *options],
            cwd=ROOT,
            env={**os.environ, "LOCAL_DIR": str(child.folder), "HTTP_PROXY": "http://127.0.0.1:9"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


def test_after_plans_were_made_moved_deleted_and_run_nothing_differs(
    stack: RunningEngine, plans: Plans, reconcile: Reconcile
) -> None:
    _, moved = plans.post(ahead=3600)
    assert stack.api("PUT", f"/executors/{moved['id']}", date("2090-05-05T10:30:00Z"))[0] == 200
    _, deleted = plans.post(ahead=3600)
    assert stack.api("DELETE", f"/executors/{deleted['id']}")[0] == 200
    deleted, _ = plans.post(ahead=3600)
    assert stack.api("DELETE", f"/plans/{deleted['id']}")[0] == 200
    plans.ended(plans.post(ahead=2)[1])

    done = reconcile()

    assert done.returncode == 0, done.stdout + done.stderr
    assert ": no differences" in done.stdout  # what other tests left to the sweep may be reported


def test_what_was_meddled_with_is_reported_and_repaired(
    stack: RunningEngine, plans: Plans, reconcile: Reconcile
) -> None:
    scheduler, group = stack.client("scheduler"), {"GroupName": stack.run["schedule_group"]}
    _, lost = plans.post(ahead=3600)
    scheduler.delete_schedule(Name=lost["id"], **group)
    _, early = plans.post(ahead=3600)
    change(scheduler, group, early["id"], ScheduleExpression="at(2090-01-01T00:00:00)")
    _, disabled = plans.post(ahead=3600)
    change(scheduler, group, disabled["id"], State="DISABLED")

    report = reconcile()

    assert report.returncode == 1, report.stdout + report.stderr
    lines = {line.split()[1]: line for line in report.stdout.splitlines()}
    assert lines[lost["id"]].startswith("missing ")
    assert lines[early["id"]].startswith("different ") and "date is 2090-01-01T00:00:00Z" in lines[early["id"]]
    assert lines[disabled["id"]].startswith("disabled ")
    assert ": 2 differences, " in report.stdout
    assert "make reconcile STAGE=local REPAIR=yes repairs 2 of them." in report.stdout

    repaired = reconcile("--repair")

    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert repaired.stdout.count("\nrepaired  ") == 2
    for executor in (lost, early):
        said = scheduler.get_schedule(Name=executor["id"], **group)["ScheduleExpression"]
        assert "2090" not in said
    assert reconcile().returncode == 0


def date(text: str) -> dict[str, Any]:
    return {"type": "date", "args": {"date": text}}


def change(scheduler: Any, group: dict[str, str], name: str, **changed: Any) -> None:
    schedule = scheduler.get_schedule(Name=name, **group)
    kept = {each: schedule[each] for each in ("ScheduleExpression", "FlexibleTimeWindow", "Target")}
    written = {**kept, "ActionAfterCompletion": "DELETE", **changed}
    scheduler.update_schedule(Name=name, **group, **written)
