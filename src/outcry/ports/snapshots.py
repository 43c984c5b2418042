"""Storage for engine snapshots."""

from typing import NamedTuple, Protocol

from outcry.wire.journal import EntryId


class SnapshotStore(Protocol):
    """Storage for engine snapshots."""

    def write(self, snapshot: "Snapshot") -> None:
        """Store a snapshot, and delete the oldest ones."""

    def newest(self, not_above: EntryId) -> "Snapshot | None":
        """The newest undamaged snapshot at or below an id."""

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""


class Snapshot(NamedTuple):
    """The engine's state after one entry, with the chain digest there."""

    entry_id: EntryId
    digest: bytes
    state: bytes  # An encoded `StateImage`.
