"""Backups while the log is trimmed, more backups beside the first, and restores to any moment."""

import random
from pathlib import Path

import pytest
from tests.unit.operations.test_restore import Left, log_of, snapshots, state_after

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.adapters.snapshots.format import pack, unpack
from outcry.engine.snapshot import dump, state_hash
from outcry.operations.backup import Backup
from outcry.operations.backup_files import BackupDirectory, Manifest
from outcry.operations.restore_backup import BackupRestore, FromBackup
from outcry.ports.snapshots import Snapshot
from outcry.projections.rows import Group
from outcry.runtime.errors import OperatorError
from outcry.runtime.sealed import seal, unseal
from outcry.wire.journal import EntryId
from rigs.kept_database import KeptDatabase
from rigs.venue_log import VenueLog

ENTRIES = 300
END = EntryId(2**62, 0)


class NewDatabase(KeptDatabase):
    """An empty one, which the recorder's groups fill."""

    def __init__(self) -> None:
        super().__init__([])
        self.people = b""

    async def write(self, group: Group) -> bool:
        if (await self.reached())[0] != group.after:
            return False
        self.entries += zip(group.journal, group.events, strict=True)
        return True

    async def load(self, packed: bytes) -> None:
        self.people = packed


class SomePeople:
    """People, as of the moment that they are read; then the venue goes on."""

    def __init__(self, goes_on: MemoryLog | None = None, venue: VenueLog | None = None) -> None:
        self._goes_on = goes_on
        self._venue = venue

    async def packed(self) -> bytes:
        if self._goes_on is not None and self._venue is not None:
            known = len(self._goes_on.events)
            self._goes_on.journal += [pair[0] for pair in self._venue.entries[known:]]
            self._goes_on.events += [pair[1] for pair in self._venue.entries[known:]]
        return b"people"


@pytest.fixture
def venue() -> VenueLog:
    venue = VenueLog(31)
    venue.trade(ENTRIES - len(venue.entries), jumps=False)
    return venue


async def backed_up(
    folder: Path, venue: VenueLog, *, first: int = 0, top: int = ENTRIES, recorded: int = ENTRIES,
    taken: MemorySnapshots | None = None, people: SomePeople | None = None,
    log: MemoryLog | None = None, database: KeptDatabase | None = None,
) -> Manifest:
    done = await Backup(
        event_log=log or log_of(venue, top, first),
        archive=database or KeptDatabase(venue.entries, recorded),
        snapshots=taken or snapshots(venue, 200), people=people or SomePeople(),
        directory=BackupDirectory(folder), pack=pack,
    ).make(made_ms=1_000 + top, sealed_secrets=None, quarantined=[])
    return done.manifest


async def restored(
    folder: Path, until: EntryId = END, manifest: Manifest | None = None
) -> tuple[FromBackup, Left]:
    directory = BackupDirectory(folder)
    found = manifest or directory.newest()
    assert found is not None
    database, store, log = NewDatabase(), MemorySnapshots(), MemoryLog(lambda: 5)
    done = await BackupRestore(
        directory=directory, records=database, database=database, people=database, snapshots=store,
        maker=log, unpack=unpack,
    ).run(found, until)
    assert b"people" == database.people
    return done, Left(log, database, store)


@pytest.mark.parametrize(("first", "recorded"), [(0, 0), (0, 150), (150, 200), (290, 300)])
async def test_a_backup_is_whole_wherever_the_log_begins(
    tmp_path: Path, venue: VenueLog, first: int, recorded: int
) -> None:
    """Trimmed entries come from the archive, and those that are not archived from the log."""
    await backed_up(tmp_path, venue, first=first, recorded=recorded)
    done, left = await restored(tmp_path)
    assert state_hash(state_after(venue, ENTRIES)) == done.replayed.state_hash
    assert venue.entries == left.database.entries
    assert (1 if recorded != 0 or first == 0 else 0) == done.replayed.snapshots
    assert state_hash(state_after(venue, ENTRIES)) == state_hash(left.starts())


async def test_what_happens_while_people_are_read_is_in_it(
    tmp_path: Path, venue: VenueLog
) -> None:
    """The account of a key that was just read must not be missing."""
    log = log_of(venue, 250)
    manifest = await backed_up(
        tmp_path, venue, log=log, recorded=100, people=SomePeople(log, venue)
    )
    assert str(venue.at) == manifest.last


async def test_the_next_backup_adds_only_later_entries(tmp_path: Path, venue: VenueLog) -> None:
    first = await backed_up(tmp_path, venue, top=220, recorded=200)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "entries").iterdir()}
    second = await backed_up(tmp_path, venue, first=250, recorded=290)
    assert first.segments == second.segments[: len(first.segments)]
    assert 80 == sum(each.entries for each in second.segments[len(first.segments) :])
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    done, _ = await restored(tmp_path)
    assert venue.at == done.position.id
    done, _ = await restored(tmp_path, manifest=first)
    assert venue.entries[219][0].id == done.position.id


async def test_any_moment_can_be_restored(tmp_path: Path, venue: VenueLog) -> None:
    """New ids are above every id that the backup has, so that none names two entries."""
    await backed_up(tmp_path, venue)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    for count in random.Random(seed).sample(range(1, ENTRIES + 1), 6):
        done, left = await restored(tmp_path, venue.entries[count - 1][0].id)
        assert venue.entries[count - 1][0].id == done.position.id
        assert state_hash(state_after(venue, count)) == state_hash(left.starts())
        assert left.log.journal[-1].id > venue.at
    with pytest.raises(OperatorError, match="it begins later"):
        await restored(tmp_path, EntryId(1, 0))


async def test_a_backup_of_another_history_is_not_continued(
    tmp_path: Path, venue: VenueLog
) -> None:
    await backed_up(tmp_path, venue, top=200)
    other = VenueLog(32)
    other.trade(200, jumps=False)
    with pytest.raises(OperatorError, match="Back up into another directory"):
        await backed_up(tmp_path, other, top=180, taken=MemorySnapshots())


async def test_a_gap_is_backed_up_with_the_state_after_it(tmp_path: Path, venue: VenueLog) -> None:
    lost = Left(log_of(venue, 0), KeptDatabase(venue.entries[:100]), snapshots(venue, 280))
    await lost.restored()
    lost.starts()
    await backed_up(
        tmp_path, venue, log=lost.log, database=lost.database, taken=lost.store
    )
    done, left = await restored(tmp_path)
    assert lost.log.events[-1].id == done.position.id
    assert lost.log.events[-1].digest == done.position.digest
    left.starts()


async def test_damage_is_found_before_anything_is_made(tmp_path: Path, venue: VenueLog) -> None:
    """Whichever file, whichever byte; a file that is gone is named."""
    manifest = await backed_up(tmp_path, venue)
    assert manifest.snapshot is not None
    for file in (manifest.segments[0].file, manifest.people, manifest.snapshot):
        path = tmp_path / file.name
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(OperatorError, match=f"{path.name} is damaged"):
            await restored(tmp_path)
        path.unlink()
        with pytest.raises(OperatorError, match=f"{path.name} is missing"):
            await restored(tmp_path)
        path.write_bytes(whole)
    await restored(tmp_path)


async def test_a_backup_that_was_killed_does_not_exist(tmp_path: Path, venue: VenueLog) -> None:
    """Its files are left over, and the next backup is whole."""
    await backed_up(tmp_path, venue, top=200)
    second = await backed_up(tmp_path, venue)
    (tmp_path / f"backup-{second.made_ms}.json").unlink()
    newest = BackupDirectory(tmp_path).newest()
    assert newest is not None
    assert str(venue.entries[199][0].id) == newest.last
    await backed_up(tmp_path, venue)
    done, _ = await restored(tmp_path)
    assert venue.at == done.position.id


async def test_only_the_newest_backups_are_kept(tmp_path: Path, venue: VenueLog) -> None:
    directory = BackupDirectory(tmp_path)
    for top in (150, 200, 250, 300):
        await backed_up(tmp_path, venue, top=top, taken=snapshots(venue, top - 10))
    assert 2 == directory.keep(2)
    assert [1_250, 1_300] == [each.made_ms for each in directory.manifests()]
    assert not (tmp_path / "people-1150.zst").exists()
    done, _ = await restored(tmp_path)
    assert venue.at == done.position.id


def test_secrets_are_opened_by_their_passphrase_only() -> None:
    sealed = seal(b'{"a": "b"}', "correct horse")
    assert b'"a"' not in sealed
    assert b'{"a": "b"}' == unseal(sealed, "correct horse")
    for packed, phrase in ((sealed, "wrong"), (sealed[:-1] + b"\0", "correct horse"), (b"", "")):
        with pytest.raises(OperatorError, match="OUTCRY_BACKUP_PASSPHRASE"):
            unseal(packed, phrase)


def test_a_snapshot_of_the_backup_is_stored_as_a_store_stores_it() -> None:
    state = Snapshot(EntryId(5, 0), bytes(32), dump(state_after(VenueLog(1), 1)))
    assert state == unpack(state.entry_id, pack(state))
