"""Trims the log: removes entries that are archived, read back and not needed for any restart.

The log keeps everything from a *boundary* on. The boundary never passes the oldest of the newest
snapshots, so that an engine can restart from each of them. Nor does it pass a snapshot that the
recorder has reached, so that a process that starts from history and a snapshot finds every entry
between the two.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.log.archive import Archive, ArchiveSource
from outcry.log.follower import START, LogPosition
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import EventReader, LogBroken, LogUnavailable
from outcry.ports.snapshots import SnapshotStore
from outcry.runtime.stopping import pause
from outcry.wire.journal import NOTHING_YET, EntryId

# Above this share of the log's memory, `kept_s` no longer applies.
FULLNESS_MAX: Final = 0.5

log = structlog.get_logger("recorder")


class TrimConflict(Exception):
    """Another recorder has trimmed the log beyond an entry: two run while one is replaced."""


class MeteredEventReader(EventReader, Protocol):
    """The event stream of a log that reports how full it is."""

    async def fullness(self) -> float:
        """The used share of the log server's memory limit; raises `LogUnavailable`."""


class TrimmableLog(Protocol):
    """The log, as the trimmer uses it. Every method raises `LogUnavailable`."""

    async def oldest(self) -> EntryId:
        """Id of the oldest events entry; `NOTHING_YET` when there is none."""

    async def trim(self, boundary: EntryId) -> None:
        """Remove the entries before this one from both streams.

        Raises `LogBroken` and does nothing when either stream does not have that entry.
        """


class PinnableSnapshots(SnapshotStore, Protocol):
    """A snapshot store that can hold one snapshot."""

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot until another is held instead; False when it is gone."""


class Trimmer:
    """Trims the log periodically. It queries the archive itself and does not rely on the recorder
    for what is committed.
    """

    def __init__(
        self, *, events: MeteredEventReader, log: TrimmableLog, archive: Archive,
        snapshots: PinnableSnapshots, snapshots_kept: int, kept_s: int,
    ) -> None:
        """`kept_s` is the journal time that the log keeps while its memory allows it."""
        self._events = events
        self._log = log
        self._archive = archive
        self._snapshots = snapshots
        self._snapshots_kept = snapshots_kept
        self._kept_ms = 1000 * kept_s
        self._usable: dict[EntryId, bool] = {}  # Results for the snapshots that were checked.

    async def run(self, stop: asyncio.Event, *, interval_s: float) -> None:
        """Trim until told to stop. Raises `LogBroken` when archive and log do not agree."""
        while not stop.is_set():
            try:
                await self.trim(stop)
            except (DatabaseUnavailable, LogUnavailable, OSError, TrimConflict) as error:
                log.warning("not trimmed", reason=str(error))
            await pause(stop, interval_s)

    async def trim(self, stop: asyncio.Event) -> None:
        """Trim once, page by page, as far as it may go.

        Raises `LogBroken` when the archive lacks entries of the log, and `TrimConflict` when
        another recorder trims the log as well.
        """
        oldest = await self._log.oldest()
        goal = await self._goal()
        if goal <= oldest or oldest == NOTHING_YET:
            return
        at = await self._begin(oldest)
        async for page in ArchiveSource(self._archive).pages(at, goal):
            at = LogPosition(page[-1][1].id, page[-1][1].digest)
            await self._let_go(at)
            if stop.is_set():
                break
        log.info("trimmed", first=str(oldest), to=str(at.id))

    async def _goal(self) -> EntryId:
        """The highest entry that may become the boundary; `NOTHING_YET` when none may."""
        recorded, _ = await self._archive.reached()
        kept = await asyncio.to_thread(self._snapshots.ids)
        oldest = await self._oldest_usable(kept[-self._snapshots_kept :])
        # A process that restarts while the recorder is behind all these needs the one held before.
        if oldest is None or oldest > recorded:
            return NOTHING_YET
        if not await asyncio.to_thread(self._snapshots.hold, oldest):
            return NOTHING_YET
        if await self._events.fullness() > FULLNESS_MAX:
            return oldest
        top = await self._events.top()
        return min(oldest, EntryId(max(0, top.ms - self._kept_ms), 0))

    async def _oldest_usable(self, newest: Sequence[EntryId]) -> EntryId | None:
        """The oldest of some snapshots that is undamaged and of this log."""
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

    async def _begin(self, oldest: EntryId) -> LogPosition:
        """The position at which reading back begins: the log's first entry."""
        found = await self._events.read_range(oldest, oldest)
        if not found:
            raise TrimConflict(oldest)
        first = found[0]
        # The entries before it were read back before they were trimmed. If the archive had another
        # first entry, the digest of the next one would not hold.
        return START if first.previous == NOTHING_YET else LogPosition(first.id, first.digest)

    async def _let_go(self, at: LogPosition) -> None:
        """Trim to an entry that was read back, if the log has the same entry."""
        try:
            found = await self._events.read_range(at.id, at.id)
            if not found or found[0].digest != at.digest:
                raise LogBroken(
                    f"entry {at.id} is archived and not in the log, or is another there"
                )
            await self._log.trim(at.id)
        except LogBroken:
            if await self._log.oldest() > at.id:
                raise TrimConflict(at.id) from None
            raise
