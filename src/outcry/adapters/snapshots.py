"""Engine snapshots as files: compressed, versioned, with a checksum, written aside and renamed."""

import contextlib
import os
import re
from hashlib import sha256
from pathlib import Path

import msgspec
import structlog
import zstandard

from outcry.ports import Snapshot
from outcry.protocol.journal import EntryId

FORMAT_VERSION = 1
SUFFIX = ".snapshot"

_NAME = re.compile(r"\d+-\d+")

log = structlog.get_logger()


class SnapshotFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds."""

    format: int
    digest: bytes
    checksum: bytes  # SHA-256 over the entry id in the name, digest and state.
    state: bytes  # Compressed with zstd.


class FileSnapshots:
    """A folder of snapshots, of which the newest few are kept."""

    def __init__(self, folder: Path, *, kept: int = 10) -> None:
        self._folder = folder
        self._kept = kept

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and let go of the oldest ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = msgspec.msgpack.encode(
            SnapshotFile(
                format=FORMAT_VERSION,
                digest=snapshot.digest,
                checksum=_checksum(snapshot),
                state=zstandard.compress(snapshot.state, 3),
            )
        )
        aside = self._folder / f".{os.getpid()}.writing"
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self._path(snapshot.entry_id))
        self._sync_folder()
        for entry_id in self.ids()[: -self._kept]:
            self._path(entry_id).unlink(missing_ok=True)

    def newest(self, not_above: EntryId) -> Snapshot | None:
        """The newest whole snapshot at or below an id; damaged ones are passed over, loudly."""
        for entry_id in reversed(self.ids()):
            if entry_id <= not_above:
                snapshot = self._read(entry_id)
                if snapshot is not None:
                    return snapshot
        return None

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""
        if not self._folder.is_dir():
            return []
        names = (path.stem for path in self._folder.glob(f"*{SUFFIX}"))
        return sorted(EntryId.parse(name) for name in names if _NAME.fullmatch(name))

    def described(self) -> list[tuple[EntryId, str, int]]:
        """(id, state hash in hexadecimal, bytes of the file) of each whole snapshot."""
        found = []
        for entry_id in self.ids():
            snapshot = self._read(entry_id)
            if snapshot is not None:
                with contextlib.suppress(FileNotFoundError):  # Let go of just now.
                    size = self._path(entry_id).stat().st_size
                    found.append((entry_id, sha256(snapshot.state).hexdigest(), size))
        return found

    def _path(self, entry_id: EntryId) -> Path:
        return self._folder / f"{entry_id}{SUFFIX}"

    def _read(self, entry_id: EntryId) -> Snapshot | None:
        path = self._path(entry_id)
        try:
            file = msgspec.msgpack.decode(path.read_bytes(), type=SnapshotFile)
            state = zstandard.decompress(file.state)
        except FileNotFoundError:
            return None  # Let go of since the folder was listed.
        except (msgspec.MsgspecError, zstandard.ZstdError) as error:
            log.error("snapshot is damaged, trying an older one", path=str(path), error=str(error))
            return None
        if file.format != FORMAT_VERSION:
            log.error("snapshot has another format, trying an older one", path=str(path))
            return None
        snapshot = Snapshot(entry_id=entry_id, digest=file.digest, state=state)
        if _checksum(snapshot) != file.checksum:
            log.error("snapshot fails its checksum, trying an older one", path=str(path))
            return None
        return snapshot

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _checksum(snapshot: Snapshot) -> bytes:
    head = f"{snapshot.entry_id} ".encode() + snapshot.digest
    return sha256(head + snapshot.state).digest()
