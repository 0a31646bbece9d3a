"""Write the parts of docs/reference that follow from the code: ``python -m infra.docs.reference [--check]``.

These are the pages of the plugins and of the settings, and the list of calls in the page of the API.
"""

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import click

from chalicelib.api.operation import Route, registered
from chalicelib.config.variables import VARIABLES
from chalicelib.plugin import Plugin, registry
from infra.command_line import Command
from infra.errors import InfraError
from infra.packaging.package import ROOT

FOLDER = ROOT / "docs" / "reference"
BEGIN, END = "<!-- calls: make generate writes them -->", "<!-- end of the calls -->"
WIDTH = 120
_HEAD = """# Plugins

The planners and attacks that come with the engine, by the `ref` that a plan names. `GET /api/1/planners/` and
`GET /api/1/attacks/` list them with their schemas, and those that you have added. An argument in brackets may be left
out. `make generate` writes this page.
"""

_SETTINGS = """# Settings

Each stage has its settings in `infra/stage/stages.py`; `make generate` writes them into `.chalice/config.json`, from
which they become the environment of the functions. A setting that is wrong refuses the deploy, and names itself.
"""


@click.command(cls=Command)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a page is outdated.")
def main(check: bool) -> None:
    """Write the pages of docs/reference that follow from the code."""
    wanted = {
        "plugins.md": plugins_page(),
        "settings.md": settings_page(),
        "api.md": with_calls((FOLDER / "api.md").read_text()),
    }
    stale = [name for name, text in wanted.items() if (FOLDER / name).read_text() != text]
    if check and stale:
        raise InfraError(f"not current: docs/reference/{', '.join(stale)} (run: make generate)")
    for name in stale:
        (FOLDER / name).write_text(wanted[name])
        print(f"docs/reference/{name}")


def plugins_page() -> str:
    """Return the page of the plugins. Raises ``InfraError`` where one cannot be loaded."""
    parts = [_HEAD]
    for title, kind in (("Planners", registry.planners()), ("Attacks", registry.attacks())):
        plugins, broken = kind.catalogue()
        if broken:
            raise InfraError(f"{broken[0].module} cannot be loaded: {broken[0].reason}")
        parts.append(f"## {title}\n")
        parts += [_of_plugin(plugin) for plugin in plugins]
    return "\n".join(parts)


def settings_page() -> str:
    """Return the page of the settings."""
    lines = [_SETTINGS]
    for each in VARIABLES:
        default = f" (default: `{each.default}`)" if each.default else ""
        lines += _item(f"`{each.name}`{default}: {each.meaning}")
    return "\n".join(lines) + "\n"


def with_calls(page: str) -> str:
    """Return the page of the API with the list of calls that the routes give."""
    from app import app

    before, _, rest = page.partition(BEGIN)
    calls = "\n".join(_of_route(route) for route in registered(app.routes))
    return f"{before}{BEGIN}\n\n{calls}\n\n{END}{rest.partition(END)[2]}"


def _of_plugin(plugin: type[Plugin]) -> str:
    properties = plugin.schema["properties"]
    args = properties.get("args", plugin.schema)
    lines = [f"### `{plugin.ref}`", "", *_paragraphs(inspect.getdoc(plugin) or ""), ""]
    lines += [line for name, schema in args.get("properties", {}).items() for line in _argument(name, schema, args)]
    return "\n".join([*lines, "", "```json", json.dumps(plugin.example, indent=2), "```", ""])


def _paragraphs(text: str) -> list[str]:
    return "\n\n".join(textwrap.fill(each, WIDTH) for each in text.split("\n\n")).splitlines()


def _argument(name: str, schema: Mapping[str, Any], of: Mapping[str, Any]) -> list[str]:
    shown = f"`{name}`" if name in of.get("required", ()) else f"[`{name}`]"
    return _item(f"{shown}: {'; '.join(_accepted(schema))}")


def _accepted(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a schema accepts, in words."""
    if "enum" in schema:
        yield f"one of {', '.join(str(each) for each in schema['enum'])}"
    elif "description" in schema:
        yield str(schema["description"])
    else:
        kinds = schema.get("type", "any value")
        yield kinds if isinstance(kinds, str) else " or ".join(kinds)
    if "minimum" in schema and "maximum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"
    if schema.get("writeOnly"):
        yield "a secret, or a reference to one"
    if inner := schema.get("properties"):
        required = schema.get("required", ())
        yield f"an object of {', '.join(f'`{each}`' if each in required else f'[`{each}`]' for each in inner)}"


def _of_route(route: Route) -> str:
    operation = route.operation
    query = f" Query: {', '.join(f'`{each}`' for each in operation.query)}." if operation.query else ""
    body = f" Body: `{operation.body}` of `openapi.json`." if operation.body else ""
    refused = (
        f" Refused with {', '.join(str(each) for each in sorted(operation.refusals))}." if operation.refusals else ""
    )
    return "\n".join(_item(f"`{route.method.upper()} /api/1{route.path}`: {operation.summary}.{body}{query}{refused}"))


def _item(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


if __name__ == "__main__":
    main()
