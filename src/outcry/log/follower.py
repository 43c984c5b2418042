"""Reads the event stream in order and proves that no entry is missing."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import structlog

from outcry.engine.events import Outcome
from outcry.ports.log import EventReader, LogBroken, LogTrimmed, LogUnavailable
from outcry.runtime.backoff import Backoff
from outcry.wire.journal import FIRST_DIGEST, NOTHING_YET, EntryId, EventsEntry, decode_outcome

BLOCK_MS = 500
RETRY_FIRST_S = 0.05
RETRY_MAX_S = 1.0

log = structlog.get_logger()


class LogPosition(NamedTuple):
    """The last entry of a reader: its id and the chain digest there."""

    id: EntryId
    digest: bytes


START = LogPosition(NOTHING_YET, FIRST_DIGEST)


OnEntries = Callable[[list[tuple[EventsEntry, Outcome]]], None]


class EventConsumer:
    """Calls `on_entries` with each run of events entries after a position, in order.

    `run` raises `LogBroken` when the stream does not continue the position: its own last entry is
    gone or another, or the next entry does not name it. When the log was trimmed to behind the
    position, that is `LogTrimmed`.
    """

    def __init__(self, reader: EventReader, position: LogPosition, on_entries: OnEntries) -> None:
        self._reader = reader
        self.position = position
        self._on_entries = on_entries

    async def catch_up(self) -> None:
        """Follow to the top the stream has now."""
        await self.verify()
        top = await self._reader.top()
        while self.position.id < top:
            await self._follow_on(block_ms=BLOCK_MS)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop; reconnects by itself."""
        backoff = Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)
        connected = False
        while not stop.is_set():
            try:
                if not connected:
                    await self.verify()
                    connected = True
                await self._follow_on(block_ms=BLOCK_MS)
                backoff.reset()
            except LogUnavailable as error:
                connected = False
                log.warning("event stream is out of reach, trying again", error=str(error))
                await asyncio.sleep(backoff.next_s())

    async def verify(self) -> None:
        """Read the entry at the position again and compare it with the first reading."""
        if self.position.id == NOTHING_YET:
            return
        entries = await self._reader.read_range(self.position.id, self.position.id)
        if not entries:
            await self._stop_if_trimmed()
            raise LogBroken(f"events entry {self.position.id} is gone from the stream")
        if entries[0].digest != self.position.digest:
            raise LogBroken(f"events entry {self.position.id} is not the one read before")

    async def _follow_on(self, *, block_ms: int) -> None:
        entries = await self._reader.read_after(self.position.id, block_ms=block_ms)
        if not entries:
            return
        decoded: list[tuple[EventsEntry, Outcome]] = []
        previous = self.position.id
        for entry in entries:
            if entry.previous != previous:
                await self._stop_if_trimmed()
                raise LogBroken(f"events entry {entry.id} follows {entry.previous}, not {previous}")
            decoded.append((entry, decode_outcome(entry.outcome)))
            previous = entry.id
        self._on_entries(decoded)
        self.position = LogPosition(entries[-1].id, entries[-1].digest)

    async def _stop_if_trimmed(self) -> None:
        """Raise `LogTrimmed` when the stream goes on, and has nothing up to the position."""
        if await self._reader.read_range(EntryId(0, 1), self.position.id):
            return
        later = await self._reader.read_after(self.position.id, block_ms=1, count=1)
        if later and later[0].previous != NOTHING_YET:
            raise LogTrimmed(
                f"the log was trimmed to {later[0].id}, and {self.position.id} was reached"
            )
