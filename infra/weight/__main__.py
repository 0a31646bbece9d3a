"""``make weight``: what the package holds, by weight, and which of it each function imports."""

import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

from infra.errors import InfraError
from infra.local.bring_up import BUILD, LOCAL, PACKAGING
from infra.local.place import claimed
from infra.markdown import table
from infra.package import package
from infra.weight.imports import FUNCTIONS, Package, attacks
from infra.weight.pieces import Weight, piece, weigh

MB = 1024 * 1024
ARCHIVES = ("deployment.zip", "layer-deployment.zip")
LIGHT = 0.1
"""MB unzipped; what is lighter is one line."""


def main() -> int:
    """Package the stage "local", or take what is there already, and print the table."""
    try:
        with claimed(PACKAGING):
            archives = [package(LOCAL.name, BUILD) / name for name in ARCHIVES]
            with tempfile.TemporaryDirectory() as folder:
                print(report(weigh(archives), unzip(archives, Path(folder))))
        return 0
    except (InfraError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def unzip(archives: list[Path], folder: Path) -> Package:
    """The code and the libraries as Lambda has them."""
    for archive, place in zip(archives, ("task", "opt"), strict=True):
        with ZipFile(archive) as content:
            content.extractall(folder / place)
    [site] = (folder / "opt").glob("python/lib/python3.*/site-packages")
    return Package(folder / "task", site)


def report(weights: dict[str, Weight], unzipped: Package) -> str:
    """Each piece, and what of it each function and each attack imports."""
    by_function = {name: _pieces(unzipped.imported(*of)) for name, of in FUNCTIONS.items()}
    of_any = by_function["attack, of any"]
    by_attack = {name: _pieces(unzipped.imported(*of)) for name, of in attacks().items()}
    heavy = {name: weight for name, weight in weights.items() if weight.unzipped >= LIGHT * MB}
    rows = [
        [name, *_numbers(weight), _who(name, by_function), _who(name, {k: v - of_any for k, v in by_attack.items()})]
        for name, weight in heavy.items()
    ]
    rest = [weight for name, weight in weights.items() if name not in heavy]
    rows.append([f"{len(rest)} others", *_numbers(_sum(rest)), "", ""])
    rows.append(["**all**", *_numbers(_sum([*weights.values()])), "", ""])
    head = ["", "MB unzipped", "MB zipped", "files", "imported by", "and by the attacks"]
    return table(head, rows)


def _pieces(files: set[str]) -> set[str]:
    return {piece(name) for name in files}


def _who(name: str, imported: dict[str, set[str]]) -> str:
    found = [who for who, pieces in imported.items() if name in pieces]
    others = [who for who in imported if who not in found]
    if len(found) > len(others) > 0:
        return f"all but {', '.join(others)}"
    return ", ".join(found) or "none" if others else "all"


def _numbers(weight: Weight) -> list[str]:
    return [f"{weight.unzipped / MB:.1f}", f"{weight.zipped / MB:.1f}", f"{weight.files:,}"]


def _sum(weights: list[Weight]) -> Weight:
    return Weight(
        sum(each.zipped for each in weights),
        sum(each.unzipped for each in weights),
        sum(each.files for each in weights),
    )


if __name__ == "__main__":
    sys.exit(main())
