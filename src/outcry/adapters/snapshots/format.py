"""The stored format of engine snapshots, and the choice of those kept, for every store."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Final

import msgspec
import structlog
import zstandard

from outcry.engine.snapshot import SnapshotVersionUnknown, hash_of
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId

FORMAT_VERSION: Final = 1
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

log = structlog.get_logger()


class SnapshotDamaged(Exception):
    """The stored bytes are not a whole snapshot."""


class FormatUnknown(Exception):
    """A snapshot is in a format that this version does not read."""


class SnapshotFile(msgspec.Struct, frozen=True, kw_only=True):
    """The stored form."""

    format: int
    digest: bytes
    checksum: bytes  # SHA-256 over the entry id, digest and state.
    state: bytes  # Compressed with zstd.


class _Format(msgspec.Struct):
    """The part common to all formats."""

    format: int


def pack(snapshot: Snapshot) -> bytes:
    """The bytes to keep of a snapshot."""
    return msgspec.msgpack.encode(SnapshotFile(
        format=FORMAT_VERSION, digest=snapshot.digest, checksum=_checksum(snapshot),
        state=zstandard.compress(snapshot.state, 3),
    ))


def unpack(entry_id: EntryId, content: bytes) -> Snapshot:
    """Read a snapshot back; raises `SnapshotDamaged` or `FormatUnknown`."""
    try:
        version = msgspec.msgpack.decode(content, type=_Format).format
        if version != FORMAT_VERSION:
            raise FormatUnknown(f"format {version}; this version reads {FORMAT_VERSION}")
        file = msgspec.msgpack.decode(content, type=SnapshotFile)
        state = zstandard.decompress(file.state)
    except (msgspec.MsgspecError, zstandard.ZstdError) as error:
        raise SnapshotDamaged(str(error)) from error
    snapshot = Snapshot(entry_id=entry_id, digest=file.digest, state=state)
    if _checksum(snapshot) != file.checksum:
        raise SnapshotDamaged("the checksum does not hold")
    return snapshot


class WholeSnapshots(ABC):
    """A store of the bytes of snapshots; `where` names it in messages."""

    where: str

    @abstractmethod
    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""

    @abstractmethod
    def content(self, entry_id: EntryId) -> bytes | None:
        """The stored bytes of a snapshot; None when it was dropped."""

    def newest(self, not_above: EntryId) -> Snapshot | None:
        """The newest whole snapshot at or below an id; damaged ones are passed over, loudly.

        Raises `SnapshotVersionUnknown` when there are some, and none this version can read.
        """
        unknown: FormatUnknown | None = None
        for entry_id in reversed(self.ids()):
            if entry_id <= not_above:
                try:
                    found = self._whole(entry_id)
                except FormatUnknown as error:
                    log.error("snapshot has another format, trying an older one", where=self.where,
                              entry=str(entry_id), error=str(error))
                    unknown = error
                else:
                    if found is not None:
                        return found[0]
        if unknown is not None:
            raise SnapshotVersionUnknown(
                f"no snapshot in {self.where} can be read: {unknown}."
                " Run the version that wrote them, or set them aside"
            )
        return None

    def described(self) -> list[tuple[EntryId, str, int]]:
        """(id, state hash in hexadecimal, bytes kept) of each whole snapshot."""
        described = []
        for entry_id in self.ids():
            with suppress(FormatUnknown, SnapshotVersionUnknown):
                if found := self._whole(entry_id):
                    described.append((entry_id, hash_of(found[0].state), found[1]))
        return described

    def _whole(self, entry_id: EntryId) -> tuple[Snapshot, int] | None:
        """A snapshot and the bytes kept of it; None when it was dropped or, loudly, is damaged."""
        content = self.content(entry_id)
        if content is None:
            return None
        try:
            return unpack(entry_id, content), len(content)
        except SnapshotDamaged as error:
            log.error("snapshot is damaged", where=self.where, entry=str(entry_id),
                      error=str(error))
            return None


def outdated(
    ids: Sequence[EntryId], *, newest: int, held: EntryId | None, written: EntryId
) -> list[EntryId]:
    """The snapshots to drop, of those there are, oldest first.

    These stay: so many of the newest, the first of each hour for a day, the first of each day,
    the one that is held, and the one just written. A restore writes below snapshots of a history
    that was lost, and must find its own afterward.
    """
    kept = {*ids[-newest:], written}
    if held is not None:
        kept.add(held)
    last_ms = ids[-1].ms if ids else 0
    hours: set[int] = set()
    days: set[int] = set()
    for entry_id in ids:
        hour, day = entry_id.ms // HOUR_MS, entry_id.ms // DAY_MS
        if day not in days or (hour not in hours and entry_id.ms > last_ms - DAY_MS):
            kept.add(entry_id)
        hours.add(hour)
        days.add(day)
    return [entry_id for entry_id in ids if entry_id not in kept]


def _checksum(snapshot: Snapshot) -> bytes:
    head = f"{snapshot.entry_id} ".encode() + snapshot.digest
    return sha256(head + snapshot.state).digest()
