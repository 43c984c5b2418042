"""A directory of backups: segments of both streams that all of them share, and a manifest for each.

A segment never changes, so the next backup writes only later entries. A manifest is written last
and names every file with its digest: a backup without one does not exist.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from outcry.log.chain import Pair
from outcry.runtime.errors import OperatorError
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry, JournalEntry

FORMAT: Final = 1
_MANIFEST: Final = "backup-*.json"

# Id, writer, number, version and commands; writer, number, outcome and digest of the events.
Record = tuple[int, int, int, int, int, bytes, int, int, bytes, bytes]


class BackupFile(msgspec.Struct, frozen=True):
    """A file of a backup."""

    name: str
    sha256: str


class Segment(msgspec.Struct, frozen=True):
    """Consecutive entries of both streams."""

    file: BackupFile
    first: str
    last: str
    entries: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A backup."""

    format: int
    made_ms: int
    venue_id: str
    base: BackupFile | None  # The state that the segments continue; null for the first entry.
    base_entry: str | None
    segments: list[Segment]
    last: str
    digest: str  # The chain digest at the last entry.
    quarantined: list[tuple[str, int]]
    snapshot: BackupFile | None  # The newest one, which shortens a restore.
    snapshot_entry: str | None
    people: BackupFile
    secrets: BackupFile | None


class BackupDirectory:
    """The files. Everything raises `OSError`; a damaged file is an `OperatorError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> Manifest | None:
        """The newest backup; None when there is none."""
        found = self.manifests()
        return found[-1] if found else None

    def manifests(self) -> list[Manifest]:
        """Every backup, oldest first."""
        found = []
        for path in sorted(self._folder.glob(_MANIFEST)):
            try:
                manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
            except msgspec.MsgspecError as error:
                raise OperatorError(f"{path} is damaged ({error}): move it away") from None
            if manifest.format != FORMAT:
                raise OperatorError(
                    f"{path} has format {manifest.format}, and this build reads {FORMAT}:"
                    " use the build that wrote it"
                )
            found.append(manifest)
        return found

    def write(self, name: str, content: bytes) -> BackupFile:
        """Write a file durably, and read it back."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(path.name + ".partial")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        digest = hashlib.sha256(content).hexdigest()
        if hashlib.sha256(aside.read_bytes()).hexdigest() != digest:
            raise OperatorError(f"{aside} differs from what was written: check the disk")
        aside.replace(path)
        return BackupFile(name, digest)

    def write_segment(self, pairs: Sequence[Pair]) -> Segment:
        """Write entries."""
        first, last = pairs[0][0].id, pairs[-1][0].id
        packed = msgspec.msgpack.encode([_record(pair) for pair in pairs])
        file = self.write(f"entries/{first}_{last}.zst", zstandard.compress(packed, 3))
        return Segment(file, str(first), str(last), len(pairs))

    def write_manifest(self, manifest: Manifest) -> None:
        """Make the backup exist."""
        content = msgspec.json.format(msgspec.json.encode(manifest))
        self.write(f"backup-{manifest.made_ms}.json", content)

    def read(self, file: BackupFile) -> bytes:
        """The content of a file, verified."""
        path = self._folder / file.name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise OperatorError(f"{path} is missing: the backup is incomplete") from None
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise OperatorError(f"{path} is damaged: use an older backup, or another copy")
        return content

    def segment(self, segment: Segment, previous: EntryId = NOTHING_YET) -> list[Pair]:
        """The entries of a segment, which follow an entry."""
        packed = zstandard.decompress(self.read(segment.file))
        pairs: list[Pair] = []
        for record in msgspec.msgpack.decode(packed, type=list[Record]):
            pairs.append(_pair(record, previous))
            previous = pairs[-1][0].id
        return pairs

    def pairs(self, manifest: Manifest) -> Iterator[Sequence[Pair]]:
        """All entries of a backup, a segment at a time. `previous` is that of their order."""
        previous = EntryId.parse(manifest.base_entry or "0-0")
        for segment in manifest.segments:
            pairs = self.segment(segment, previous)
            previous = pairs[-1][0].id
            yield pairs

    def keep(self, count: int) -> int:
        """Delete all but the newest backups, and the files that only they name; returns how many.
        """
        manifests = self.manifests()
        gone, kept = manifests[:-count], manifests[-count:]
        for manifest in gone:
            (self._folder / f"backup-{manifest.made_ms}.json").unlink()
        named = {name for manifest in kept for name in _files(manifest)}
        for manifest in gone:
            for name in _files(manifest) - named:
                (self._folder / name).unlink(missing_ok=True)
        return len(gone)


def _files(manifest: Manifest) -> set[str]:
    optional = (manifest.base, manifest.snapshot, manifest.secrets)
    return {
        manifest.people.name, *(segment.file.name for segment in manifest.segments),
        *(file.name for file in optional if file is not None),
    }


def _record(pair: Pair) -> Record:
    command, events = pair
    return (
        *command.id, command.writer, command.number, command.version, command.commands,
        events.writer, events.number, events.outcome, events.digest,
    )


def _pair(record: Record, previous: EntryId) -> Pair:
    ms, seq, writer, number, version, commands, theirs, their_number, outcome, digest = record
    entry_id = EntryId(ms, seq)
    return (
        JournalEntry(entry_id, writer, number, commands, version),
        EventsEntry(entry_id, theirs, their_number, outcome, previous, digest),
    )
