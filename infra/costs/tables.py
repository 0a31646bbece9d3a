"""The tables of docs/cost.md, each by its name, as Markdown."""

from collections.abc import Callable, Mapping

from infra.costs.bill import bill, machine
from infra.costs.operations import OPERATIONS, of_the_table, requests
from infra.costs.prices import MACHINE, PRICES
from infra.costs.quotas import QUOTAS, Rate, most_claims_at_once, per_partition
from infra.costs.workload import MONTHS
from infra.markdown import table

SIZES = (10, 1000)
RATES = (1, 10, 100)


def of_requests() -> str:
    """What each operation asks, and the units it takes, for a small plan and a large one."""
    rows = []
    for name, operation in OPERATIONS.items():
        made = [operation(size) for size in SIZES]
        asked = ", ".join(f"{number} {kind}" for kind, number in requests(made[0]).items())
        units = [f"{sum(one.write_units for one in each)} / {sum(one.read_units for one in each):g}" for each in made]
        rows.append([name, asked, *(str(of_the_table(each)) for each in made), *units])
    small, large = (f"plan of {size:,}" for size in SIZES)
    return table(
        [
            "",
            f"requests, {small}",
            "table's",
            f"table's, {large}",
            f"write / read units, {small}",
            f"write / read units, {large}",
        ],
        rows,
    )


def of_prices() -> str:
    """Each with where AWS tells it and when it was last seen."""
    rows = [
        [
            f"[{name}]({price.page})",
            f"{price.dollars:.10f}".rstrip("0").rstrip("."),
            _per(price.per, price.unit),
            _count(price.free),
            price.known,
        ]
        for name, price in {**PRICES, **MACHINE}.items()
    ]
    return table(["", "dollars", "for", "free a month", "known"], rows)


def of_bills() -> str:
    """A line for each price that comes to a tenth of a cent."""
    bills = [bill(month) for month in MONTHS]
    shown = [name for name in PRICES if any(each.line(name) >= 0.001 for each in bills)]
    rows = [[name, *(f"{each.line(name):.3f}" for each in bills)] for name in shown]
    rows.append(["**all**", *(f"**{each.total():.2f}**" for each in bills)])
    rows.append(["with what is always free", *(f"{each.total(free_tier=True):.2f}" for each in bills)])
    rows.append(["the original's machine", *[f"{machine(spinning=False):.2f}"] * len(bills)])
    rows.append(["the same, one core busy", *[f"{machine(spinning=True):.2f}"] * len(bills)])
    return table(["dollars a month", *(month.name for month in MONTHS)], rows)


def of_quotas() -> str:
    """The share of each quota that a rate of plans takes."""
    rates = [*(Rate(plans=plans) for plans in RATES), Rate(plans=1, executors=1000)]
    shares = [rate.shares() for rate in rates]
    rows = [
        [name, f"{quota.limit:,} {quota.unit}", *(_percent(share[name]) for share in shares), quota.lifted_by]
        for name, quota in QUOTAS.items()
    ]
    rows.append(["**binds first**", "", *(next(iter(share)) for share in shares), ""])
    names = [f"{rate.plans}/s of {rate.executors:,}" for rate in rates]
    return table(["share of", "default", *names, "lifted by"], rows)


def of_partitions() -> str:
    """Write units of a plan's life in each partition of the indexes, and how fast one plan can run."""
    small, large = (per_partition(size) for size in SIZES)
    rows = [
        [f"`{name.removesuffix('#0').replace('=', '` `')}#`", f"{small[name]:,}", f"{large[name]:,}"] for name in large
    ]
    rows.append(["attacks of one plan in a second, at most", *(f"{most_claims_at_once(size):.0f}" for size in SIZES)])
    return table(["partition", *(f"plan of {size:,}" for size in SIZES)], rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "requests": of_requests,
    "prices": of_prices,
    "bills": of_bills,
    "quotas": of_quotas,
    "partitions": of_partitions,
}
"""All but that of the year, which takes its time (`year_table.py`)."""


def _per(per: float, unit: str) -> str:
    return unit if per == 1 else f"{per:,.0f} {unit}s"


def _count(free: float) -> str:
    return f"{free:,.0f}" if free else "none"


def _percent(share: float) -> str:
    return f"{100 * share:,.1f} %" if share < 0.1 else f"{100 * share:,.0f} %"
