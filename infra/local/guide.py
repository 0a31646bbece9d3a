"""Say what exists, where a request of the local API leads nowhere. On AWS, API Gateway answers those with 403."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

API = "/api/1"
METHODS = ("get", "post", "put", "delete", "patch")
WELCOME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Chaos Monkey Engine</title></head>
<body><h1>Chaos Monkey Engine</h1>
<p>The engine runs on this computer. Its API begins at <a href="/api/1/">/api/1/</a>:</p>
<ul><li><a href="/api/1/plans/?all=true">plans</a> and <a href="/api/1/executors/?executed=true">executors</a>,</li>
<li>the <a href="/api/1/attacks/">attacks</a> and <a href="/api/1/planners/">planners</a> that a plan may name,</li>
<li>the <a href="/api/1/engine/">engine's state</a>,</li>
<li>and <a href="/api/1/openapi.json">openapi.json</a>, which describes all of it.</li></ul>
<p>README.md has a first plan, docs/tutorial.md the first hour.</p></body></html>
"""


def lost(method: str, path: str, described: Mapping[str, Any]) -> tuple[int, str, tuple[str, ...]]:
    """Return the status, a sentence and the methods that exist, for a request that no route serves.

    ``described`` is the API's openapi.json. The status is 405 where the path serves other methods, else 404.
    """
    below = path.removeprefix(API).rstrip("/") or "/"
    for template, item in described["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), below):
            methods = tuple(each.upper() for each in METHODS if each in item)
            return 405, f"{method} does not exist at {path}: use {' or '.join(methods)}", methods
    close = get_close_matches(below, described["paths"], n=1)
    hint = f"; did you mean {API}{close[0]}?" if close else ""
    return 404, f"there is nothing at {path}: GET {API}/ lists what there is{hint}", ()
