"""Where a process that follows the log starts, so that it need not read all of it."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec
import structlog

from outcry.engine.image import StateImage, decode_image
from outcry.engine.snapshot import image_of
from outcry.engine.state import State
from outcry.log.follower import START, LogPosition
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.wire.journal import EntryId

T = TypeVar("T")

log = structlog.get_logger()


class StartingPoint(NamedTuple):
    """A position in the event stream, and the engine's state there."""

    position: LogPosition
    image: StateImage


def starting_point(snapshots: SnapshotStore, *, not_above: EntryId) -> StartingPoint:
    """The newest snapshot that can be used; without one, the empty venue before the first entry."""
    found = newest_readable(snapshots, not_above, decode_image)
    if found is None:
        return StartingPoint(START, image_of(State()))
    snapshot, image = found
    return StartingPoint(LogPosition(snapshot.entry_id, snapshot.digest), image)


def newest_readable(
    snapshots: SnapshotStore, not_above: EntryId, read: Callable[[bytes], T]
) -> tuple[Snapshot, T] | None:
    """The newest snapshot that `read` takes, with what it gives.

    One that is whole, but of another shape than this build's, is passed over, loudly.
    """
    while (snapshot := snapshots.newest(not_above)) is not None:
        try:
            return snapshot, read(snapshot.state)
        except msgspec.DecodeError as error:
            log.error("snapshot has another shape, trying an older one",
                      entry=str(snapshot.entry_id), error=str(error))
        not_above = snapshot.entry_id.before
    return None
