"""Put together the adapters that share one memory: for tests and trials, held to the promises of the real ones."""

from chalicelib.adapters.memory.claims import Claims
from chalicelib.adapters.memory.controls import Controls
from chalicelib.adapters.memory.executors import Executors
from chalicelib.adapters.memory.idempotency_keys import IdempotencyKeys
from chalicelib.adapters.memory.listings import Listings
from chalicelib.adapters.memory.plans import Plans
from chalicelib.adapters.memory.rows import Rows
from chalicelib.adapters.memory.runs import Runs
from chalicelib.adapters.memory.table_scan import TableScan
from chalicelib.adapters.memory.uncommitted_plans import UncommittedPlans
from chalicelib.adapters.memory.unfinished import Unfinished
from chalicelib.ports.services import Clock


class MemoryStore:
    """The adapters of one memory, an attribute for each port.

    Every method is atomic and may be called by any thread. Nothing expires. ``clock`` dates what a move leaves
    unsynced: give it the clock of the engine.
    """

    def __init__(self, clock: Clock) -> None:
        self.rows = rows = Rows(clock)
        self.plans = Plans(rows)
        self.keys = IdempotencyKeys(rows)
        self.uncommitted = UncommittedPlans(rows)
        self.controls = Controls(rows)
        self.executors = Executors(rows)
        self.claims = Claims(rows)
        self.runs = Runs(rows)
        self.listings = Listings(rows)
        self.unfinished = Unfinished(rows)
        self.scan = TableScan(rows)
