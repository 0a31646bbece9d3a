"""What ``make reconcile`` prints of what was found, and how it ends."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.repair.diff import Difference, Kind
from chalicelib.repair.reconcile import Findings, Repaired
from infra.doctor.reconcile import Progress, left, report
from infra.packaging.package import ROOT
from infra.stage.stages import stage

DEV = stage("dev")
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
ORPHAN = Difference(kind=Kind.ORPHAN, subject="a" * 32 + "-0000", details="there is no such executor", repairable=True)
MISSING = Difference(kind=Kind.MISSING, subject="b" * 32 + "-0001", details="it has no schedule", repairable=True)
TALLY = Difference(kind=Kind.TALLY, subject="b" * 32, details="remaining: 2 on record, 3 counted")
PENDING = Difference(kind=Kind.PENDING, subject="c" * 32, details="under way", since=NOW - timedelta(minutes=3))
LEFT = Difference(kind=Kind.LEFT, subject="d" * 32, details="left", since=NOW - timedelta(hours=5, minutes=59))


def findings(*differences: Difference) -> Findings:
    return Findings(plans=12, executors=345, schedules=67, differences=differences)


def test_where_nothing_differs_it_is_one_line() -> None:
    assert report(findings(), DEV, NOW) == ("chaosmonkey-dev: 12 plans, 345 executors, 67 schedules: no differences.")


def test_what_differs_is_a_table() -> None:
    assert report(findings(ORPHAN, LEFT, PENDING), DEV, NOW).splitlines() == [
        "kind         id                                     for    details",
        f"orphan       {ORPHAN.subject}         there is no such executor",
        f"left undone  {LEFT.subject}       5 h    left",
        f"pending      {PENDING.subject}       3 min  under way",
        "chaosmonkey-dev: 12 plans, 345 executors, 67 schedules: 2 differences, 1 note.",
    ]


@pytest.mark.parametrize(
    ("differences", "ends"),
    [
        ([ORPHAN], ": 1 difference."),
        ([PENDING], ": no differences, 1 note."),
        ([ORPHAN, TALLY], ": 2 differences."),
    ],
)
def test_they_are_counted(differences: list[Difference], ends: str) -> None:
    assert report(findings(*differences), DEV, NOW).endswith(ends)


def test_left_is_what_counts_and_was_not_repaired() -> None:
    repaired = [
        Repaired(difference=ORPHAN, done=True, details="the schedule was removed"),
        Repaired(difference=MISSING, done=False, details="it failed"),
    ]
    assert left(findings(ORPHAN, MISSING, TALLY, PENDING), []) == [ORPHAN, MISSING, TALLY]
    assert left(findings(ORPHAN, MISSING, TALLY, PENDING), repaired) == [MISSING, TALLY]
    assert left(findings(ORPHAN, PENDING), repaired) == []


def test_progress_is_reported_from_the_third_second_on_and_then_each_second() -> None:
    times = iter([0.0, 0.5, 1.9, 2.0, 2.0, 2.9, 3.1, 3.1, 3.2])
    out = io.StringIO()
    progress = Progress(out, lambda: next(times))
    for what, more in (("rows", 10), ("rows", 10), ("rows", 5), ("rows", 1), ("schedules", 7), ("schedules", 1)):
        progress(what, more)
    assert out.getvalue() == "rows: 25 ...\nschedules: 7 ...\n"


def reconcile(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.doctor.reconcile", *arguments],
        cwd=ROOT,
        env={**own, "AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing argument 'STAGE'."),
        (["nowhere"], "there is no stage 'nowhere': give STAGE=local or STAGE=dev or STAGE=prod"),
        (["dev", "--fix"], "No such option '--fix'."),
        (["local"], "No engine is running here: start one with make run, and call make reconcile beside it"),
        (["dev"], "no Region is chosen: set AWS_DEFAULT_REGION, or a region in the profile"),
    ],
)
def test_what_could_not_be_compared_is_reported_in_a_sentence_and_ends_with_2(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    done = reconcile(*arguments, LOCAL_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.strip().endswith(says)
