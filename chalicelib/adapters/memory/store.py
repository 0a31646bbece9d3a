"""All the engine knows, in memory: for tests and trials, held to the promises of the real store."""

from chalicelib.adapters.memory.census import Census
from chalicelib.adapters.memory.controls import Controls
from chalicelib.adapters.memory.executors import Executors
from chalicelib.adapters.memory.listings import Listings
from chalicelib.adapters.memory.plans import Plans
from chalicelib.adapters.memory.runs import Runs
from chalicelib.adapters.memory.unfinished import Unfinished


class MemoryStore(Plans, Executors, Listings, Runs, Unfinished, Controls, Census):
    """``PlanStore``, ``ExecutorStore``, ``Listings``, ``Runs``, ``Unfinished``, ``Controls`` and ``Census`` in one
    object.

    Every method is atomic and may be called by any thread. Nothing expires. ``clock`` dates what a move leaves
    unsettled: give it the clock of the engine.
    """
