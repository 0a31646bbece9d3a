"""The simulated year as a table of docs/cost.md."""

from datetime import UTC, datetime, timedelta
from random import Random

from infra.costs.capacity import Strain
from infra.costs.load import Year
from infra.costs.simulation import PARTITION, SHARDS, Result, simulate
from infra.markdown import table

YEAR = Year(start=datetime(2027, 1, 1, tzinfo=UTC))
SEED = 7


def of_year(year: Year = YEAR, seed: int = SEED) -> str:
    """The year with that seed, simulated and told. About half a minute of one core."""
    return told(year, simulate(year, Random(seed)))  # noqa: S311  # a simulation that is to be repeated


def told(year: Year, result: Result) -> str:
    """A sentence and a table."""
    rows = [
        _row(f"{PARTITION}, {shards} shard{'s' * (shards > 1)}", year, result.partitions[shards]) for shards in SHARDS
    ]
    rows += [_row(name, year, strain) for name, strain in result.quotas.items()]
    rows += [_row(f"{name}, in a smaller Region", year, strain) for name, strain in result.elsewhere.items()]
    busiest = _at(year, result.busiest_minute)
    first = {shards: next(iter(result.by_share(shards).items())) for shards in SHARDS}
    binds = ", ".join(
        f"with {shards} shard{'s' * (shards > 1)} {name} ({strain.share:.2f} of its limit)"
        for shards, (name, strain) in first.items()
    )
    waited = ", ".join(f"{1e6 * result.partitions[shards].delayed / result.written:,.0f}" for shards in SHARDS)
    return "\n".join(
        [
            f"{result.executors:,} executors of {result.plans:,} plans. The busiest minute is {busiest}, with "
            f"{result.in_busiest_minute:,} attacks.",
            f"Nearest to its limit comes, {binds}.",
            f"Of a million write units of the indexes' lists there waited, with {SHARDS[0]}, {SHARDS[1]} and "
            f"{SHARDS[2]} shards: {waited}.",
            "",
            table(["", "limit", "peak", "at", "waited", "at most, s"], rows),
        ]
    )


def _row(name: str, year: Year, strain: Strain) -> list[str]:
    when = _at(year, strain.at)
    return [name, f"{strain.limit:,.0f}", f"{strain.peak:,.0f}", when, f"{strain.delayed:,.0f}", str(strain.longest)]


def _at(year: Year, second: int) -> str:
    return f"{year.start + timedelta(seconds=second):%a %d %b %H:%M:%S}"
