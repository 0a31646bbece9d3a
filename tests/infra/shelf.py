"""Made-up wheels in a folder, in the place of an index."""

import zipfile
from hashlib import sha256
from pathlib import Path


def put(shelf: Path, name: str, version: str, *needs: str) -> str:
    """A wheel on the shelf; its hash."""
    path, information = shelf / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{information}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    return sha256(path.read_bytes()).hexdigest()
