"""NowPlanner: one executor, at once."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.domain.zones import zone_named
from chalicelib.plugin import Circumstances
from plugins.planners.now_planner import NowPlanner

NOW = datetime(2027, 3, 26, 10, 5, 7, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("args", "seconds"), [({}, 5), ({"delay": "1s"}, 5), ({"delay": "10m"}, 600), ({"delay": "1d"}, 86_400)]
)
def test_the_one_date_is_five_seconds_ahead_or_later_by_the_delay(args: dict[str, Any], seconds: int) -> None:
    circumstances = Circumstances(now=NOW, rng=Random(1), timezone=zone_named("Europe/Madrid"))
    jobs = NowPlanner("some").jobs({"ref": NowPlanner.ref, "args": args}, {"ref": "a:B", "args": {}}, circumstances)
    assert [job.date for job in jobs] == [NOW.replace(microsecond=0) + timedelta(seconds=seconds)]
