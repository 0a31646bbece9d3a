"""The Dockerfile's lines, as far as they can be kept honest where no Docker engine is available to the suite.

They are parsed; what `make` is asked for while the image is built is made, from a copy that holds what the image would
(by `make test-long`; `make test` asks for it in a dry run); and the container's command runs as an ordinary process,
stopped as Docker stops one, and in a network namespace, reached as through a published port.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest

from infra.local.child import Child
from infra.local.place import from_environment
from infra.packaging.package import ROOT
from tests.scripts.network import Network, spared

Line = tuple[str, str]


@pytest.fixture
def lines() -> list[Line]:
    """Each instruction and what it is given."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    instructions = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in instructions) if word]


def given(lines: list[Line], word: str) -> list[str]:
    return [rest for each, rest in lines if each == word]


def test_it_is_built_from_a_python_that_the_engine_runs_on(lines: list[Line]) -> None:
    assert lines[0][0] == "FROM"
    base = re.fullmatch(r"python:3\.(\d+)-slim-bookworm", lines[0][1])
    assert base is not None
    assert int(base[1]) >= 11


def test_nothing_of_ours_runs_as_root(lines: list[Line]) -> None:
    words = [word for word, _ in lines]
    assert given(lines, "USER") == ["engine"]
    ours = [place for place, (word, rest) in enumerate(lines) if word == "CMD" or rest.startswith("make")]
    assert min(ours) > words.index("USER")
    assert [rest for rest in given(lines, "RUN") if "useradd" in rest] == ["useradd --create-home engine"]


def test_its_ports_and_its_state_are_those_of_make_run(lines: list[Line]) -> None:
    place = from_environment({})
    assert given(lines, "EXPOSE") == [f"{place.port}"] and "BIND_HOST=0.0.0.0" in given(lines, "ENV")
    assert f"-p 127.0.0.1:{place.port}:{place.port} " in (ROOT / "Dockerfile").read_text()
    assert place.folder == ROOT / ".local"
    [folder] = given(lines, "WORKDIR")
    assert f"-v chaos-state:{folder}/.local/state" in (ROOT / "Dockerfile").read_text()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the image's COPY takes along."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    shutil.copytree(
        ROOT,
        tmp_path / "src",
        symlinks=True,
        ignore=lambda folder, names: {
            name
            for name in names
            if any(
                fnmatch(str((Path(folder) / name).relative_to(ROOT)), pattern.removeprefix("**/"))
                for pattern in ignored
            )
            or name == "__pycache__"
        },
    )
    return tmp_path / "src"


def test_what_it_copies_can_make_what_it_asks_for(lines: list[Line], copy: Path) -> None:
    """A dry run; `make test-long` makes it."""
    assert not (copy / ".venv").exists()
    [asked] = [rest for rest in given(lines, "RUN") if rest.startswith("make")]
    for command in (asked.split(), json.loads(given(lines, "CMD")[0])):
        said = subprocess.run(
            [command[0], "--dry-run", *command[1:]], cwd=copy, capture_output=True, text=True, timeout=60, check=False
        )
        assert said.returncode == 0, said.stderr
        for made in (".local/run-venv", ".local/ministack-venv", ".local/lambda-venv"):
            assert made in said.stdout
    assert "-m infra.local" in said.stdout


@pytest.mark.long
def test_what_the_image_makes_is_made_and_all_that_its_command_needs(lines: list[Line], copy: Path) -> None:
    [asked] = [rest for rest in given(lines, "RUN") if rest.startswith("make")]
    made = subprocess.run(asked.split(), cwd=copy, capture_output=True, text=True, timeout=600, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    again = subprocess.run(["make", "--question", *asked.split()[1:]], cwd=copy, timeout=60, check=False)
    assert again.returncode == 0, "something is left to be made when the container starts"
    shown = [copy / ".local/run-venv/bin/python", "-c", "import infra.local.__main__"]
    assert subprocess.run(shown, cwd=copy, timeout=60, check=False).returncode == 0


def test_its_command_runs_the_engine_and_stops_as_docker_stops_it(
    lines: list[Line], another: Callable[..., Child], child: Child
) -> None:
    """``docker stop`` sends SIGTERM to the command, which is make. (``child`` looks at what is installed.)"""
    command = json.loads(given(lines, "CMD")[0])
    engine = another(command=tuple(command))
    with (engine.folder.parent / "output.log").open("wb") as output:
        running = engine.start(output)
        assert running.api("GET", "/")[0] == 200
        engine.stop(signal.SIGTERM)
    assert not engine.run_file.exists()
    assert (engine.folder / "state").is_dir()


@pytest.mark.long
def test_what_reaches_its_port_is_served_by_the_api_and_by_nothing_else(
    lines: list[Line], another: Callable[..., Child], child: Child
) -> None:
    """A network namespace stands for the container: what comes from beside it came through a published port."""
    if reason := spared():
        pytest.skip(reason)
    network, environment = Network(), given(lines, "ENV")
    try:
        engine = another(command=(*network.inside, "env", *environment, *json.loads(given(lines, "CMD")[0])))
        with (engine.folder.parent / "output.log").open("wb") as output:
            engine.start(output)
            assert published(network, engine.port) == "200"
            assert published(network, engine.aws_port) == "[Errno 111] Connection refused"
            engine.stop(signal.SIGTERM)
    finally:
        network.remove()


def published(network: Network, port: int) -> str:
    """The status of the API's root, or why there is none, for a client that Docker leads to the machine."""
    client = f"""
import http.client
api = http.client.HTTPConnection("192.0.2.2", {port}, timeout=30)
try:
    api.request("GET", "/api/1/", headers={{"Host": "127.0.0.1:{port}"}})
    print(api.getresponse().status)
except OSError as error:
    print(error)
"""
    done = subprocess.run([*network.outside, sys.executable, "-c", client], capture_output=True, text=True, check=True)
    return done.stdout.strip()
