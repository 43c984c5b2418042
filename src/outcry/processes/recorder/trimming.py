"""Lets go of what the log need not keep: archived, read back, and behind every restart.

The log keeps everything from a *boundary* on. The boundary never passes the oldest of the newest
snapshots, so that an engine can restart from each of them, nor a snapshot that the recorder has
reached, so that whoever starts from history and a snapshot finds every entry between the two.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.log.archive import Archive
from outcry.log.chain import prove
from outcry.log.follower import START, Position
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import EventReader, LogBroken, LogUnavailable
from outcry.ports.snapshots import SnapshotStore
from outcry.runtime.pause import pause
from outcry.wire.journal import NOTHING_YET, EntryId

# Above this share of the log's memory nothing is kept that is only kept for comfort.
FULLNESS_MAX: Final = 0.5

log = structlog.get_logger("recorder")


class Overtaken(Exception):
    """Another recorder has trimmed the log beyond an entry: two live while one is replaced."""


class GaugedEvents(EventReader, Protocol):
    """The event stream of a log that also says how full it is."""

    async def fullness(self) -> float:
        """Share of the memory it may use that the log server uses; raises `LogUnavailable`."""


class TrimmableLog(Protocol):
    """The log for the one who trims it. Raises `LogUnavailable`."""

    async def oldest(self) -> EntryId:
        """Id of the oldest events entry that is there; `NOTHING_YET` when there is none."""

    async def trim(self, boundary: EntryId) -> None:
        """Let go of what both streams have before an entry, which itself stays.

        Raises `LogBroken` and does nothing when either stream does not have that entry.
        """


class HeldSnapshots(SnapshotStore, Protocol):
    """A snapshot store that can be told which one must stay."""

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot until another is held instead; False when it is not there any more."""


class Trimmer:
    """Trims the log now and then. It has an archive of its own to ask: the recorder's word is
    not taken for what is committed.
    """

    def __init__(
        self, *, events: GaugedEvents, log: TrimmableLog, archive: Archive,
        snapshots: HeldSnapshots, snapshots_kept: int, kept_s: int,
    ) -> None:
        """`kept_s` is how much journal time the log keeps where its memory allows it."""
        self._events = events
        self._log = log
        self._archive = archive
        self._snapshots = snapshots
        self._snapshots_kept = snapshots_kept
        self._kept_ms = 1000 * kept_s
        self._usable: dict[EntryId, bool] = {}  # Snapshots that were looked at.

    async def run(self, stop: asyncio.Event, *, interval_s: float) -> None:
        """Trim until told to stop. Raises `LogBroken` when archive and log do not agree."""
        while not stop.is_set():
            try:
                await self.trim(stop)
            except (DatabaseUnavailable, LogUnavailable, OSError, Overtaken) as error:
                log.warning("not trimmed", reason=str(error))
            await pause(stop, interval_s)

    async def trim(self, stop: asyncio.Event) -> None:
        """Trim once, page by page, as far as it may go.

        Raises `LogBroken` when the archive does not have what the log has, `Overtaken` when
        somebody else trims it as well.
        """
        oldest = await self._log.oldest()
        goal = await self._goal()
        if goal <= oldest or oldest == NOTHING_YET:
            return
        at = await self._begin(oldest)
        while at.id < goal and not stop.is_set():
            page = await self._archive.pairs(at.id, goal)
            if not page:
                break
            for pair in page:
                at = prove(at, pair)
            await self._let_go(at)
        log.info("trimmed", first=str(oldest), to=str(at.id))

    async def _goal(self) -> EntryId:
        """How far it may be trimmed at most; `NOTHING_YET` for not at all."""
        recorded, _ = await self._archive.reached()
        kept = await asyncio.to_thread(self._snapshots.ids)
        oldest = await self._oldest_usable(kept[-self._snapshots_kept :])
        # Whoever restarts while the recorder is behind all snapshots needs the one held before.
        if oldest is None or oldest > recorded:
            return NOTHING_YET
        if not await asyncio.to_thread(self._snapshots.hold, oldest):
            return NOTHING_YET
        if await self._events.fullness() > FULLNESS_MAX:
            return oldest
        top = await self._events.top()
        return min(oldest, EntryId(max(0, top.ms - self._kept_ms), 0))

    async def _oldest_usable(self, newest: Sequence[EntryId]) -> EntryId | None:
        """The oldest of some snapshots that is whole and of this log."""
        self._usable = {known: self._usable[known] for known in newest if known in self._usable}
        for entry_id in newest:
            if entry_id not in self._usable:
                self._usable[entry_id] = await self._is_usable(entry_id)
            if self._usable[entry_id]:
                return entry_id
        return None

    async def _is_usable(self, entry_id: EntryId) -> bool:
        try:
            kept = await asyncio.to_thread(self._snapshots.newest, entry_id)
        except SnapshotVersionUnknown:
            return False
        if kept is None or kept.entry_id != entry_id:
            return False
        found = await self._events.read_range(entry_id, entry_id)
        return bool(found) and found[0].digest == kept.digest

    async def _begin(self, oldest: EntryId) -> Position:
        """Where reading back begins: at the log's first entry."""
        found = await self._events.read_range(oldest, oldest)
        if not found:
            raise Overtaken(oldest)
        first = found[0]
        # What came before it was read back before it was trimmed. Were the first entry archived
        # otherwise, the next one's digest would not hold.
        return START if first.previous == NOTHING_YET else Position(first.id, first.digest)

    async def _let_go(self, at: Position) -> None:
        """Trim to an entry that was read back, if the log says the same of it."""
        try:
            found = await self._events.read_range(at.id, at.id)
            if not found or found[0].digest != at.digest:
                raise LogBroken(
                    f"entry {at.id} is archived and not in the log, or is another there"
                )
            await self._log.trim(at.id)
        except LogBroken:
            if await self._log.oldest() > at.id:
                raise Overtaken(at.id) from None
            raise
