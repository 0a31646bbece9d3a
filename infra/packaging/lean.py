"""Remove the libraries' own tests from the layer, which no function imports.

Chalice has no filter, so this module rewrites Chalice's archive. Both ways of deploying use that archive (``make
deploy`` packages first). The layer of a plain ``chalice deploy`` contains the tests, which does no harm.
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
"""Folders in site-packages. libcloud's tests are two fifths of all files of the layer. A plugin's own tests stay."""


def lean(archive: Path) -> bool:
    """Rewrite the layer without them. Return False, with the file untouched, where there are none.

    The other files keep their dates and order, so equal archives stay equal, and Chalice recognizes the last one.
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
    """Return whether a file of the layer (``python/lib/python3.x/site-packages/...``) is one of these tests."""
    return name.partition("/site-packages/")[2].startswith(TESTS)
