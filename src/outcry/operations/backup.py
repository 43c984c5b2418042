"""Backs a venue up while it runs: both streams from the first entry, people, a snapshot, secrets.

Nothing has to be held meanwhile. Entries come from the log, and from the archive once they were
trimmed; the chain proves that none is missing. People are read between two readings of the log's
end, so the account of every key is in the backup.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from outcry.engine.commands import OpenVenue
from outcry.engine.image import decode_image
from outcry.log.archive import WholeHistory
from outcry.log.chain import Pair
from outcry.log.follower import START, LogPosition
from outcry.operations.backup_files import FORMAT, BackupDirectory, BackupFile, Manifest, Segment
from outcry.operations.restore_survey import SurveyedArchive, SurveyedLog, read_snapshot
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import EntryId, decode_commands

SEGMENT_ENTRIES: Final = 50_000
SEGMENT_BYTES: Final = 32 << 20


class People(Protocol):
    """The tables that no entry leads to. Raises `DatabaseUnavailable`."""

    async def packed(self) -> bytes:
        """All their rows as of one moment."""


class BackedUp(NamedTuple):
    """The result of a backup."""

    manifest: Manifest
    entries: int  # Written by this backup; earlier ones were in the directory.


class Backup:
    """One backup."""

    def __init__(
        self, *, event_log: SurveyedLog, archive: SurveyedArchive, snapshots: SnapshotStore,
        people: People, directory: BackupDirectory, pack: Callable[[Snapshot], bytes],
        on_entry: Callable[[EntryId], None] = lambda _: None,
    ) -> None:
        """`pack` gives the stored form of a snapshot."""
        self._log = event_log
        self._archive = archive
        self._snapshots = snapshots
        self._people = people
        self._directory = directory
        self._pack = pack
        self._on_entry = on_entry
        self._digests: dict[EntryId, bytes] = {}
        self._pending: list[Pair] = []
        self._pending_bytes = 0
        self._written = 0
        self._segments: list[Segment] = []

    async def make(
        self, *, made_ms: int, sealed_secrets: bytes | None,
        quarantined: Sequence[tuple[EntryId, int]],
    ) -> BackedUp:
        """Write a backup that continues the newest one of the directory.

        Raises `LogBroken` when the history does not continue it, `OperatorError`, `OSError`,
        `LogUnavailable` and `DatabaseUnavailable`.
        """
        base = await self._archive.base()
        before = self._directory.newest()
        at, venue_id, base_file = await self._begin(before, base)
        at = await self._read(at)
        people = self._directory.write(f"people-{made_ms}.zst", await self._people.packed())
        at = await self._read(at)
        self._flush()
        if not self._segments:
            raise OperatorError("there is nothing to back up: the venue has no entries yet")
        snapshot = self._newest_snapshot(at)
        manifest = Manifest(
            format=FORMAT, made_ms=made_ms, venue_id=venue_id or self._venue_id(),
            base=base_file, base_entry=None if base is None else str(base.entry_id),
            segments=self._segments, last=str(at.id), digest=at.digest.hex(),
            quarantined=[(str(entry_id), index) for entry_id, index in quarantined],
            snapshot=None if snapshot is None else self._write_snapshot(snapshot),
            snapshot_entry=None if snapshot is None else str(snapshot.entry_id), people=people,
            secrets=None if sealed_secrets is None else self._directory.write(
                f"secrets-{made_ms}.sealed", sealed_secrets
            ),
        )
        self._directory.write_manifest(manifest)
        return BackedUp(manifest, self._written)

    async def _begin(
        self, before: Manifest | None, base: Snapshot | None
    ) -> tuple[LogPosition, str, BackupFile | None]:
        """Where to continue, the venue, and the state that its segments continue."""
        start = START if base is None else LogPosition(base.entry_id, base.digest)
        venue_id = "" if base is None else decode_image(base.state).venue_id
        if before is None or before.base_entry != (None if base is None else str(base.entry_id)):
            return start, venue_id, None if base is None else self._write_snapshot(base)
        self._segments = list(before.segments)
        at = LogPosition(EntryId.parse(before.last), bytes.fromhex(before.digest))
        await self._prove_same(at)
        return at, before.venue_id, before.base

    async def _prove_same(self, at: LogPosition) -> None:
        """The directory holds earlier entries of this venue, and of this history of it."""
        found = await self._log.read_range(at.id, at.id)
        digest = found[0].digest if found else await self._archive.digest_at(at.id)
        if digest != at.digest:
            raise OperatorError(
                f"the directory has a backup up to entry {at.id}, which this venue does not have:"
                " it is another venue's, or the venue was restored to an earlier moment. Back up"
                " into another directory"
            )

    async def _read(self, at: LogPosition) -> LogPosition:
        """Take in everything up to the log's present end."""
        until = await self._log.top()
        whole = WholeHistory(events=self._log, journal=self._log, archive=self._archive)
        async for page in whole.pages(at, until):
            self._pending += page
            self._pending_bytes += sum(
                len(command.commands) + len(events.outcome) for command, events in page
            )
            at = LogPosition(page[-1][1].id, page[-1][1].digest)
            self._digests |= {events.id: events.digest for _, events in page}
            self._on_entry(at.id)
            if len(self._pending) >= SEGMENT_ENTRIES or self._pending_bytes >= SEGMENT_BYTES:
                self._flush()
        if at.id < until:
            raise LogBroken(f"history ends at {at.id}, but the log at {until}")
        return at

    def _flush(self) -> None:
        if self._pending:
            self._segments.append(self._directory.write_segment(self._pending))
            self._written += len(self._pending)
        self._pending, self._pending_bytes = [], 0

    def _newest_snapshot(self, at: LogPosition) -> Snapshot | None:
        """The newest one of this history; the entries since the last backup tell."""
        for entry_id in reversed([each for each in self._snapshots.ids() if each <= at.id]):
            kept, _ = read_snapshot(self._snapshots, entry_id)
            if kept is not None and self._digests.get(entry_id) == kept.digest:
                return kept
        return None

    def _write_snapshot(self, snapshot: Snapshot) -> BackupFile:
        name = f"snapshots/{snapshot.entry_id}.snapshot"
        return self._directory.write(name, self._pack(snapshot))

    def _venue_id(self) -> str:
        """From the first entry; a venue that was opened without an id has none."""
        first, _ = self._directory.segment(self._segments[0])[0]
        commands = decode_commands(first.commands).commands
        return next((each.venue_id for each in commands if isinstance(each, OpenVenue)), "")
