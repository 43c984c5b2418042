"""Where a process that follows the event stream starts, so that it need not read all of it."""

from typing import NamedTuple

from outcry.engine.image import StateImage, decode_image
from outcry.engine.snapshot import image_of
from outcry.engine.state import State
from outcry.log.follower import START, LogPosition
from outcry.ports.snapshots import SnapshotStore
from outcry.wire.journal import EntryId


class StartingPoint(NamedTuple):
    """A position in the event stream, and the engine's state there."""

    position: LogPosition
    image: StateImage


def starting_point(snapshots: SnapshotStore, *, not_above: EntryId) -> StartingPoint:
    """The newest snapshot that can be used; without one, the empty venue before the first entry."""
    snapshot = snapshots.newest(not_above)
    if snapshot is None:
        return StartingPoint(START, image_of(State()))
    return StartingPoint(
        LogPosition(snapshot.entry_id, snapshot.digest), decode_image(snapshot.state)
    )
