"""One run from a seed: a venue trades for seconds while things go wrong, then comes to rest."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import NamedTuple

from simulation.chances import Chances
from simulation.clients import Clients
from simulation.observer import check
from simulation.processes import (
    EngineProcess,
    GatewayProcess,
    Process,
    RecorderProcess,
)
from simulation.virtual_loop import VirtualLoop
from simulation.world import SETTLING_S, TRADING_S, World, accounts, in_the_world, make_task

TICK_S = 0.05
JUMPS_MS = (-1_500, -400, 400, 1_500)


class Run(NamedTuple):
    """What a run came to."""

    digest: str  # Of the whole history: the same seed gives the same.
    steps: int
    entries: int
    answered: int
    unknown: int
    lives: int
    met: dict[str, int]


def run(seed: int, plant: Callable[[], AbstractContextManager[None]] = nullcontext) -> Run:
    """Run one seed to its end, with a fault planted in the venue or without.

    Raises whatever is found to be wrong.
    """
    loops: list[VirtualLoop] = []

    def new_loop() -> VirtualLoop:
        loops.append(VirtualLoop())
        loops[0].set_task_factory(make_task)
        loops[0].set_exception_handler(lambda loop, context: None)
        return loops[0]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.get_loop()
        world = World(loops[0], Chances(seed))
        with in_the_world(world), plant():
            return runner.run(_run(world))


async def _run(world: World) -> Run:
    clients = Clients(world, accounts())
    story = asyncio.create_task(_story(world, clients))
    await asyncio.wait({story, world.failure}, return_when=asyncio.FIRST_COMPLETED)
    if world.failure.done():
        story.cancel()
        world.failure.result()
    story.result()
    return Run(
        world.observer.events[-1].digest.hex(), world.loop.steps, len(world.observer.events),
        clients.answered, clients.unknown, world.lives, dict(world.chances.met),
    )


async def _story(world: World, clients: Clients) -> None:
    world.open()
    trading = [asyncio.create_task(clients.trade(TRADING_S)) for _ in range(4)]
    misfortunes = asyncio.create_task(_misfortunes(world))
    await asyncio.gather(*trading)
    misfortunes.cancel()
    with suppress(asyncio.CancelledError):
        await misfortunes
    world.chances.heal()
    world.records.history.away = False
    deadline = world.loop.now_s + SETTLING_S
    while (trouble := world.unsettled()) is not None:
        check(world.loop.now_s < deadline, f"it does not come to rest: {trouble}")
        await asyncio.sleep(0.01)
    for gateway in list(world.gateways):
        gateway.kill()  # Those that start now must come to the same views.
    while (trouble := world.unsettled()) is not None:
        check(world.loop.now_s < deadline, f"it does not come to rest: {trouble}")
        await asyncio.sleep(0.01)
    await world.check_end(clients)


async def _misfortunes(world: World) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        for fault, strike in MISFORTUNES.items():
            rate = world.chances.rates[fault]
            if rate and world.chances.random.random() < rate * TICK_S and strike(world):
                world.chances.note(fault)


def _any(world: World, kind: type[Process]) -> Process | None:
    living = [
        process for process in (*world.engines, *world.gateways, *world.recorders)
        if isinstance(process, kind) and process.alive
    ]
    return world.chances.random.choice(living) if living else None


def _kill(world: World, kind: type[Process]) -> bool:
    process = _any(world, kind)
    if isinstance(process, EngineProcess) and world.chances.random.random() < 0.7:
        process.calls_left = world.chances.random.randrange(12)
    elif process is not None:
        process.kill()
    return process is not None


def _stop(world: World, kind: type[Process]) -> bool:
    process = _any(world, kind)
    seconds = world.chances.random.choice((0.2, 1.2, 3.0))
    if isinstance(process, EngineProcess):
        process.stopped_for_s = seconds
    elif process is not None:
        process.stop_for(seconds)
    return process is not None


def _end_engine(world: World) -> bool:
    process = _any(world, EngineProcess)
    if isinstance(process, EngineProcess):
        process.ending = True
    return process is not None


def _fail_engine(world: World) -> bool:
    process = _any(world, EngineProcess)
    if isinstance(process, EngineProcess):
        process.fails_next = True
    return process is not None


def _keep_early_snapshot(world: World) -> bool:
    process = _any(world, EngineProcess)
    if isinstance(process, EngineProcess):
        world.keep_early_snapshot(process)
    return process is not None


def _log_away(world: World) -> bool:
    world.log_away_until_s = world.loop.now_s + world.chances.between(0.05, 1.5)
    return True


def _database_away(world: World) -> bool:
    history = world.records.history
    history.away = True
    world.loop.call_later(
        world.chances.between(0.1, 2), lambda: setattr(history, "away", False)
    )
    return True


def _jump(world: World) -> bool:
    world.jumped_ms += world.chances.random.choice(JUMPS_MS)
    return True


def _lose_lease(world: World) -> bool:
    holder = world.observer.holder
    if holder is not None:
        world.give_lease_back(holder)
    return holder is not None


def _second_recorder(world: World) -> bool:
    world.start(RecorderProcess)
    return True


MISFORTUNES: dict[str, Callable[[World], bool]] = {
    "kill engine": lambda world: _kill(world, EngineProcess),
    "kill gateway": lambda world: _kill(world, GatewayProcess),
    "kill recorder": lambda world: _kill(world, RecorderProcess),
    "stop engine": lambda world: _stop(world, EngineProcess),
    "stop gateway": lambda world: _stop(world, GatewayProcess),
    "stop recorder": lambda world: _stop(world, RecorderProcess),
    "end engine": _end_engine,
    "passing fault": _fail_engine,
    "early snapshot": _keep_early_snapshot,
    "log away": _log_away,
    "database away": _database_away,
    "clock jumps": _jump,
    "lease gone": _lose_lease,
    "second recorder": _second_recorder,
}
