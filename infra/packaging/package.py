"""Package one stage with Chalice in a folder of its own.

The sources are copied to ``<folder>/source`` first, without `__pycache__`, which Chalice would zip and hash. The copy
also keeps packaging from disturbing tests that run in the checkout. Chalice keeps its dependency layer in that folder.
The dependencies lie in ``<folder>/wheels`` (`wheels.py`), and only a change of requirements.txt downloads them again.
The module then rewrites Chalice's archives: tests go out (`lean.py`), bytecode comes in (`bytecode.py`).
"""

import filecmp
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.errors import InfraError
from infra.packaging.bytecode import CODE, LAYER, add_bytecode
from infra.packaging.lean import lean
from infra.packaging.wheels import fetch, only
from infra.stage.partitions import use_variable
from infra.stage.stages import Stage, functions_parameters, parameters_after, parameters_before
from infra.stage.stages import stage as stage_of

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("app.py", "chalicelib", "plugins", "vendor", "requirements.txt")
TEMPLATES = (
    "infra/deploy/gateway_logs.yaml",
    "infra/deploy/before.yaml",
    "infra/deploy/functions.json",
    "infra/deploy/after.yaml",
    "infra/local/address.yaml",
)
REWRITES = ("infra/packaging/bytecode.py", "infra/packaging/lean.py", "infra/stage/partitions.py")
LITTER = ("__pycache__", "*.pyc")
CHALICE = (sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())")
NO_SETTINGS: Mapping[str, str] = {}
MISSING_WHEELS = "Could not install dependencies"


def fingerprint(stage: Stage, settings: Mapping[str, str] = NO_SETTINGS) -> str:
    """Return a digest of everything that a deploy of the stage depends on.

    This includes the parameters of its templates, the version of Python and ``settings`` (as for ``package``).
    """
    given = {**parameters_before(stage), **parameters_after(stage), **functions_parameters(stage)}
    digest = hashlib.sha256(f"{given} {sys.version_info[:2]} {sorted(settings.items())}".encode())
    for path in _files():
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def package(stage: str, folder: Path, settings: Mapping[str, str] = NO_SETTINGS) -> Path:
    """Package the stage and return the folder that holds ``sam.json`` and the archives that it names.

    ``settings`` are added to the stage's environment of the functions and override it. Raises ``InfraError`` when
    Chalice fails, when a file's hash differs from requirements.txt, or when a dependency has no wheel for Lambda. The
    last Chalice only mentions.
    """
    source, result = folder / "source", folder / "package"
    copy_sources(source)
    _set(stage, source / ".chalice" / "config.json", settings)
    shutil.rmtree(result, ignore_errors=True)
    merged = str(ROOT / "infra" / "deploy" / "functions.json")
    checked = only(fetch(source / "requirements.txt", folder / "wheels"))
    status, output = chalice(["package", "--stage", stage, "--merge-template", merged, str(result)], source, checked)
    if status != 0 or MISSING_WHEELS in output:
        shutil.rmtree(source / ".chalice" / "deployments", ignore_errors=True)
        raise InfraError(f"chalice package failed: {last_words(output)}")
    use_variable(result / "sam.json", stage_of(stage).partition)
    _rewrite(source / ".chalice" / "deployments", result)
    _forget_old_archives(source / ".chalice" / "deployments", result)
    return result


def _files() -> Iterator[Path]:
    roots = [ROOT / part for part in (*PARTS, *TEMPLATES, *REWRITES)] + sorted((ROOT / ".chalice").glob("*.json"))
    for root in roots:
        found = sorted(root.rglob("*")) if root.is_dir() else [root]
        yield from (path for path in found if path.is_file() and path.suffix != ".pyc")


def copy_sources(source: Path) -> None:
    """Copy the sources and Chalice's settings into the folder, and leave Chalice's own files there alone."""
    source.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        old, new = source / part, ROOT / part
        if old.is_dir():
            shutil.rmtree(old)
        if new.is_dir():
            shutil.copytree(new, old, symlinks=True, ignore=shutil.ignore_patterns(*LITTER))
        else:
            shutil.copy2(new, old)
    settings = source / ".chalice"
    settings.mkdir(exist_ok=True)
    for path in (ROOT / ".chalice").glob("*.json"):
        shutil.copy2(path, settings / path.name)


def chalice(arguments: list[str], source: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run Chalice's command there and return its exit status and output; ``environment`` adds to the caller's.

    An interruption also kills the command and the pip processes that it started.
    """
    process = subprocess.Popen(
        [*CHALICE, *arguments],
        cwd=source,
        env={**_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate()
        return process.returncode, output
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _set(stage: str, config: Path, settings: Mapping[str, str]) -> None:
    document = json.loads(config.read_text())
    document["stages"][stage]["environment_variables"].update(settings)
    config.write_text(json.dumps(document))


def _environment() -> dict[str, str]:
    """Return the caller's environment with bytecode writing off, and with a Region, which Chalice needs to name
    services."""
    return {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _rewrite(cache: Path, result: Path) -> None:
    """Rewrite both archives, and Chalice's copies of them, which it finds and uses again."""
    runtime = _runtime(result / "sam.json")
    for name, place in (("layer-deployment.zip", LAYER), ("deployment.zip", CODE)):
        archive = result / name
        kept = [copy for copy in cache.glob("*.zip") if filecmp.cmp(copy, archive, shallow=False)]
        if any([lean(archive), add_bytecode(archive, place, runtime)]):
            for copy in kept:
                shutil.copy2(archive, copy)


def _runtime(template: Path) -> str:
    """Return the runtime of all functions: Chalice uses the version of Python that it runs on."""
    resources = json.loads(template.read_text())["Resources"].values()
    [runtime] = {each["Properties"]["Runtime"] for each in resources if "Runtime" in each.get("Properties", {})}
    return str(runtime)


def _forget_old_archives(cache: Path, result: Path) -> None:
    made = list(result.glob("*.zip"))
    for archive in cache.glob("*.zip"):
        if not any(filecmp.cmp(archive, each, shallow=False) for each in made):
            archive.unlink()


def last_words(output: str) -> str:
    """Return the last lines of a command's output, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "no output"
