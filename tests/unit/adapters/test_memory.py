"""What the log in memory does beyond the port: its clock, and telling the engine."""

import asyncio

from outcry.adapters.memory import MemoryLog
from outcry.protocol.journal import EntryId


def test_entries_get_the_clocks_time_and_a_counter_within_it() -> None:
    now = [1_000]
    log = MemoryLog(lambda: now[0])
    for ms in (1_000, 1_000, 1_005, 990, 1_006):
        now[0] = ms
        log.beat(writer=1, number=1, commands=b"")
    assert [
        EntryId(1_000, 0), EntryId(1_000, 1), EntryId(1_005, 0), EntryId(1_005, 1),
        EntryId(1_006, 0),
    ] == [entry.id for entry in log.journal]


def test_an_engine_may_step_at_every_append() -> None:
    log = MemoryLog(lambda: 1)
    seen: list[int] = []
    log.on_append = lambda: seen.append(len(log.journal))

    async def use() -> None:
        await log.append(writer=1, number=1, commands=b"")
        await log.append(writer=1, number=2, commands=b"")

    asyncio.run(use())
    assert [1, 2] == seen
