"""Deploy the local stage again when a plugin or another source changes, without a restart of the engine."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.errors import InfraError
from infra.local.bring_up import bring_up, wake
from infra.local.calls import call
from infra.local.place import Place
from infra.local.signing import ROOT_USER, signature
from infra.packaging.package import ROOT

WATCHED = ("plugins", "chalicelib")
SECONDS_BETWEEN_LOOKS = 1.0


async def follow(place: Place) -> None:
    """Deploy after each change, and print the plugins that cannot be loaded, until cancelled."""
    before = sources()
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        now = sources()
        if now != before:
            before = now
            await asyncio.to_thread(_deploy, place)


def sources(root: Path = ROOT) -> Mapping[str, int]:
    """Return the time of the last change of every source, in nanoseconds, by its path."""
    files = (path for folder in WATCHED for path in (root / folder).rglob("*") if path.suffix in (".py", ".sh"))
    return {str(path): path.stat().st_mtime_ns for path in files if path.exists()}


def broken(place: Place) -> Iterator[str]:
    """Yield a line for each plugin that cannot be loaded. Raises ``OSError`` where the API does not answer."""
    for kind in ("attacks", "planners"):
        url = f"{place.aws}/api/1/{kind}"
        headers = signature("GET", url, None, ROOT_USER) if place.signed else {}
        document: Any = call("GET", url, headers=headers, timeout=60)[1]
        for each in (document or {}).get("broken", ()):
            yield f"plugins/{kind}: {each['reason']}"


def _deploy(place: Place) -> None:
    try:
        bring_up(place)
        wake(place)
        for line in broken(place):
            print(line, flush=True)
    except (InfraError, OSError) as error:
        print(f"{error}\nThe engine goes on with the sources of before.", flush=True)
