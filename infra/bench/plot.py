"""The plots of what a bench measured: cost against size."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.bench.original import CREATE, DELETE

OURS = {"create": "tab:blue", "get": "tab:green", "list": "tab:olive", "run": "tab:purple", "delete": "tab:orange"}
LABELS = {"list": "list (a page of up to 100)", "run": "run one executor"}


def plot_sizes(by_size: Mapping[str, Mapping[str, Mapping[str, Any]]], path: Path) -> None:
    """Calls by the number of executors of a plan, both axes logarithmic, the original's dashed."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams["svg.hashsalt"] = "the same picture from the same figures"
    picture = Figure(figsize=(7, 4.5), layout="constrained")
    axes = picture.add_subplot()
    sizes = [int(size) for size in by_size]
    for operation, colour in OURS.items():
        medians = [by_size[str(size)][operation]["median"] for size in sizes]
        axes.plot(sizes, medians, color=colour, marker="o", label=LABELS.get(operation, operation))
    for name, colour, medians_of in (("create", "tab:blue", CREATE), ("delete", "tab:orange", DELETE)):
        label = f"{name}, the original"
        axes.plot(list(medians_of), list(medians_of.values()), "--", color=colour, marker="x", alpha=0.6, label=label)
    axes.set(xscale="log", yscale="log", xlabel="executors of the plan", ylabel="milliseconds (median)")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, metadata={"Date": None})
