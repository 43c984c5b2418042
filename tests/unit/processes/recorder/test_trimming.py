"""What may be trimmed, and that nothing else ever is."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import Heartbeat
from outcry.engine.snapshot import SnapshotVersionUnknown
from outcry.ports.log import LogBroken, LogUnavailable
from outcry.ports.snapshots import Snapshot
from outcry.processes.recorder.trimming import TrimConflict, Trimmer
from outcry.wire.journal import NOTHING_YET, EntryId
from rigs.kept_archive import KeptArchive
from rigs.patience import PATIENCE_S
from rigs.venue_log import VenueLog

STEP_MS = 1_000


class Log(MemoryLog):
    """A log in memory that is as full as a test says, and counts how often it is trimmed."""

    def __init__(self) -> None:
        super().__init__(lambda: 5)
        self.full = 0.0
        self.trims = 0
        self.reached = asyncio.Event()  # The entry 300.

    async def fullness(self) -> float:
        return self.full

    async def trim(self, boundary: EntryId) -> None:
        self.trims += 1
        await super().trim(boundary)
        if len(self.journal) == 101:
            self.reached.set()


class Rig:
    """A venue of 400 entries, one a second, with snapshots and an archive of it."""

    def __init__(self, *, snapshots: Sequence[int], recorded: int | None = None,
                 kept_s: int = 0, snapshots_kept: int = 3) -> None:
        self.venue = VenueLog(5)
        self.store = MemorySnapshots(kept=snapshots_kept)
        self.log = Log()
        self.grow(400 - len(self.venue.entries), snapshots)
        self.archive = KeptArchive(self.venue.entries, recorded)
        self.trimmer = self.another(kept_s=kept_s, snapshots_kept=snapshots_kept)

    def grow(self, entries: int, snapshots: Sequence[int]) -> None:
        """Trade on, with snapshots taken after so many entries in all."""
        for _ in range(entries):
            self.venue.append(Heartbeat(), later_ms=STEP_MS)
            if len(self.venue.entries) in snapshots:
                _, last = self.venue.entries[-1]
                self.store.write(Snapshot(last.id, last.digest, b"the state"))
        kept = self.log.events[0].id if self.log.events else NOTHING_YET
        self.log.journal = [command for command, _ in self.venue.entries if command.id >= kept]
        self.log.events = [entry for _, entry in self.venue.entries if entry.id >= kept]

    def another(self, *, kept_s: int = 0, snapshots_kept: int = 3) -> Trimmer:
        """A trimmer that has just started."""
        return Trimmer(
            events=self.log, log=self.log, archive=self.archive, snapshots=self.store,
            snapshots_kept=snapshots_kept, kept_s=kept_s,
        )

    def trim(self) -> int:
        """Trim once; returns how many entries are gone."""
        asyncio.run(self.trimmer.trim(asyncio.Event()))
        assert [entry.id for entry in self.log.events] == [entry.id for entry in self.log.journal]
        return len(self.venue.entries) - len(self.log.events)

    def id_of(self, entries: int) -> EntryId:
        return self.venue.entries[entries - 1][0].id


def test_the_boundary_is_the_oldest_of_the_newest_snapshots() -> None:
    """And the entry of that snapshot itself stays."""
    rig = Rig(snapshots=(50, 200, 300, 350, 380))
    assert 299 == rig.trim()
    assert rig.id_of(300) == rig.log.events[0].id == rig.log.journal[0].id
    assert 299 == rig.trim(), "once more changes nothing"


def test_without_a_snapshot_nothing_is_trimmed() -> None:
    assert 0 == Rig(snapshots=()).trim()


def test_nothing_is_trimmed_until_the_recorder_reached_the_snapshot() -> None:
    """Whoever starts from history and a snapshot needs every event between the two."""
    rig = Rig(snapshots=(300, 350, 380), recorded=299)
    assert 0 == rig.trim()
    rig.archive.entries = rig.venue.entries[:300]
    assert 299 == rig.trim()


def test_a_snapshot_that_history_has_reached_is_held_while_the_recorder_is_away() -> None:
    """However many are taken after it: who starts finds it, and the log goes back to it."""
    rig = Rig(snapshots=(300, 350, 380))
    assert 299 == rig.trim()
    rig.grow(4_000, range(400, 4_400, 10))
    assert rig.id_of(300) in rig.store.ids()
    assert 299 == rig.trim()
    recorded, _ = asyncio.run(rig.archive.reached())
    usable = rig.store.newest(recorded)
    assert usable is not None
    assert rig.log.events[0].id <= usable.entry_id


def test_some_time_is_kept_for_readers_that_lag() -> None:
    rig = Rig(snapshots=(300, 350, 380), kept_s=150)
    assert rig.trim() in (248, 249)  # 400 s less 150, and the boundary stays.
    assert rig.log.events[0].id.ms <= rig.venue.at.ms - 150_000


def test_a_log_that_is_half_full_keeps_no_more_than_it_must() -> None:
    rig = Rig(snapshots=(300, 350, 380), kept_s=10_000)
    assert 0 == rig.trim()
    rig.log.full = 0.51
    assert 299 == rig.trim()


def test_a_snapshot_of_another_history_does_not_count() -> None:
    """Nor one that is damaged: an engine could not start from it."""
    rig = Rig(snapshots=(300, 350, 380))
    rig.store.write(Snapshot(rig.id_of(300), bytes(32), b"of another venue"))
    assert 349 == rig.trim()


def test_archive_and_log_must_agree_before_anything_is_trimmed() -> None:
    """One changed byte in PostgreSQL, in whichever column, and nothing from there on is trimmed."""
    dice = random.Random(7)
    for column in ("commands", "outcome", "digest", "writer", "number"):
        rig = Rig(snapshots=(300, 350, 380))
        place = dice.randrange(10, 290)
        command, entry = rig.archive.entries[place]
        match column:
            case "commands":
                command = command._replace(commands=command.commands + b"\0")
            case "outcome":
                entry = entry._replace(outcome=entry.outcome + b"\0")
            case "digest":
                entry = entry._replace(digest=bytes(32))
            case "writer":
                command, entry = command._replace(writer=1), entry._replace(writer=1)
            case _:
                command = command._replace(number=10**6)
        rig.archive.entries[place] = (command, entry)
        with pytest.raises(LogBroken):
            rig.trim()
        assert rig.log.events[0].id <= rig.id_of(place), column


def test_an_entry_that_is_missing_in_the_archive_stops_it() -> None:
    rig = Rig(snapshots=(300, 350, 380))
    del rig.archive.entries[100]
    with pytest.raises(LogBroken):
        rig.trim()
    assert rig.log.events[0].id <= rig.id_of(100)


def test_a_log_of_another_history_is_noticed() -> None:
    """The archive is sound, and not of this log."""
    rig = Rig(snapshots=(300, 350, 380))
    rig.log.events[127] = rig.log.events[127]._replace(digest=bytes(32))
    with pytest.raises(LogBroken, match=f"entry {rig.id_of(128)} is archived and not in the log"):
        rig.trim()


@pytest.mark.parametrize("question", ["oldest", "read_range"])
def test_another_one_that_trims_at_the_same_time_is_no_broken_log(question: str) -> None:
    """Two recorders live for a moment when one is replaced."""
    rig = Rig(snapshots=(300, 350, 380))
    ask: Any = getattr(rig.log, question)
    asked = 0

    async def ask_and_be_overtaken(*about: Any) -> Any:
        nonlocal asked
        asked += 1
        answer = await ask(*about)
        if asked == (1 if question == "oldest" else 4):
            await rig.log.trim(rig.id_of(320))
        return answer

    setattr(rig.log, question, ask_and_be_overtaken)
    with pytest.raises(TrimConflict):
        rig.trim()
    assert rig.id_of(320) == rig.log.events[0].id


def test_one_that_starts_again_goes_on_where_the_log_begins() -> None:
    """It reads back what is there, not the whole archive once more."""
    rig = Rig(snapshots=(300, 350, 380))
    rig.trim()
    rig.grow(100, (450, 470, 490))
    rig.archive.entries = list(rig.venue.entries)
    rig.archive.pages = 0
    rig.trimmer = rig.another()
    assert 449 == rig.trim()
    assert rig.archive.pages <= 4


def test_it_trims_page_by_page() -> None:
    """Letting go of much at once would make everybody else at the log server wait."""
    rig = Rig(snapshots=(300, 350, 380))
    rig.trim()
    assert rig.log.trims >= 300 // 64


async def test_snapshots_of_another_version_and_a_full_disk_stop_nothing() -> None:
    """The recorder goes on recording; the log is not trimmed."""
    rig = Rig(snapshots=(300, 350, 380))

    class Broken(MemorySnapshots):
        def ids(self) -> list[EntryId]:
            return rig.store.ids()

        def newest(self, not_above: EntryId) -> Snapshot | None:
            if not_above == rig.id_of(300):
                raise SnapshotVersionUnknown("of another version")
            return rig.store.newest(not_above)

        def hold(self, entry_id: EntryId) -> bool:
            stop.set()
            raise OSError("disk full")

    stop = asyncio.Event()
    trimmer = Trimmer(
        events=rig.log, log=rig.log, archive=rig.archive, snapshots=Broken(), snapshots_kept=3,
        kept_s=0,
    )
    await trimmer.run(stop, interval_s=0.001)
    assert 400 == len(rig.log.events)


async def test_servers_that_are_away_are_waited_for() -> None:
    rig = Rig(snapshots=(300, 350, 380))
    rig.archive.away = True
    rig.log.full = 0.6
    stop = asyncio.Event()
    running = asyncio.create_task(rig.trimmer.run(stop, interval_s=0.001))
    await asyncio.sleep(0.01)
    assert not running.done()
    rig.archive.away = False
    async with asyncio.timeout(PATIENCE_S):
        await rig.log.reached.wait()
    stop.set()
    await running
    assert 101 == len(rig.log.events)


async def test_a_log_that_is_away_is_no_reason_to_end() -> None:
    rig = Rig(snapshots=(300, 350, 380))

    class Away(Log):
        async def oldest(self) -> EntryId:
            stop.set()
            raise LogUnavailable("for a while")

    stop = asyncio.Event()
    rig.log = Away()
    rig.trimmer = rig.another()
    await rig.trimmer.run(stop, interval_s=0.001)
