"""An engine over the memory adapters, with a clock that is set by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.resolver import MemoryResolver
from chalicelib.adapters.memory.schedules import MemoryDeliveries, MemorySchedules
from chalicelib.adapters.memory.store import MemoryStore
from chalicelib.adapters.memory.vault import MemorySecrets, MemoryVault
from chalicelib.config.settings import Settings
from chalicelib.domain.dates import END
from chalicelib.domain.delivery import Delivery, Refusal
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.zones import zone_named
from chalicelib.execution.executor import Execution
from chalicelib.planning.preview import Foresight
from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.registry import Registry
from chalicelib.ports.services import EventPublisher
from chalicelib.repair.dead_letters import Undelivered
from chalicelib.repair.sweep import Sweep
from chalicelib.scheduling.early_undo import EarlyUndo
from chalicelib.scheduling.needless_undo import NeedlessUndos
from chalicelib.scheduling.sync import ScheduleSync
from chalicelib.secrets.encryption import Opening, Sealing
from chalicelib.services.engine_state import EngineStateService
from chalicelib.services.executors import ExecutorService
from chalicelib.services.plan_creation import PlanCreation
from chalicelib.services.plans import PlanService

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MADRID = zone_named("Europe/Madrid")
ATTACKS = Registry("attack", "tests.unit.samples.attacks", Attack)
PLANNERS = Registry("planner", "tests.unit.samples.planners", Planner)
NOTE = {"ref": "note:Note", "args": {"target": "node-1"}}


class HandClock:
    """``ports.Clock``: it stands still, or goes on by ``step`` each time it is read."""

    def __init__(self, now: datetime = NOW, step: timedelta = timedelta()) -> None:
        self.now, self.step = now, step

    def __call__(self) -> datetime:
        now = self.now
        self.now += self.step
        return now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def settings(**changed: Any) -> Settings:
    return Settings(**{"stage": "test", "timezone": MADRID, "leashed": False, **changed})


def plan_document(*dates: str, name: str = "a plan", attack: Any = None) -> dict[str, Any]:
    """The body that asks for an attack at each of the dates."""
    planner = {"ref": "at:At", "args": {"dates": list(dates)}}
    return {"name": name, "attack": attack or NOTE, "planner": planner}


def odd_document(how: str, **args: Any) -> dict[str, Any]:
    """The body that asks the odd planner to plan in that way."""
    return {"name": "odd", "attack": NOTE, "planner": {"ref": "odd:Odd", "args": {"how": how, **args}}}


def later(**by: float) -> str:
    """A date as a client writes it, that long after the clock's first."""
    return f"{NOW + timedelta(**by):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(kw_only=True)
class World:
    """All there is: what the engine stores, schedules and delivers, and when it is."""

    clock: HandClock
    settings: Settings
    store: MemoryStore
    schedules: MemorySchedules
    deliveries: MemoryDeliveries
    publisher: EventPublisher
    attacks: Registry[Attack]
    planners: Registry[Planner]
    creation: PlanCreation
    plans: PlanService
    executors: ExecutorService
    execution: Execution
    sweep: Sweep
    undelivered: Undelivered
    engine_state: EngineStateService
    alarms: MemoryAlarms
    vault: MemoryVault
    secrets: MemorySecrets

    def plan(self, *dates: str, **given: Any) -> tuple[Plan, tuple[Executor, ...]]:
        """A plan that was posted, by default for an hour from now, and its executors."""
        soon = f"{self.clock.now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        return self.plans.get(self.creation.create(plan_document(*(dates or [soon]), **given)).id)

    def executor(self, *dates: str, **given: Any) -> Executor:
        """The first executor of a plan that was posted."""
        return self.plan(*dates, **given)[1][0]

    def deliver(self, executor: Executor, request_id: str = "request-1") -> Executor | Refusal:
        """What comes of a delivery of the executor at its date."""
        return self.execution.execute(
            Delivery(executor_id=executor.id, due=executor.due, request_id=request_id, seconds=900)
        )

    def deliver_early(self, request_id: str = "request-1") -> Executor | Refusal:
        """What comes of the last executor that was handed over to run now."""
        executor, by = self.deliveries.early[-1], self.deliveries.early_by[-1]
        return self.execution.execute(
            Delivery(executor_id=executor.id, due=executor.due, request_id=request_id, seconds=900, now=True, by=by)
        )

    def run(self, executor: Executor) -> Executor | Refusal:
        """The same once the executor's time has come."""
        self.clock.now = max(self.clock.now, executor.due)
        return self.deliver(executor)

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a plan, nor an executor, nor a schedule, in whatever state."""
        lists = (self.plans.list, self.executors.list)
        listed = [item for read in lists for item in read(everything=True, limit=1, after=None).items]
        return not (listed or self.store.unfinished.uncommitted(END) or self.schedules.dues)


def world(
    *,
    clock: HandClock | None = None,
    store: MemoryStore | None = None,
    schedules: MemorySchedules | None = None,
    deliveries: MemoryDeliveries | None = None,
    publisher: EventPublisher | None = None,
    resolver: MemoryResolver | None = None,
    alarms: MemoryAlarms | None = None,
    vault: MemoryVault | None = None,
    attacks: Registry[Attack] = ATTACKS,
    planners: Registry[Planner] = PLANNERS,
    **changed_settings: Any,
) -> World:
    """A world where nothing has happened yet; parts of it can be such as fail."""
    clock = clock or HandClock()
    store, schedules = store or MemoryStore(clock), schedules or MemorySchedules()
    alarms, vault, secrets = alarms or MemoryAlarms(), vault or MemoryVault(), MemorySecrets()
    deliveries, chosen, rng = deliveries or MemoryDeliveries(), settings(**changed_settings), Random(7)
    publisher = publisher or MemoryPublisher()
    early_undo = EarlyUndo(
        executors=store.executors,
        runs=store.runs,
        unfinished=store.unfinished,
        deliveries=deliveries,
        at_once=lambda do, undos: [*map(do, undos)],
    )
    foresight = Foresight(
        settings=chosen,
        controls=store.controls,
        alarms=alarms,
        resolver=resolver or MemoryResolver(attacks),
        attacks=attacks,
    )

    def pause(seconds: float) -> None:
        clock.advance(seconds=seconds)

    return World(
        clock=clock,
        settings=chosen,
        store=store,
        schedules=schedules,
        deliveries=deliveries,
        publisher=publisher,
        attacks=attacks,
        planners=planners,
        creation=PlanCreation(
            settings=chosen,
            uncommitted=store.uncommitted,
            keys=store.keys,
            plans=store.plans,
            schedules=schedules,
            deliveries=deliveries,
            publisher=publisher,
            foresight=foresight,
            sealing=Sealing(vault=vault, attacks=attacks, planners=planners),
            attacks=attacks,
            planners=planners,
            clock=clock,
            rng=rng,
        ),
        plans=PlanService(
            plans=store.plans,
            listings=store.listings,
            schedules=schedules,
            early_undo=early_undo,
            publisher=publisher,
            clock=clock,
            pause=pause,
        ),
        executors=ExecutorService(
            plans=store.plans,
            executors=store.executors,
            listings=store.listings,
            schedule_sync=ScheduleSync(executors=store.executors, schedules=schedules),
            early_undo=early_undo,
            needless_undos=NeedlessUndos(executors=store.executors, runs=store.runs),
            deliveries=deliveries,
            foresight=foresight,
            zone=chosen.timezone,
            clock=clock,
            rng=rng,
            pause=pause,
        ),
        execution=Execution(
            settings=chosen,
            claims=store.claims,
            runs=store.runs,
            publisher=publisher,
            attacks=attacks,
            opening=Opening(vault=vault, reader=secrets, stage=chosen.stage),
            alarms=alarms,
            clock=clock,
            rng=rng,
            pause=pause,
        ),
        alarms=alarms,
        vault=vault,
        secrets=secrets,
        sweep=Sweep(
            settings=chosen,
            plans=store.plans,
            uncommitted=store.uncommitted,
            executors=store.executors,
            runs=store.runs,
            unfinished=store.unfinished,
            controls=store.controls,
            schedules=schedules,
            publisher=publisher,
            clock=clock,
        ),
        undelivered=Undelivered(runs=store.runs, publisher=publisher, clock=clock),
        engine_state=EngineStateService(
            settings=chosen, controls=store.controls, early_undo=early_undo, clock=clock, rng=rng, pause=pause
        ),
    )
