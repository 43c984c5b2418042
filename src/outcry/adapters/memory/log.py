"""The log, the snapshots and the status board in memory: for tests and throw-away venues."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter

from outcry.adapters.snapshots.format import outdated
from outcry.ports.log import LeaseLost, LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

RANGE_MAX = 512

_ID = attrgetter("id")


class MemoryLog:
    """Both streams, the lease and the quarantine, with the rules of the real ones.

    `clock_ms` gives the time that new entries get. `on_append` is called after every append: an
    engine that steps there answers at once.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self.on_append: Callable[[], None] = lambda: None
        self.journal: list[JournalEntry] = []
        self.events: list[EventsEntry] = []
        self._last_id = NOTHING_YET  # Of the journal, also when that entry is gone.
        self._published = asyncio.Event()
        self._asked: tuple[EntryId, int] | None = None
        self._lease: tuple[str, int, int] | None = None  # (token, when it runs out, its length).
        self._refusal: LeaseLost | None = None
        self._quarantine: list[tuple[EntryId, int]] = []
        self._facts: dict[str, dict[str, object]] = {}

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append one journal entry, and let the engine know."""
        self.beat(writer=writer, number=number, commands=commands)
        self.on_append()

    def beat(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append one journal entry, as the engine does."""
        last = max(self._last_id, self.journal[-1].id if self.journal else NOTHING_YET)
        now = EntryId(self._clock_ms(), 0)
        entry_id = now if now > last else EntryId(last.ms, last.seq + 1)
        self.journal.append(JournalEntry(entry_id, writer, number, commands))

    async def top(self) -> EntryId:
        """Id of the newest events entry."""
        return self.events_top()

    def events_top(self) -> EntryId:
        """Id of the newest events entry."""
        return self.events[-1].id if self.events else NOTHING_YET

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = RANGE_MAX
    ) -> Sequence[EventsEntry]:
        """Events entries after an id, waiting up to `block_ms` for the first."""
        if self.events_top() <= after:
            self._published.clear()
            try:
                async with asyncio.timeout(block_ms / 1000):
                    await self._published.wait()
            except TimeoutError:
                return []
        position = bisect_right(self.events, after, key=_ID)
        return self.events[position : position + count]

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included."""
        return self.events_range(first, last, RANGE_MAX)

    def events_range(self, first: EntryId, last: EntryId, count: int) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included, at most `count`."""
        start = bisect_left(self.events, first, key=_ID)
        end = bisect_right(self.events, last, key=_ID)
        return self.events[start : min(end, start + count)]

    async def fullness(self) -> float:
        """Nothing limits it."""
        return 0.0

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Journal entries from `first` to `last`, both included."""
        start = bisect_left(self.journal, first, key=_ID)
        end = bisect_right(self.journal, last, key=_ID)
        return self.journal[start : min(end, start + RANGE_MAX)]

    async def journal_top(self) -> EntryId:
        """Id of the newest journal entry."""
        return self.journal[-1].id if self.journal else NOTHING_YET

    async def oldest(self) -> EntryId:
        """Id of the oldest events entry that is there."""
        return self.events[0].id if self.events else NOTHING_YET

    async def trim(self, boundary: EntryId) -> None:
        """Drop the entries of both streams before an entry, which itself stays."""
        first = bisect_left(self.journal, boundary, key=_ID)
        first_events = bisect_left(self.events, boundary, key=_ID)
        for found in (self.journal[first : first + 1], self.events[first_events:][:1]):
            if not found or found[0].id != boundary:
                raise LogBroken(f"there is no entry {boundary} to be trimmed to")
        del self.journal[:first]
        del self.events[:first_events]

    async def begin_again(
        self, command: JournalEntry, events: EventsEntry, *, above: EntryId,
        quarantined: Sequence[tuple[EntryId, int]],
    ) -> None:
        """Make both streams anew with one entry; new ids will be above `above`."""
        self.journal, self.events = [command], [events]
        self._last_id = max(above, command.id)
        self._lease = None
        self._quarantine = list(quarantined)

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        """Note the question; there is nothing to wait for."""
        self._asked = (after, count)

    def receive(self) -> Sequence[JournalEntry]:
        """The journal entries asked for, as far as there are any."""
        assert self._asked is not None
        after, count = self._asked
        start = bisect_right(self.journal, after, key=_ID)
        return self.journal[start : start + count]

    def take_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Take or renew the right to publish."""
        now_ms = self._clock_ms()
        if self._lease is not None and self._lease[0] != token:
            left_ms = self._lease[1] - now_ms
            if 0 < left_ms <= self._lease[2]:  # A longer claim is that of a clock set back.
                return False
        self._lease = (token, now_ms + ttl_ms, ttl_ms)
        return True

    def renew_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Renew the right to publish, if it was not lost meanwhile."""
        return self._holds_lease(token) and self.take_lease(token=token, ttl_ms=ttl_ms)

    def give_lease_back(self, token: str) -> None:
        """Let the next engine lead at once."""
        if self._lease is not None and self._lease[0] == token:
            self._lease = None

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        """Append events entries, all or none, onto exactly `after`."""
        self._refusal = None
        if not self._holds_lease(token):
            self._refusal = LeaseLost("the lease is not this engine's")
        elif self.events_top() != after:
            self._refusal = LeaseLost(f"the events end at {self.events_top()}, not at {after}")
        else:
            self.events += entries
            self._lease = (token, self._clock_ms() + ttl_ms, ttl_ms)
            self._published.set()

    def _holds_lease(self, token: str) -> bool:
        lease = self._lease
        return lease is not None and lease[0] == token and self._clock_ms() < lease[1]

    def confirm(self) -> None:
        """Raise the error of the last `publish`, if there was one."""
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal

    def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that made an engine fail."""
        return list(self._quarantine)

    def quarantine(self, entry_id: EntryId, index: int, *, token: str) -> None:
        """Note that a command makes the engine fail, if that is the caller's to say."""
        place = (entry_id, index)
        unpublished = entry_id > self.events_top()
        if self._holds_lease(token) and unpublished and place not in self._quarantine:
            self._quarantine.append(place)

    def report(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""
        self._facts[process] = facts

    def said(self, process: str) -> dict[str, object]:
        """The facts of a process; empty when it never reported any."""
        return self._facts.get(process, {})

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""
        self.report(process, facts)

    async def read(self) -> dict[str, dict[str, object]]:
        """The facts of every process."""
        return dict(self._facts)


class MemorySnapshots:
    """Snapshots in a dictionary: the newest few, one of each hour of a day, and of each day."""

    def __init__(self, *, kept: int = 10) -> None:
        self._kept = kept
        self._held: EntryId | None = None
        self._snapshots: dict[EntryId, Snapshot] = {}
        self._aside: dict[EntryId, Snapshot] = {}

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and drop outdated ones."""
        self._snapshots[snapshot.entry_id] = snapshot
        for entry_id in outdated(
            self.ids(), newest=self._kept, held=self._held, written=snapshot.entry_id
        ):
            del self._snapshots[entry_id]

    def newest(self, not_above: EntryId) -> Snapshot | None:
        """The newest snapshot at or below an id."""
        usable = [entry_id for entry_id in self._snapshots if entry_id <= not_above]
        return self._snapshots[max(usable)] if usable else None

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""
        return sorted(self._snapshots)

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot until another is held instead; False when it is not there any more."""
        if entry_id not in self._snapshots:
            return False
        self._held = entry_id
        return True

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Set the snapshots above an id aside for good; returns the ids, oldest first."""
        moved = [later for later in self.ids() if later > entry_id]
        for later in moved:
            self._aside[later] = self._snapshots.pop(later)
        return moved

    def aside(self) -> list[EntryId]:
        """Ids of the snapshots that were set aside, oldest first."""
        return sorted(self._aside)
