"""Where followers start: at the newest snapshot they may use, or before the first entry."""

from outcry.adapters.memory.log import MemorySnapshots
from outcry.engine.snapshot import dump, image_of
from outcry.engine.state import State
from outcry.log.follower import START, LogPosition
from outcry.log.starting_point import starting_point
from outcry.ports.snapshots import Snapshot
from outcry.projections.venue import VenueView
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.scripted_log import ScriptedLog


def test_without_a_snapshot_it_is_the_empty_venue_before_the_first_entry() -> None:
    position, image = starting_point(MemorySnapshots(), not_above=EntryId(2**62, 0))
    assert position == START
    assert image == image_of(State())
    venue = VenueView.from_image(image, position.id)
    assert (venue.reached, venue.listing.instruments, venue.rules) == (NOTHING_YET, {}, 1)


def test_a_snapshot_of_another_shape_is_passed_over() -> None:
    """Its checksum holds, but a build that changed the shape wrote it."""
    snapshots = MemorySnapshots()
    state = dump(State())
    snapshots.write(Snapshot(EntryId(10, 0), bytes(32), state))
    for ms, content in ((20, b"\x91\x03"), (30, b"")):
        snapshots.write(Snapshot(EntryId(ms, 0), bytes(32), content))
    position, _ = starting_point(snapshots, not_above=EntryId(40, 0))
    assert position == LogPosition(EntryId(10, 0), bytes(32))


def test_it_is_the_newest_snapshot_that_is_not_above_the_bound() -> None:
    log, snapshots = ScriptedLog(), MemorySnapshots()
    log.open_market()
    state = dump(log.engine.state)
    for ms in (10, 20):
        snapshots.write(Snapshot(EntryId(ms, 0), bytes([ms]), state))
    position, image = starting_point(snapshots, not_above=EntryId(19, 0))
    assert position == LogPosition(EntryId(10, 0), bytes([10]))
    assert [listed.symbol for listed in image.instruments] == ["SOL_USDC"]
