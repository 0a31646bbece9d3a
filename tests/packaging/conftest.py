"""The package of the stage "local", as it is deployed: made once for all tests."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.bring_up import BUILD, LOCAL, PACKAGING
from infra.local.place import claimed
from infra.packaging.package import package


@dataclass(frozen=True)
class Package:
    """Chalice's template, and the archives' contents by the folder they are unzipped to on AWS."""

    template: dict[str, dict[str, dict[str, object]]]
    task: Path
    layer: Path

    @property
    def folders(self) -> tuple[Path, Path]:
        return self.task, self.layer

    @property
    def files(self) -> list[Path]:
        """All files in both archives."""
        return [path for folder in self.folders for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    folder = tmp_path_factory.mktemp("package")
    with claimed(PACKAGING):
        made = package(LOCAL.name, BUILD)
        for archive, place in (("deployment.zip", "task"), ("layer-deployment.zip", "opt")):
            with zipfile.ZipFile(made / archive) as content:
                content.extractall(folder / place)
        template = json.loads((made / "sam.json").read_text())
    yield Package(template, folder / "task", folder / "opt")
