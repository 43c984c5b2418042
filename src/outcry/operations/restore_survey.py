"""Looks at everything a venue has left: log, archive, snapshots. Changes nothing."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from outcry.engine import snapshot
from outcry.engine.commands import OpenVenue
from outcry.engine.image import decode_image
from outcry.engine.rules import VersionUnknown
from outcry.log.archive import Archive
from outcry.log.chain import Pair, prove
from outcry.log.follower import START, LogPosition
from outcry.ports.log import EventReader, JournalReader, LogBroken
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.wire.journal import (
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    decode_commands,
)

PAGE_END = EntryId(2**63 - 1, 0)


class SurveyedLog(EventReader, JournalReader, Protocol):
    """A log that may have lost data. Raises `LogUnavailable`."""

    async def journal_top(self) -> EntryId:
        """Id of the newest journal entry; `NOTHING_YET` when there is none."""


class SurveyedArchive(Archive, Protocol):
    """An archive that knows its gap. Raises `DatabaseUnavailable`."""

    async def base(self) -> Snapshot | None:
        """The state after the newest gap; None when the archive begins with the first entry."""


class SurveyedSnapshots(SnapshotStore, Protocol):
    """A snapshot store with its set-aside part."""

    def aside(self) -> list[EntryId]:
        """Ids of the snapshots that were set aside, oldest first."""


class LogFound(NamedTuple):
    """The log: what it covers, and the first contradiction in it."""

    first: EntryId  # Of the event stream; `NOTHING_YET` when it is empty.
    previous: EntryId  # The entry before that one, which was trimmed, or is the first.
    top: EntryId
    journal_top: EntryId
    fault: str | None

    @property
    def is_empty(self) -> bool:
        """Whether neither stream has an entry."""
        return self.top == self.journal_top == NOTHING_YET

    @property
    def from_the_first(self) -> bool:
        """Whether it begins with the venue's first entry."""
        return self.previous == NOTHING_YET


class ArchiveFound(NamedTuple):
    """The archive: where it ends, where a replay of it begins, and how it agrees with the log."""

    end: LogPosition
    base: EntryId  # `NOTHING_YET` is the first entry.
    venue_id: str | None
    has_log_top: bool | None  # Whether the log's last entry is in it; None when that is above it.
    in_log: bool  # Whether the log has the archive's last entry, in both streams.
    log_differs: bool  # Whether the log has another entry in its place.


class SnapshotsFound(NamedTuple):
    """The snapshots."""

    ids: Sequence[EntryId]
    unusable: Sequence[tuple[EntryId, str]]  # Above the newest usable one, newest first, and why.
    newest: Snapshot | None  # The newest that this build can use.
    newest_venue_id: str | None
    in_log: Snapshot | None  # The newest whose entry the log has.
    aside: Sequence[EntryId]


class Survey(NamedTuple):
    """Everything there is."""

    log: LogFound
    archive: ArchiveFound
    snapshots: SnapshotsFound


class NoLog:
    """The log of a server that does not start."""

    async def top(self) -> EntryId:
        """Nothing can be read."""
        return NOTHING_YET

    journal_top = top

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        """Nothing can be read."""
        return ()

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Nothing can be read."""
        return ()

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Nothing can be read."""
        return ()


async def survey(
    log: SurveyedLog, archive: SurveyedArchive, snapshots: SurveyedSnapshots, *,
    proven: bool = True, log_fault: str | None = None,
) -> Survey:
    """Look at everything; unless `proven`, the inside of the log is not read.

    `log_fault` is the reason why the log cannot be read at all. Raises `LogUnavailable` and
    `DatabaseUnavailable`.
    """
    log_found = await _look_at_log(log, proven=proven)
    if log_fault is not None:
        log_found = log_found._replace(fault=log_fault)
    archive_found = await _look_at_archive(archive, log, log_found)
    return Survey(log_found, archive_found, await _look_at_snapshots(snapshots, log, log_found))


async def usable_in_log(
    snapshots: SnapshotStore, log: SurveyedLog, first: EntryId, top: EntryId
) -> Snapshot | None:
    """The oldest usable snapshot whose entry the log has: most of the log comes after it."""
    for entry_id in (each for each in snapshots.ids() if first <= each <= top):
        found, _ = read_snapshot(snapshots, entry_id)
        if found is not None and await _has(log, found):
            return found
    return None


def read_snapshot(
    snapshots: SnapshotStore, entry_id: EntryId
) -> tuple[Snapshot | None, str]:
    """A snapshot that this build can use, or the reason why there is none."""
    try:
        kept = snapshots.newest(entry_id)
        if kept is None or kept.entry_id != entry_id:
            return None, "damaged"
        snapshot.load(kept.state)
    except VersionUnknown as error:
        return None, str(error)
    except msgspec.DecodeError as error:
        return None, f"not readable: {error}"
    except (AssertionError, KeyError) as error:
        return None, f"contradicts itself: {error!r}"
    return kept, ""


async def _look_at_log(log: SurveyedLog, *, proven: bool) -> LogFound:
    top, journal_top = await log.top(), await log.journal_top()
    first = await log.read_range(EntryId(0, 1), top) if top != NOTHING_YET else ()
    if not first:
        return LogFound(NOTHING_YET, NOTHING_YET, top, journal_top, None)
    fault = await _fault_in(log, top) if proven else None
    return LogFound(first[0].id, first[0].previous, top, journal_top, fault)


async def _fault_in(log: SurveyedLog, top: EntryId) -> str | None:
    """The first entry of the log that does not continue the ones before it."""
    at: LogPosition | None = None
    after = NOTHING_YET
    while after < top:
        events = await log.read_range(after.next, top)
        commands = await log.read_journal(events[0].id, events[-1].id) if events else ()
        if len(events) != len(commands):
            return (
                f"the log contradicts itself: after {after} the journal and the events do not"
                " have the same entries"
            )
        try:
            for pair in zip(commands, events, strict=True):
                at = _continue(at, pair)
        except LogBroken as error:
            return f"the log contradicts itself: {error}"
        after = events[-1].id
    return None


def _continue(at: LogPosition | None, pair: Pair) -> LogPosition:
    """The position after a pair; that of the first one is taken on trust when it was trimmed to."""
    if at is None and pair[1].previous != NOTHING_YET:
        return LogPosition(pair[1].id, pair[1].digest)
    return prove(at or START, pair)


async def _look_at_archive(
    archive: SurveyedArchive, log: SurveyedLog, found: LogFound
) -> ArchiveFound:
    end = LogPosition(*await archive.reached())
    if end.id == NOTHING_YET:
        return ArchiveFound(end, NOTHING_YET, None, None, in_log=False, log_differs=False)
    base = await archive.base()
    events = await log.read_range(end.id, end.id)
    commands = await log.read_journal(end.id, end.id)
    same = bool(events) and events[0].digest == end.digest
    has_log_top = None
    if NOTHING_YET < found.top <= end.id:
        [last] = await log.read_range(found.top, found.top)
        has_log_top = await archive.digest_at(found.top) == last.digest
    return ArchiveFound(
        end, NOTHING_YET if base is None else base.entry_id, await _venue_id(archive, base, end),
        has_log_top, in_log=same and bool(commands), log_differs=bool(events) and not same,
    )


async def _venue_id(
    archive: Archive, base: Snapshot | None, end: LogPosition
) -> str | None:
    if base is not None:
        return decode_image(base.state).venue_id
    first = await archive.pairs(NOTHING_YET, end.id)
    commands = decode_commands(first[0][0].commands).commands if first else ()
    return next((each.venue_id for each in commands if isinstance(each, OpenVenue)), None)


async def _look_at_snapshots(
    snapshots: SurveyedSnapshots, log: SurveyedLog, found: LogFound
) -> SnapshotsFound:
    ids = snapshots.ids()
    unusable: list[tuple[EntryId, str]] = []
    newest: Snapshot | None = None
    for entry_id in reversed(ids):
        kept, why = read_snapshot(snapshots, entry_id)
        if kept is None:
            if newest is None:
                unusable.append((entry_id, why))
            continue
        newest = newest or kept
        if entry_id < found.first:
            break
        if entry_id <= found.top and await _has(log, kept):
            return _found(snapshots, ids, unusable, newest, kept)
    return _found(snapshots, ids, unusable, newest, None)


def _found(
    snapshots: SurveyedSnapshots, ids: Sequence[EntryId],
    unusable: Sequence[tuple[EntryId, str]], newest: Snapshot | None, in_log: Snapshot | None,
) -> SnapshotsFound:
    venue_id = None if newest is None else decode_image(newest.state).venue_id
    return SnapshotsFound(ids, unusable, newest, venue_id, in_log, snapshots.aside())


async def _has(log: EventReader, kept: Snapshot) -> bool:
    entries = await log.read_range(kept.entry_id, kept.entry_id)
    return bool(entries) and entries[0].digest == kept.digest
