"""Where engine snapshots are kept."""

from typing import NamedTuple, Protocol

from outcry.wire.journal import EntryId


class SnapshotStore(Protocol):
    """Where engine snapshots are kept."""

    def write(self, snapshot: "Snapshot") -> None:
        """Keep a snapshot, and let go of the oldest ones."""

    def newest(self, not_above: EntryId) -> "Snapshot | None":
        """The newest snapshot at or below an id that is whole, passing over damaged ones."""

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""


class Snapshot(NamedTuple):
    """The engine's state after one entry, with the chain digest there."""

    entry_id: EntryId
    digest: bytes
    state: bytes  # An encoded `StateImage`.
