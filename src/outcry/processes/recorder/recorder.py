"""Writes the log into the database, exactly once.

Entries are read, proven to continue the chain and turned into rows; one group of them is written
while the next is being read. A group's rows and the offset after it are one transaction, so a
crash at any moment leaves whole groups and the offset to go on from.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

import structlog

from outcry.log.chain import prove
from outcry.log.follower import START, LogPosition
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import EventReader, JournalReader, LogBroken, LogUnavailable
from outcry.ports.status_board import StatusBoard
from outcry.projections.rows import Group, RecorderState, RowsFold, quarantined_in
from outcry.runtime.stopping import pause
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry, decode_outcome

GROUP_PAUSE_S: Final = 0.02  # Entries that come within this time share a transaction.
GROUP_ENTRIES_MAX: Final = 512
GROUP_ENTRIES_MIN: Final = 16
GROUP_BYTES_MAX: Final = 2 << 20  # Of events; bounds memory when far behind.
YIELD_BYTES: Final = 1 << 16  # Of events folded before the writer gets the processor.
BLOCK_MS: Final = 200  # The longest wait of a read, and the longest delay of a stop.
BACKOFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
REPORT_S: Final = 1.0

T = TypeVar("T")
log = structlog.get_logger("recorder")


class AnotherRecorder(Exception):
    """Another recorder, or the restoring of a database, moved the recorded offset."""


class Records(Protocol):
    """The database, as the recorder uses it."""

    async def recorded(self) -> RecorderState:
        """The recorded state; raises `DatabaseUnavailable`."""

    async def write(self, group: Group) -> bool:
        """Record a whole group; False, and nothing recorded, when the offset is not `group.after`.

        After `DatabaseUnavailable` the result is unknown.
        """


class Recorder:
    """One recorder. `run` ends when told to stop, and raises lasting errors."""

    def __init__(
        self, *, events: EventReader, journal: JournalReader, records: Records,
        board: StatusBoard, pid: int,
    ) -> None:
        self._events = events
        self._journal = journal
        self._records = records
        self._board = board
        self._pid = pid
        self._fold = RowsFold()
        self._read = START  # The last entry that was read and verified,
        self._recorded_id = NOTHING_YET  # and the last one that is recorded.
        self._entries_per_read = GROUP_ENTRIES_MAX
        self._writing: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._entries_total = 0
        self._rows_total = 0
        self._database_up = False

    async def run(self, stop: asyncio.Event) -> None:
        """Record until told to stop.

        Raises `LogBroken` when the log does not continue the recorded entries, and
        `AnotherRecorder` when the offset was moved.
        """
        self._stop = stop
        start = await self._patiently(self._records.recorded)
        if start is None:
            return
        self._fold = RowsFold(
            assets=start.assets, instruments=start.instruments,
            transfers_total=start.transfers_total,
        )
        self._read = LogPosition(start.entry_id, start.digest)
        self._recorded_id = start.entry_id
        log.info("recording", after=str(start.entry_id))
        reporting = asyncio.create_task(self._report())
        try:
            await self._record_all()
        except LogBroken:
            await self._stop_if_overtaken()
            raise
        finally:
            # Not canceled: a Redis client at work has been seen to swallow that.
            self._ended.set()
            await reporting

    async def _record_all(self) -> None:
        """Read and derive each group while the one before it is being written."""
        try:
            async for group in self._groups():
                if self._writing is not None:
                    await self._writing
                self._writing = asyncio.create_task(self._record(group))
            if self._writing is not None:
                await self._writing
        except BaseException:
            if self._writing is not None:
                self._writing.cancel()
                await asyncio.wait([self._writing])
            raise

    async def _stop_if_overtaken(self) -> None:
        """Raise `AnotherRecorder` when another has recorded, and trimmed, more than this one read.

        A recorder that was suspended meanwhile finds its next entries gone from the log.
        """
        recorded = await self._patiently(self._records.recorded)
        if recorded is not None and recorded.entry_id > self._read.id:
            raise AnotherRecorder(
                f"another recorder moved the offset to {recorded.entry_id}"
            ) from None

    async def _groups(self) -> AsyncIterator[Group]:
        """Read and prove entries, group by group, until told to stop."""
        proven = False  # Whether the log still has the entry that was read last.
        failures = 0
        while not self._stop.is_set():
            started = time.monotonic()
            if self._writing is not None and self._writing.done():
                self._writing.result()  # Raises the error of writing, even if no entries come.
            try:
                if not proven:
                    await self._prove_place()
                    proven = True
                entries = await self._events.read_after(
                    self._read.id, block_ms=BLOCK_MS, count=self._entries_per_read
                )
                if not entries:
                    proven = False  # A connection can be made anew without our noticing.
                    continue
                journal = await self._journal.read_journal(entries[0].id, entries[-1].id)
                failures = 0
            except LogUnavailable as error:
                proven = False
                await self._back_off("log", failures, error)
                failures += 1
                continue
            self._entries_per_read = _entries_of_a_read(entries)
            for group_journal, group_events in _cut(journal, entries):
                yield await self._group(group_journal, group_events)
            await self._pause(started + GROUP_PAUSE_S - time.monotonic())

    async def _prove_place(self) -> None:
        """Read the last entry again, so that a log that was cut or replaced is noticed."""
        entry_id, digest = self._read
        if entry_id == NOTHING_YET:
            return
        found = await self._events.read_range(entry_id, entry_id)
        if not found:
            top = await self._events.top()
            raise LogBroken(f"entry {entry_id} is recorded and not in the log, top {top}")
        if found[0].digest != digest:
            raise LogBroken(f"entry {entry_id} differs from the entry that was recorded")

    async def _group(
        self, journal: Sequence[JournalEntry], entries: Sequence[EventsEntry]
    ) -> Group:
        """Prove that the entries continue the chain, and derive their rows."""
        after = self._read
        quarantined: list[tuple[EntryId, int]] = []
        folded = 0
        for command, entry in zip(journal, entries, strict=True):
            self._read = prove(self._read, (command, entry))
            outcome = decode_outcome(entry.outcome)
            self._fold.fold_pair(command, outcome)
            quarantined += [(entry.id, index) for index in quarantined_in(outcome)]
            folded += len(entry.outcome)
            if folded > YIELD_BYTES:
                folded = 0
                await asyncio.sleep(0)
        return Group(
            after=after.id, after_digest=after.digest, upto=self._read.id,
            upto_digest=self._read.digest, journal=list(journal), events=list(entries),
            quarantined=quarantined, rows=self._fold.take(),
        )

    async def _record(self, group: Group) -> None:
        """Record a group, however long the database is away, unless told to stop meanwhile."""
        while not self._stop.is_set() or self._database_up:
            try:
                if not await self._records.write(group):
                    raise AnotherRecorder(f"another recorder moved the offset from {group.after}")
            except DatabaseUnavailable as error:
                # The answer was lost, and with it whether the group was recorded.
                self._database_up = False
                await self._back_off("database", 0, error)
                if not await self._is_recorded(group):
                    continue
            self._recorded_id = group.upto
            self._entries_total += len(group.events)
            self._rows_total += group.rows.count
            return

    async def _is_recorded(self, group: Group) -> bool:
        """Whether a group whose answer was lost is recorded; waits for the database."""
        recorded = await self._patiently(self._records.recorded)
        if recorded is None:
            return False
        place = (recorded.entry_id, recorded.digest)
        if place == (group.upto, group.upto_digest):
            return True
        if place != (group.after, group.after_digest):
            raise AnotherRecorder(f"another recorder moved the offset to {recorded.entry_id}")
        return False

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The database's answer, however long it takes; None when told to stop before it came."""
        failures = 0
        while not self._stop.is_set():
            try:
                answer = await ask()
            except DatabaseUnavailable as error:
                self._database_up = False
                await self._back_off("database", failures, error)
                failures += 1
            else:
                self._database_up = True
                return answer
        return None

    async def _back_off(self, server: str, failures: int, error: Exception) -> None:
        log.warning(f"{server} unavailable", error=str(error), failures=failures + 1)
        await self._pause(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    async def _pause(self, seconds: float) -> None:
        """Wait, but not past being told to stop."""
        if seconds > 0:
            await pause(self._stop, seconds)

    async def _report(self) -> None:
        """Post the offset and the speed each second."""
        entries, rows, at = self._entries_total, self._rows_total, time.monotonic()
        while not self._ended.is_set():
            await pause(self._ended, REPORT_S)
            now = time.monotonic()
            passed = now - at
            # Reading reports an unavailable log, and the board may lag.
            with contextlib.suppress(LogUnavailable):
                top = await self._events.top()
                await self._board.post("recorder", {
                    "pid": self._pid,
                    "state": "running" if self._database_up else "waiting for the database",
                    "offset": str(self._recorded_id),
                    "lag_ms": _lag_ms(self._recorded_id, top),
                    "entries_per_s": round((self._entries_total - entries) / passed),
                    "rows_per_s": round((self._rows_total - rows) / passed),
                })
            entries, rows, at = self._entries_total, self._rows_total, now


def _lag_ms(reached: EntryId, top: EntryId) -> int:
    """The journal time that is not recorded yet; 0 before the first entry."""
    return max(0, top.ms - reached.ms) if reached != NOTHING_YET else 0


def _cut(
    journal: Sequence[JournalEntry], entries: Sequence[EventsEntry]
) -> Iterator[tuple[Sequence[JournalEntry], Sequence[EventsEntry]]]:
    """Cut what was read into groups of bounded size."""
    if len(journal) != len(entries):
        raise LogBroken(
            f"{len(entries)} events entries from {entries[0].id} to {entries[-1].id} answer"
            f" {len(journal)} journal entries"
        )
    first = 0
    size = 0
    for place, entry in enumerate(entries):
        size += len(entry.outcome)
        if size >= GROUP_BYTES_MAX or place == len(entries) - 1:
            yield journal[first : place + 1], entries[first : place + 1]
            first = place + 1
            size = 0


def _entries_of_a_read(last: Sequence[EventsEntry]) -> int:
    """The number of entries to read, if they are as large as the last ones.

    A log server that sends a large answer makes other clients wait, so each read is bounded.
    """
    size = sum(len(entry.outcome) for entry in last) // len(last)
    return max(GROUP_ENTRIES_MIN, min(GROUP_ENTRIES_MAX, GROUP_BYTES_MAX // max(1, size)))
