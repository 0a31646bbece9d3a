"""Print a script in one file, as RunScript uploads it (``make script``, docs/how-to/run-scripts.md)."""

import click

from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import scripts


@click.command()
@click.argument("name")
def main(name: str) -> None:
    """Print a script in one file; its NAME may be without .sh."""
    try:
        click.echo(scripts.load(name if name.endswith(".sh") else f"{name}.sh"), nl=False)
    except InvalidRequest as refusal:
        raise click.ClickException(str(refusal).replace("$.local_script", "NAME")) from refusal


if __name__ == "__main__":
    main()
