"""Which files of the package each function imports, in a fresh interpreter that knows the package and nothing else."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.errors import InfraError
from infra.local.emulator import LAMBDA_PYTHON
from infra.packaging.package import ROOT

OURS = ("chalicelib.", "plugins.")
_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:chaosmonkey-local"
_POSTED = {
    "name": "a plan",
    "attack": {"ref": "terminate_ec2_instance:TerminateEC2Instance", "args": {"filters": {"tag:Chaos": "true"}}},
    "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2099-01-01T12:00:00"}},
}
_COMPOSES = "from chalicelib.composition import bootstrap"
FUNCTIONS = {
    "the API": ("import app", _COMPOSES, f"bootstrap.plan_creation('{_ARN}').draw({_POSTED})"),
    "sweep": ("import chalicelib.handlers.sweep", _COMPOSES, f"bootstrap.sweep('{_ARN}')"),
    "undelivered": ("import chalicelib.handlers.dead_letters", _COMPOSES, "bootstrap.undelivered()"),
    "attack, of any": ("import chalicelib.handlers.attack", _COMPOSES, "bootstrap.execution()"),
}
"""What each imports to serve a request: its module, all that it is composed of, and for the API a plan that is drawn.
Nothing is sent."""
_PATHS = (
    "import json, sys; print(json.dumps([m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', 0)]))"
)


@dataclass(frozen=True, slots=True)
class Package:
    """The two archives of a package, unzipped: ``task`` the code, ``site`` the libraries."""

    task: Path
    site: Path

    def imported(self, *statements: str) -> set[str]:
        """The files below either folder that are loaded after the statements. Raises ``InfraError``."""
        python = LAMBDA_PYTHON if LAMBDA_PYTHON.exists() else Path(sys.executable)
        finished = subprocess.run(
            [python, "-S", "-B", "-c", "\n".join((*statements, _PATHS))],
            env={"PYTHONPATH": os.pathsep.join([str(self.task), str(self.site)]), "AWS_DEFAULT_REGION": "eu-west-1"},
            cwd=self.task,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if finished.returncode != 0:
            raise InfraError(f"{statements[0]}: {finished.stderr.strip().splitlines()[-1]}")
        paths = [Path(path) for path in json.loads(finished.stdout.splitlines()[-1])]
        folders = (self.site, self.task)
        return {
            str(path.relative_to(folder))
            for path in paths
            for folder in folders
            if path.is_relative_to(folder) and "site-packages" not in path.relative_to(folder).parts
        }


def attacks() -> dict[str, tuple[str, ...]]:
    """By attack module: what the attack function imports, and every import of the attack and of what it reaches in the
    package, those inside functions too. That is all its run can need, but for drivers of other clouds that libcloud
    loads by name."""
    modules = sorted(path.stem for path in (ROOT / "plugins" / "attacks").glob("*.py") if path.stem != "__init__")
    return {name: (*FUNCTIONS["attack, of any"], *_reached(f"plugins.attacks.{name}")) for name in modules}


def _reached(module: str) -> list[str]:
    """The import statements of the module and, transitively, of those of ours that it imports."""
    statements, seen, todo = [], {module}, [module]
    while todo:
        for node in _imports(ast.parse(_source(todo.pop()).read_text())):
            statements.append(ast.unparse(node))
            found = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                found += [f"{node.module}.{alias.name}" for alias in node.names]
            new = [name for name in found if name not in seen and name.startswith(OURS) and _source(name).exists()]
            seen.update(new)
            todo += new
    return statements


def _source(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def _imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """But for those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from _imports(node)
