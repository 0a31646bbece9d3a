"""The stage "local" brought up in a running local AWS, unless what is there already is what the sources say."""

import shutil
import time
from pathlib import Path

from infra.deploy import FINGERPRINT, bring_up_after, bring_up_before, bring_up_functions, bucket
from infra.errors import InfraError
from infra.local.account import client
from infra.local.calls import call
from infra.local.place import HOME, Place, claimed
from infra.local.preflight import put_back
from infra.local.progress import step
from infra.local.signing import ROOT_USER, signature
from infra.package import fingerprint, package
from infra.stacks import Stacks, archive_key
from infra.stages import stage

LOCAL = stage("local")
ADDRESS = f"{LOCAL.names.name}-address"
BUILD = HOME / "build" / LOCAL.name
PACKAGING = BUILD / "lock"
"""All local engines of a checkout package in one folder, which keeps the dependencies; one at a time."""
SECONDS_TO_WAKE = 60.0


def bring_up(place: Place) -> None:
    """Deploy as AWS is deployed to, showing each step. Raises ``InfraError``."""
    stacks = Stacks(client("cloudformation", place.aws), client("s3", place.aws))
    settings = {"API_AUTH": "iam"} if place.signed else {}
    digest = fingerprint(LOCAL, settings)
    # The last stack of a deploy remembers what was deployed, in the local AWS itself: a state that was lost, or is
    # older than the sources, says so.
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
    """API Gateway's id of the API that was brought up."""
    return Stacks(client("cloudformation", place.aws), client("s3", place.aws)).outputs(LOCAL.names.name)["RestAPIId"]


def wake(place: Place) -> None:
    """Call the API until it answers, so that the first caller need not wait for its cold start."""
    url, said = f"{place.aws}/api/1", "nothing"
    deadline = time.monotonic() + SECONDS_TO_WAKE
    while time.monotonic() < deadline:
        try:
            headers = signature("GET", url, None, ROOT_USER) if place.signed else {}
            status, document = call("GET", url, headers=headers, timeout=SECONDS_TO_WAKE)
            if status == 200:
                return
            said = f"{status} {document}"
        except OSError as error:
            said = str(error)
        time.sleep(0.5)
    raise InfraError(f"The API does not answer at {url}: {said}")


def _give_address(stacks: Stacks, place: Place, template: Path, digest: str) -> None:
    api_id = stacks.outputs(LOCAL.names.name)["RestAPIId"]
    put_back(client("apigateway", place.aws), api_id, template)
    address = Path(__file__).with_name("address.yaml").read_text()
    stacks.bring_up(ADDRESS, address, {"RestApi": api_id}, {FINGERPRINT: digest})


def _forget_old_archives(stacks: Stacks, place: Place, packaged: Path) -> None:
    """The state of the local AWS is kept for good, and an archive is 30 MB."""
    s3 = client("s3", place.aws)
    packages, kept = bucket(stacks, LOCAL), {archive_key(archive) for archive in packaged.glob("*.zip")}
    for found in s3.list_objects_v2(Bucket=packages).get("Contents", []):
        if found["Key"].endswith(".zip") and found["Key"] not in kept:
            s3.delete_object(Bucket=packages, Key=found["Key"])
