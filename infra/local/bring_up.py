"""Bring up the stage "local" in a running local AWS, unless it is up to date."""

import shutil
import time
from pathlib import Path

from infra.deploy.stacks import Stacks, archive_key
from infra.deploy.stage_stacks import FINGERPRINT, bring_up_after, bring_up_before, bring_up_functions, bucket
from infra.errors import InfraError
from infra.local.account import client
from infra.local.calls import call
from infra.local.place import HOME, Place, claimed
from infra.local.preflight import restore
from infra.local.progress import step
from infra.local.signing import ROOT_USER, signature
from infra.packaging.package import fingerprint, package
from infra.stage.stages import stage

LOCAL = stage("local")
ADDRESS = f"{LOCAL.names.name}-address"
BUILD = HOME / "build" / LOCAL.name
PACKAGING = BUILD / "lock"
"""The lock of the one folder in which all local engines of a checkout package, one at a time."""
SECONDS_TO_WAKE = 60.0


def bring_up(place: Place) -> None:
    """Deploy the stage the way it is deployed to AWS, and show each step. Raises ``InfraError``."""
    stacks = Stacks(client("cloudformation", place.aws), client("s3", place.aws))
    settings = {"TIMEZONE": place.timezone, "TZ": place.timezone, **({"API_AUTH": "iam"} if place.signed else {})}
    digest = fingerprint(LOCAL, settings)
    # The last stack is tagged with the fingerprint of the deployed sources, in the local AWS itself: the tag is missing
    # from a lost state, and differs in one older than the sources.
    if stacks.tags(ADDRESS).get(FINGERPRINT) == digest:
        print("The functions are those of the last deploy: nothing has changed.", flush=True)
        return
    shutil.rmtree(place.unzipped, ignore_errors=True)
    with step("Bringing up the table, the schedule group, the role, the queue"):
        bring_up_before(stacks, LOCAL)
    with claimed(PACKAGING):
        with step("Packaging the functions with Chalice (the first time, it downloads their dependencies)"):
            packaged = package(LOCAL.name, BUILD, settings)
        with step("Bringing up the functions and the API"):
            bring_up_functions(stacks, LOCAL, packaged, digest)
            bring_up_after(stacks, LOCAL)
            _give_address(stacks, place, packaged / "sam.json", digest)
            _forget_old_archives(stacks, place, packaged)


def api_id(place: Place) -> str:
    """Return API Gateway's id of the local API."""
    return Stacks(client("cloudformation", place.aws), client("s3", place.aws)).outputs(LOCAL.names.name)["RestAPIId"]


def wake(place: Place) -> None:
    """Call the API until it answers, so that the first caller need not wait for its cold start."""
    url, last = f"{place.aws}/api/1", "no answer"
    deadline = time.monotonic() + SECONDS_TO_WAKE
    while time.monotonic() < deadline:
        try:
            headers = signature("GET", url, None, ROOT_USER) if place.signed else {}
            status, document = call("GET", url, headers=headers, timeout=SECONDS_TO_WAKE)
            if status == 200:
                return
            last = f"{status} {document}"
        except OSError as error:
            last = str(error)
        time.sleep(0.5)
    raise InfraError(f"The API does not answer at {url}: {last}")


def _give_address(stacks: Stacks, place: Place, template: Path, digest: str) -> None:
    api_id = stacks.outputs(LOCAL.names.name)["RestAPIId"]
    restore(client("apigateway", place.aws), api_id, template)
    address = Path(__file__).with_name("address.yaml").read_text()
    stacks.bring_up(ADDRESS, address, {"RestApi": api_id}, {FINGERPRINT: digest})


def _forget_old_archives(stacks: Stacks, place: Place, packaged: Path) -> None:
    """Delete the archives of earlier deploys: the local AWS keeps its state for good, and an archive is 30 MB."""
    s3 = client("s3", place.aws)
    packages, kept = bucket(stacks, LOCAL), {archive_key(archive) for archive in packaged.glob("*.zip")}
    for found in s3.list_objects_v2(Bucket=packages).get("Contents", []):
        if found["Key"].endswith(".zip") and found["Key"] not in kept:
            s3.delete_object(Bucket=packages, Key=found["Key"])
