"""The snapshot store: one suite for memory, files, PostgreSQL, and both of these."""

from outcry.adapters.memory.log import MemorySnapshots
from outcry.adapters.postgres.snapshots import PostgresSnapshots
from outcry.adapters.snapshots.both import BothSnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.snapshots.format import DAY_MS, HOUR_MS
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import NOTHING_YET, EntryId

SnapshotStore = MemorySnapshots | FileSnapshots | PostgresSnapshots | BothSnapshots

END = EntryId(2**62, 0)


def snapshot(ms: int, seq: int = 0) -> Snapshot:
    return Snapshot(EntryId(ms, seq), bytes([ms % 256]) * 32, b"state at %d-%d" % (ms, seq))


def test_an_empty_store_has_none(store: SnapshotStore) -> None:
    assert None is store.newest(not_above=END)
    assert [] == store.ids()


def test_a_snapshot_comes_back_whole(store: SnapshotStore) -> None:
    kept = Snapshot(EntryId(5, 3), bytes(range(32)), bytes(range(256)) * 100)
    store.write(kept)
    assert kept == store.newest(not_above=END)


def test_the_newest_is_the_one_with_the_highest_id(store: SnapshotStore) -> None:
    for ms, seq in ((5, 0), (100, 0), (20, 0), (20, 11), (20, 2)):
        store.write(snapshot(ms, seq))
    assert snapshot(100) == store.newest(not_above=END)
    assert [(5, 0), (20, 0), (20, 2), (20, 11), (100, 0)] == store.ids()


def test_the_newest_is_not_above_the_top(store: SnapshotStore) -> None:
    """One taken ahead of the published events would skip answers for ever."""
    for ms in (10, 20, 30):
        store.write(snapshot(ms))
    assert snapshot(20) == store.newest(not_above=EntryId(29, 99))
    assert snapshot(20) == store.newest(not_above=EntryId(20, 0))
    assert snapshot(10) == store.newest(not_above=EntryId(19, 5))
    assert None is store.newest(not_above=EntryId(9, 0))
    assert None is store.newest(not_above=NOTHING_YET)


def test_the_last_ten_are_kept_and_the_first_of_the_hour(store: SnapshotStore) -> None:
    for ms in range(1, 14):
        store.write(snapshot(ms))
    assert [(ms, 0) for ms in (1, *range(4, 14))] == store.ids()
    assert snapshot(1) == store.newest(not_above=EntryId(3, 0))


def test_one_an_hour_is_kept_for_a_day_and_one_a_day(store: SnapshotStore) -> None:
    """The first of each, so that which one it is never changes."""
    for half_hour in range(60, 60 + 2 * 60):
        store.write(snapshot(half_hour * HOUR_MS // 2 + 7))
    last_ms = 179 * HOUR_MS // 2 + 7
    newest = [half_hour * HOUR_MS // 2 + 7 for half_hour in range(170, 180)]
    hours = [hour * HOUR_MS + 7 for hour in range(30, 90) if hour * HOUR_MS + 7 > last_ms - DAY_MS]
    days = [30 * HOUR_MS + 7, 2 * DAY_MS + 7, 3 * DAY_MS + 7]
    assert [(ms, 0) for ms in sorted({*newest, *hours, *days})] == store.ids()


def test_one_just_written_stays_below_however_many_newer_ones(store: SnapshotStore) -> None:
    """As a restore writes it: the snapshots above are moved away only afterward."""
    for ms in range(100, 140):
        store.write(snapshot(ms))
    store.write(snapshot(57))
    store.write(snapshot(58))
    assert snapshot(58) == store.newest(not_above=EntryId(99, 0))
    store.set_aside_above(EntryId(58, 0))
    assert snapshot(58) == store.newest(not_above=END)


def test_one_that_is_held_stays_until_another_is(store: SnapshotStore) -> None:
    for ms in range(1, 11):
        store.write(snapshot(ms))
    assert store.hold(EntryId(5, 0))
    for ms in range(11, 30):
        store.write(snapshot(ms))
    assert [(ms, 0) for ms in (1, 5, *range(20, 30))] == store.ids()
    assert snapshot(5) == store.newest(not_above=EntryId(19, 0))
    assert not store.hold(EntryId(12, 0)), "it is gone"
    assert store.hold(EntryId(25, 0))
    store.write(snapshot(30))
    assert [(ms, 0) for ms in (1, *range(21, 31))] == store.ids()


def test_what_is_set_aside_is_never_used_again(store: SnapshotStore) -> None:
    for ms in (10, 20, 30):
        store.write(snapshot(ms))
    assert [(20, 0), (30, 0)] == list(store.set_aside_above(EntryId(15, 0)))
    assert [(10, 0)] == store.ids()
    assert snapshot(10) == store.newest(not_above=END)
    assert [] == list(store.set_aside_above(EntryId(15, 0)))
    store.write(snapshot(20)._replace(state=b"of the history after that"))
    found = store.newest(not_above=END)
    assert found is not None
    assert b"of the history after that" == found.state


def test_one_written_again_takes_the_place_of_the_first(store: SnapshotStore) -> None:
    store.write(snapshot(5))
    again = Snapshot(EntryId(5, 0), bytes(32), b"another state")
    store.write(again)
    assert again == store.newest(not_above=END)
    assert [(5, 0)] == store.ids()
