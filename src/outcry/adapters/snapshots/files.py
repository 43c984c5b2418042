"""Engine snapshots as files: written aside and renamed, so that each is whole or not there."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from outcry.adapters.snapshots.format import WholeSnapshots, outdated, pack
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId

SUFFIX = ".snapshot"
HELD = "held"
SET_ASIDE = "set-aside"

_NAME = re.compile(r"\d+-\d+")


def _free_name(path: Path) -> Path:
    """The path, or with a number behind it when a file has that name already."""
    number = 0
    free = path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


class FileSnapshots(WholeSnapshots):
    """A folder of snapshots: the newest few, one for each hour of a day, and one for each day."""

    def __init__(self, folder: Path, *, kept: int = 10) -> None:
        self.where = str(folder)
        self._folder = folder
        self._kept = kept

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and let go of those nobody needs any more. Raises `OSError`."""
        self._write_aside(self._path(snapshot.entry_id), pack(snapshot))
        for entry_id in outdated(
            self.ids(), newest=self._kept, held=self._held(), written=snapshot.entry_id
        ):
            self._path(entry_id).unlink(missing_ok=True)

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""
        if not self._folder.is_dir():
            return []
        names = (path.stem for path in self._folder.glob(f"*{SUFFIX}"))
        return sorted(EntryId.parse(name) for name in names if _NAME.fullmatch(name))

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot until another is held instead; False when it is not there any more."""
        before = self._held()
        if before == entry_id:
            return self._path(entry_id).exists()
        if not self._path(entry_id).exists():
            return False
        self._write_held(entry_id)
        if self._path(entry_id).exists():
            return True
        if before is not None:  # It was let go of just then.
            self._write_held(before)
        return False

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Move the snapshots above an id aside; returns the ids, oldest first."""
        moved = [later for later in self.ids() if later > entry_id]
        aside = self._folder / SET_ASIDE
        for later in moved:
            aside.mkdir(exist_ok=True)
            self._path(later).rename(_free_name(aside / self._path(later).name))
        return moved

    def aside(self) -> list[EntryId]:
        """Ids of the snapshots that were set aside, oldest first."""
        return FileSnapshots(self._folder / SET_ASIDE).ids()

    def content(self, entry_id: EntryId) -> bytes | None:
        """The stored bytes of a snapshot; None when it was dropped."""
        try:
            return self._path(entry_id).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, entry_id: EntryId) -> Path:
        return self._folder / f"{entry_id}{SUFFIX}"

    def _held(self) -> EntryId | None:
        try:
            text = (self._folder / HELD).read_text()
        except FileNotFoundError:
            return None
        return EntryId.parse(text) if _NAME.fullmatch(text) else None

    def _write_held(self, entry_id: EntryId) -> None:
        self._write_aside(self._folder / HELD, str(entry_id).encode())

    def _write_aside(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = self._folder / f".{os.getpid()}.writing"
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
