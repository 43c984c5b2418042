"""The log in memory, where its contract with the real one does not reach."""

import asyncio

from outcry.wire.journal import EventsEntry
from rigs.memory_venue import LEASE_MS, leading, new_log, write_orders


async def test_a_trim_takes_nothing_from_a_reader_who_waits() -> None:
    """What it waits for has another place by then."""
    log = new_log()
    write_orders(log, 10)
    engine = leading(log)
    for _ in range(4):
        engine.step()
    assert log.take_lease(token="1", ttl_ms=LEASE_MS)
    last = log.events.pop()

    async def read() -> list[EventsEntry]:
        waiting = asyncio.create_task(log.read_after(log.events_top(), block_ms=60_000))
        await asyncio.sleep(0)
        del log.events[:5]
        log.publish([last], after=last.previous, token="1", ttl_ms=LEASE_MS)
        return list(await waiting)

    assert [last] == await read()
