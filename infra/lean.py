"""Takes out of the layer what no function imports: the libraries' own tests.

Chalice has no filter, so this is done to the archive that it makes and keeps; both ways of deploying use that one
(``make deploy`` packages first). A plain ``chalice deploy`` carries the tests along, which does no harm.
"""

import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

TESTS = (
    "libcloud/test/",
    "certifi/tests/",
    "jsonschema/benchmarks/",
    "jsonschema/tests/",
    "jsonschema_specifications/tests/",
    "referencing/tests/",
)
"""In site-packages. libcloud's are two in five of all files of the layer. Of a plugin's own nothing is taken."""


def lean(archive: Path) -> bool:
    """Rewrite the layer without them; False where there were none, and the file is as it was.

    What stays keeps its date and place, so that equal archives stay equal, and that of the last time is found again.
    """
    with ZipFile(archive) as old:
        entries = old.infolist()
        kept = [entry for entry in entries if not is_test(entry.filename)]
        if len(kept) == len(entries):
            return False
        made = archive.with_suffix(".lean")
        with ZipFile(made, "w", ZIP_DEFLATED) as new:
            for entry in kept:
                new.writestr(entry, old.read(entry))
    os.replace(made, archive)
    return True


def is_test(name: str) -> bool:
    """Whether a file of the layer (``python/lib/python3.x/site-packages/...``) is one of them."""
    return name.partition("/site-packages/")[2].startswith(TESTS)
