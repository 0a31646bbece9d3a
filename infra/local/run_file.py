"""`run.json`: where a running local engine is, for other programs. It is there exactly while the engine is ready."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.account import SECRET_KEY
from infra.local.place import ACCOUNT, REGION, Place
from infra.stages import stage


@contextmanager
def published(place: Place) -> Iterator[None]:
    """Write the file whole or not at all, and remove it at the end."""
    names = stage("local").names
    content = {
        "api": place.api,
        "aws": place.aws,
        "stage": "local",
        "region": REGION,
        "access_key": ACCOUNT,
        "secret_key": SECRET_KEY,
        "attack_function": names.attack_function,
        "schedule_group": names.schedule_group,
    }
    draft = place.run_file.with_suffix(".tmp")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(place.run_file)
    try:
        yield
    finally:
        place.run_file.unlink(missing_ok=True)
