"""Snapshot files that are damaged, torn, foreign or half written."""

from pathlib import Path

import msgspec
import pytest
import zstandard

from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.snapshots.format import FORMAT_VERSION, SnapshotFile
from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId

END = EntryId(2**62, 0)
OLD = Snapshot(EntryId(10, 0), bytes(32), b"the old state " * 50)
NEW = Snapshot(EntryId(20, 0), bytes(32), b"the new state " * 50)


@pytest.fixture
def store(tmp_path: Path) -> FileSnapshots:
    store = FileSnapshots(tmp_path)
    store.write(OLD)
    store.write(NEW)
    return store


@pytest.fixture
def newest(tmp_path: Path, store: FileSnapshots) -> Path:
    """The file of the newest snapshot."""
    return tmp_path / "20-0.snapshot"


def test_nothing_but_whole_snapshots_is_left_in_the_folder(
    tmp_path: Path, store: FileSnapshots
) -> None:
    assert ["10-0.snapshot", "20-0.snapshot"] == sorted(path.name for path in tmp_path.iterdir())
    assert NEW == store.newest(not_above=END)


def test_a_damaged_newest_is_passed_over_whichever_byte_it_is(
    store: FileSnapshots, newest: Path
) -> None:
    whole = newest.read_bytes()
    for place in range(len(whole)):
        newest.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        assert OLD == store.newest(not_above=END), f"byte {place}"
    newest.write_bytes(whole)
    assert NEW == store.newest(not_above=END)


def test_a_torn_newest_is_passed_over_wherever_it_ends(store: FileSnapshots, newest: Path) -> None:
    whole = newest.read_bytes()
    for length in range(len(whole)):
        newest.write_bytes(whole[:length])
        assert OLD == store.newest(not_above=END)


def test_bytes_behind_the_end_are_damage(store: FileSnapshots, newest: Path) -> None:
    newest.write_bytes(newest.read_bytes() + b"\0")
    assert OLD == store.newest(not_above=END)


def test_a_write_that_never_finished_is_not_seen(tmp_path: Path, store: FileSnapshots) -> None:
    (tmp_path / ".99.writing").write_bytes(b"half a snapshot")
    assert [(10, 0), (20, 0)] == store.ids()
    assert NEW == store.newest(not_above=END)


def test_another_format_is_passed_over(store: FileSnapshots, newest: Path) -> None:
    file = msgspec.msgpack.decode(newest.read_bytes(), type=SnapshotFile)
    other = msgspec.structs.replace(file, format=FORMAT_VERSION + 1)
    newest.write_bytes(msgspec.msgpack.encode(other))
    assert OLD == store.newest(not_above=END)


def test_a_later_format_is_not_taken_for_damage(store: FileSnapshots, tmp_path: Path) -> None:
    """When nothing can be read, it says which version could; starting afresh would hide it."""
    for path in tmp_path.iterdir():
        path.write_bytes(msgspec.msgpack.encode({"format": FORMAT_VERSION + 1, "body": b"new"}))
    with pytest.raises(SnapshotVersionUnknown, match=f"format {FORMAT_VERSION + 1}; this version"):
        store.newest(not_above=END)
    assert None is store.newest(not_above=EntryId(9, 0))
    assert [] == store.described()
    store.write(OLD)
    assert OLD == store.newest(not_above=END)


def test_a_hold_that_names_nothing_holds_nothing(store: FileSnapshots, tmp_path: Path) -> None:
    assert store.hold(EntryId(10, 0))
    assert not store.hold(EntryId(15, 0))
    (tmp_path / "held").write_text("scribble")
    for ms in range(30, 45):
        store.write(NEW._replace(entry_id=EntryId(ms, 0)))
    assert EntryId(20, 0) not in store.ids()


def test_snapshots_that_are_set_aside_are_moved(store: FileSnapshots, tmp_path: Path) -> None:
    content = (tmp_path / "20-0.snapshot").read_bytes()
    store.set_aside_above(EntryId(10, 0))
    assert content == (tmp_path / "set-aside" / "20-0.snapshot").read_bytes()


def test_another_state_under_the_same_checksum_is_passed_over(
    store: FileSnapshots, newest: Path
) -> None:
    file = msgspec.msgpack.decode(newest.read_bytes(), type=SnapshotFile)
    forged = msgspec.structs.replace(file, state=zstandard.compress(b"a forged state"))
    newest.write_bytes(msgspec.msgpack.encode(forged))
    assert OLD == store.newest(not_above=END)


def test_a_file_under_another_id_is_passed_over(
    tmp_path: Path, store: FileSnapshots, newest: Path
) -> None:
    newest.rename(tmp_path / "30-0.snapshot")
    assert OLD == store.newest(not_above=END)


def test_files_of_somebody_else_are_left_alone(tmp_path: Path, store: FileSnapshots) -> None:
    for name in ("copy.snapshot", "20-0 (1).snapshot", "20-.snapshot", "notes.txt", "-.snapshot"):
        (tmp_path / name).write_bytes(b"mine")
    assert [(10, 0), (20, 0)] == store.ids()
    assert NEW == store.newest(not_above=END)
    for ms in range(30, 45):
        store.write(NEW._replace(entry_id=EntryId(ms, 0)))
    assert (tmp_path / "notes.txt").exists()
    assert (tmp_path / "copy.snapshot").exists()


def test_all_damaged_is_none(store: FileSnapshots, tmp_path: Path) -> None:
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    assert None is store.newest(not_above=END)


def test_a_folder_that_is_not_there_is_empty_and_made_by_a_write(tmp_path: Path) -> None:
    store = FileSnapshots(tmp_path / "a" / "b")
    assert [] == store.ids()
    assert None is store.newest(not_above=END)
    store.write(NEW)
    assert NEW == store.newest(not_above=END)
