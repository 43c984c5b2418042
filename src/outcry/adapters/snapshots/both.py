"""Engine snapshots in two places: in files, which are at hand, and in PostgreSQL, which is safe."""

from collections.abc import Sequence

import structlog

from outcry.adapters.postgres.snapshots import PostgresSnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId

log = structlog.get_logger()


class BothSnapshots:
    """Files and PostgreSQL; while PostgreSQL is away, files alone."""

    def __init__(self, files: FileSnapshots, database: PostgresSnapshots) -> None:
        self._files = files
        self._database = database

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in both. Raises `OSError` when one of them did not take it."""
        self._files.write(snapshot)
        self._database.write(snapshot)

    def newest(self, not_above: EntryId) -> Snapshot | None:
        """The newest whole snapshot at or below an id, from either store."""
        near = self._files.newest(not_above)
        stored = [entry_id for entry_id in self._stored() if entry_id <= not_above]
        if not stored or (near is not None and near.entry_id >= stored[-1]):
            return near
        far = self._database.newest(not_above)
        return max((found for found in (near, far) if found is not None), default=None)

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots that either keeps, oldest first."""
        return sorted({*self._files.ids(), *self._stored()})

    def hold(self, entry_id: EntryId) -> bool:
        """Keep a snapshot in both; False when neither has it any more."""
        held = self._files.hold(entry_id)
        try:
            return self._database.hold(entry_id) or held
        except DatabaseUnavailable as error:
            log.warning("no snapshot is held in PostgreSQL", error=str(error))
            return held

    def set_aside_above(self, entry_id: EntryId) -> Sequence[EntryId]:
        """Set the snapshots above an id aside for good; returns the ids, oldest first."""
        moved = {*self._files.set_aside_above(entry_id), *self._database.set_aside_above(entry_id)}
        return sorted(moved)

    def aside(self) -> list[EntryId]:
        """Ids of the snapshots that were set aside, oldest first."""
        return sorted({*self._files.aside(), *self._database.aside()})

    def described(self) -> list[tuple[EntryId, str, int]]:
        """(id, state hash in hexadecimal, bytes kept) of each whole snapshot."""
        found = {each[0]: each for each in (*self._database.described(), *self._files.described())}
        return [found[entry_id] for entry_id in sorted(found)]

    def _stored(self) -> list[EntryId]:
        try:
            return self._database.ids()
        except DatabaseUnavailable as error:
            log.warning("snapshots in PostgreSQL are out of reach", error=str(error))
            return []
