"""Latencies of the broker's commands: stored in batches, and never waited for."""

import asyncio

from outcry.adapters.memory.latencies import MemoryLatencies
from outcry.ports.latencies import RequestLatency
from outcry.processes.gateway import trail as module
from outcry.processes.gateway.trail import LatencyRecorder


def measured(number: int) -> RequestLatency:
    return RequestLatency(number.to_bytes(16), 7, "GET_BALANCE", True, None, number)


async def stopped(trail: LatencyRecorder) -> None:
    """Run it for as long as it takes to be told to stop."""
    running = asyncio.create_task(trail.run(stop := asyncio.Event()))
    await asyncio.sleep(0)
    stop.set()
    await running


async def test_what_waits_is_stored_at_the_end() -> None:
    store = MemoryLatencies()
    trail = LatencyRecorder(store, pause_s=60)
    for number in range(3):
        trail.note(measured(number))
    await stopped(trail)
    assert [0, 1, 2] == [each.latency_ms for each in store.measured]
    assert trail.dropped == 0


async def test_a_database_that_is_away() -> None:
    """What it did not take is dropped and counted; what comes later is stored."""
    store = MemoryLatencies()
    store.away = True
    trail = LatencyRecorder(store, pause_s=60)
    trail.note(measured(1))
    await stopped(trail)
    assert ([], 1) == (store.measured, trail.dropped)
    store.away = False
    trail.note(measured(2))
    await stopped(trail)
    assert [measured(2)] == store.measured


async def test_too_many_at_once() -> None:
    store = MemoryLatencies()
    trail = LatencyRecorder(store, pause_s=60)
    for number in range(module.WAITING_MAX + 2):
        trail.note(measured(number))
    await stopped(trail)
    assert (module.WAITING_MAX, 2) == (len(store.measured), store.measured[0].latency_ms)
    assert trail.dropped == 2
