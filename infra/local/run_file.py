"""Publish the address of a running local engine to other programs in `run.json`, for as long as it is ready."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from infra.local.account import SECRET_KEY
from infra.local.place import ACCOUNT, REGION, Place
from infra.local.signing import Keys
from infra.stage.stages import stage


@contextmanager
def published(place: Place, callers: Mapping[str, Keys]) -> Iterator[None]:
    """Write the file in one step, and remove it at the end.

    Only its owner may read it: where calls have to be signed, it holds the keys of the ``callers``, by their names.
    """
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
    if place.signed:
        content["api_iam"] = place.aws
        for name, keys in callers.items():
            content |= {f"{name}_access_key": keys.access_key, f"{name}_secret_key": keys.secret_key}
    draft = place.run_file.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(content, indent=2) + "\n")
    draft.replace(place.run_file)
    try:
        yield
    finally:
        place.run_file.unlink(missing_ok=True)
