"""The snapshot store: one suite for the double in memory and for files."""

from outcry.ports import Snapshot, SnapshotStore
from outcry.protocol.journal import NOTHING_YET, EntryId

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


def test_the_last_ten_are_kept(store: SnapshotStore) -> None:
    for ms in range(1, 14):
        store.write(snapshot(ms))
    assert [(ms, 0) for ms in range(4, 14)] == store.ids()
    assert None is store.newest(not_above=EntryId(3, 0))


def test_one_written_again_takes_the_place_of_the_first(store: SnapshotStore) -> None:
    store.write(snapshot(5))
    again = Snapshot(EntryId(5, 0), bytes(32), b"another state")
    store.write(again)
    assert again == store.newest(not_above=END)
    assert [(5, 0)] == store.ids()
