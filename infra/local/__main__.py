"""Run the local engine from its start to its stop: ``make run``.

SIGINT and SIGTERM stop it at any moment, with all processes it started. After a failure it prints one sentence on
stderr, exits with 1, and leaves nothing running.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.zones import zone_named
from infra.errors import InfraError
from infra.local import redeploy
from infra.local.account import client
from infra.local.bring_up import LOCAL, api_id, bring_up, wake
from infra.local.browsers import Browsers
from infra.local.callers import make_caller
from infra.local.emulator import Emulator
from infra.local.place import Place, claimed, from_environment, require_free
from infra.local.progress import step
from infra.local.proxy import Proxy
from infra.local.run_file import published
from infra.local.signing import Keys
from infra.local.watch import Watch

STOPPED_BEFORE_READY = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A signal that came while the engine was being started."""


def main() -> int:
    """Run until stopped. Return 0 after a stop, 1 after a failure, 130 when stopped before it was ready."""
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        place = from_environment(os.environ)
        with claimed(place.folder / "lock", f"An engine is running from {place.folder} already: stop that one first"):
            place.run_file.unlink(missing_ok=True)  # of an engine that could not remove it
            require_free(place)
            _run(place)
        return 0
    except Stopped:
        return STOPPED_BEFORE_READY
    except (InfraError, BotoCoreError, ClientError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _run(place: Place) -> None:
    emulator = Emulator(place)
    try:
        with step("Starting the local AWS"):
            emulator.start()
        bring_up(place)
        with step("Waking the API"):
            wake(place)
        asyncio.run(_serve(place, emulator, _callers(place)))
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # once is enough: saving the state must not be interrupted
        with step("Stopping, and saving the state"):
            emulator.stop()


def _callers(place: Place) -> dict[str, Keys]:
    """Return the keys of the users who may call, by name; none where calls need no signature."""
    if not place.signed:
        return {}
    with step("Making the users viewer and operator"):
        iam, api = client("iam", place.aws), api_id(place)
        return {name: make_caller(iam, name, api) for name in ("viewer", "operator")}


async def _serve(place: Place, emulator: Emulator, callers: Mapping[str, Keys]) -> None:
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    proxy = Proxy(
        place.host,
        place.port,
        place.aws,
        Browsers.of(place.port, os.environ),
        signed=place.signed,
    )
    try:
        await proxy.start()
        with published(place, callers):
            print(_welcome(place), flush=True)
            watch = Watch(
                client("logs", place.aws), f"/aws/lambda/{LOCAL.names.attack_function}", zone_named(place.timezone)
            )
            following = asyncio.create_task(watch.follow())
            redeploying = asyncio.create_task(redeploy.follow(place))
            stopping = asyncio.create_task(stop.wait())
            while emulator.running and not stopping.done():
                await asyncio.wait({following, stopping}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
                for task in (following, redeploying):
                    if task.done():
                        task.result()
            following.cancel()
            redeploying.cancel()
    except OSError as error:
        raise InfraError(f"Port {place.port} cannot be used ({error.strerror}): give PORT another number") from error
    finally:
        await proxy.stop()
    if not emulator.running:
        raise InfraError(f"The local AWS ended by itself; its log is {emulator.log}")


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _welcome(place: Place) -> str:
    if place.signed:
        return f"""
The engine is ready. Every call has to be signed (docs/how-to/control-access.md).
  API        {place.aws}/api/1/
  Keys       of the users viewer and operator: {place.run_file}
  State      {place.folder}/state
  Zone       {place.timezone} (another one: make run TIMEZONE=...)
  Stop       Ctrl-C
Executions, as they happen:"""
    return f"""
The engine is ready.
  API        {place.api}/api/1/
  AWS        {place.aws} (MiniStack; keys and names are in {place.run_file})
  State      {place.folder}/state
  Zone       {place.timezone} (another one: make run TIMEZONE=...)
  Try        curl {place.api}/api/1/attacks/
  Stop       Ctrl-C
Executions, as they happen:"""


if __name__ == "__main__":
    sys.exit(main())
