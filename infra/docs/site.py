"""Build the documentation as a site: ``make docs``."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import click

from infra.command_line import Command
from infra.errors import InfraError
from infra.packaging.package import ROOT

ZENSICAL = ROOT / ".local" / "docs-venv" / "bin" / "zensical"


@click.command(cls=Command)
def main() -> None:
    """Build the documentation into build/site. Fails for a link that leads nowhere."""
    print(f"Open {build(ROOT)}")


def build(folder: Path) -> Path:
    """Build the site of the checkout in that folder, and return its first page.

    Raises ``InfraError`` with Zensical's own words where it warns or fails.
    """
    site = folder / str(tomllib.loads((folder / "zensical.toml").read_text())["project"]["site_dir"])
    shutil.rmtree(site, ignore_errors=True)
    done = subprocess.run([ZENSICAL, "build", "--strict", "--clean"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise InfraError(click.unstyle(done.stdout + done.stderr.partition("Traceback")[0]).strip())
    return site / "index.html"


if __name__ == "__main__":
    main()
