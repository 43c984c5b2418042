"""The snapshotter: a child at a time, one that fails, and a state that contradicts itself."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.engine.snapshot import dump, load, state_hash
from outcry.ports.snapshots import Snapshot
from outcry.processes.engine import snapshotter
from outcry.processes.engine.loop import EngineLoop
from outcry.processes.engine.snapshotter import InvariantBroken, Snapshotter
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from outcry.wire.journal import EntryId
from rigs.memory_venue import engine_on, new_log, restored, run_to_the_end, write_orders
from rigs.patience import PATIENCE_S

END = EntryId(2**62, 0)


@pytest.fixture
def log() -> MemoryLog:
    return new_log()


@pytest.fixture
def loop(log: MemoryLog) -> EngineLoop:
    """An engine with something in its books."""
    write_orders(log, 10)
    running = engine_on(log)
    run_to_the_end(running, log)
    return running


@pytest.fixture
def store(tmp_path: Path) -> FileSnapshots:
    return FileSnapshots(tmp_path)


def test_a_child_writes_the_state_as_it_stands(loop: EngineLoop, store: FileSnapshots) -> None:
    tested = Snapshotter(store, interval_s=0)
    tested(loop)
    tested.finish()

    kept = store.newest(not_above=END)
    assert kept is not None
    assert (loop.position, loop.digest) == (kept.entry_id, kept.digest)
    assert state_hash(loop.engine.state) == state_hash(load(kept.state))


def test_the_engine_is_told_once_it_is_written(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before its child has ended well."""
    noted: list[EntryId] = []
    monkeypatch.setattr(loop.facts, "note_snapshot", noted.append)
    tested = Snapshotter(store, interval_s=0)
    tested(loop)
    assert [] == noted
    give_up_at = time.monotonic() + PATIENCE_S
    while not noted and time.monotonic() < give_up_at:
        tested(loop)
    tested.finish()
    assert [loop.position] == noted


def test_the_first_one_waits_for_the_interval(loop: EngineLoop, store: FileSnapshots) -> None:
    tested = Snapshotter(store, interval_s=3_600)
    tested(loop)
    tested.finish()
    assert [] == store.ids()


def test_before_anything_was_published_there_is_no_snapshot(store: FileSnapshots) -> None:
    """It would be one of no event stream at all, and no engine could start from it."""
    tested = Snapshotter(store, interval_s=0)
    tested(restored(MemoryLog(lambda: 1)))
    tested.finish()
    assert [] == store.ids()


def test_there_are_never_two_children(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked: list[int] = []
    fork = os.fork

    def counted() -> int:
        forked.append(1)
        return fork()

    monkeypatch.setattr(os, "fork", counted)
    read, write = os.pipe()

    class Slow:
        """A store whose writes take until they are told to end."""

        def write(self, _snapshot: Snapshot) -> None:
            os.read(read, 1)

    tested = Snapshotter(Slow(), interval_s=0)  # type: ignore[arg-type]
    for _ in range(5):
        tested(loop)
    assert 1 == len(forked)
    os.write(write, b"x")
    tested.finish()


def test_the_next_one_waits_ten_times_as_long_as_the_last_one_took(
    loop: EngineLoop, tmp_path: Path, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    tested = Snapshotter(store, interval_s=5)
    now[0] = 105.0
    tested(loop)
    now[0] = 107.0
    tested.finish()  # It took two seconds.
    for path in tmp_path.iterdir():
        path.unlink()

    now[0] = 126.9
    tested(loop)
    tested.finish()
    assert [] == store.ids()
    now[0] = 127.0
    tested(loop)
    tested.finish()
    assert loop.position in store.ids()


def failing(error: BaseException) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OSError("disk full"), MemoryError(), ValueError("odd")])
def test_a_child_that_fails_is_passed_over(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tested = Snapshotter(store, interval_s=0)
    monkeypatch.setattr(FileSnapshots, "write", failing(error))
    tested(loop)
    tested.finish()
    monkeypatch.undo()
    assert [] == store.ids()

    tested(loop)
    tested.finish()
    deadline = time.monotonic() + PATIENCE_S
    while not store.ids():
        assert time.monotonic() < deadline
        tested(loop)
        tested.finish()


def test_a_child_that_hangs_is_ended_and_another_begins(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.write
    monkeypatch.setattr(snapshotter, "CHILD_S_MAX", 1)
    monkeypatch.setattr(store, "write", lambda _snapshot: threading.Event().wait())
    tested = Snapshotter(store, interval_s=0)
    tested(loop)
    tested.finish()
    assert [] == store.ids()
    monkeypatch.setattr(store, "write", write)
    tested.ask()
    tested(loop)
    tested.finish()
    assert [loop.position] == store.ids()


def test_a_state_that_contradicts_itself_stops_the_venue(
    loop: EngineLoop, store: FileSnapshots
) -> None:
    account = loop.engine.state.accounts[100]
    account.balances[1].free += 1
    tested = Snapshotter(store, interval_s=0)
    tested(loop)
    with pytest.raises(InvariantBroken):
        tested.finish()
    assert [] == store.ids()


def test_a_contradiction_is_reported_at_the_next_call_too(
    loop: EngineLoop, store: FileSnapshots
) -> None:
    account = loop.engine.state.accounts[100]
    account.balances[1].locked += 1
    tested = Snapshotter(store, interval_s=0)
    tested(loop)

    def call_until_it_is_collected() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            tested(loop)

    with pytest.raises(InvariantBroken):
        call_until_it_is_collected()


def test_finishing_without_a_child_is_harmless(store: FileSnapshots) -> None:
    Snapshotter(store, interval_s=0).finish()


def test_what_the_engine_does_meanwhile_is_not_in_the_snapshot(
    loop: EngineLoop, store: FileSnapshots
) -> None:
    before = dump(loop.engine.state)
    tested = Snapshotter(store, interval_s=0)
    tested(loop)
    loop.engine.state.last_order_id += 1_000
    tested.finish()
    kept = store.newest(not_above=END)
    assert kept is not None
    assert before == kept.state


def test_the_exit_status_for_a_person_is_not_one_of_an_ordinary_failure() -> None:
    assert STOP_FOR_A_PERSON not in (0, 1, 2)
    assert snapshotter.REST_FACTOR >= 10


def test_a_leader_leaves_it_to_a_standby_that_takes_them(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    loop.leads = True
    tested = Snapshotter(store, interval_s=5, at_hand=store)
    others = EntryId(loop.position.ms - 29_000, 0)
    store.write(Snapshot(others, loop.digest, dump(loop.engine.state)))
    now[0] = 105.0
    tested(loop)
    tested.finish()
    assert [others] == store.ids()

    loop.position = EntryId(others.ms + 30_000, 0)  # Nobody wrote one for six intervals.
    now[0] = 110.0
    tested(loop)
    tested.finish()
    assert [others, loop.position] == store.ids()

    first = loop.position
    loop.position = EntryId(first.ms + 1, 0)  # Its own is no sign of a standby.
    now[0] = 200.0
    tested(loop)
    tested.finish()
    assert [others, first, loop.position] == store.ids()


def test_a_leader_outlives_a_store_that_cannot_be_listed(
    loop: EngineLoop, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with too many open files: its own snapshot is tried, and may fail."""
    def fail() -> None:
        raise OSError("too many open files")

    loop.leads = True
    tested = Snapshotter(store, interval_s=0, at_hand=store)
    with monkeypatch.context() as broken:
        broken.setattr(store, "ids", fail)
        tested(loop)
        tested.finish()
    assert [loop.position] == [EntryId.parse(path.stem) for path in store._folder.glob("*.*")]


def test_without_a_store_at_hand_a_leader_goes_by_what_the_standby_says(
    loop: EngineLoop, log: MemoryLog, store: FileSnapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    loop.leads = True
    tested = Snapshotter(store, interval_s=5)

    def taken(says: EntryId | None) -> bool:
        """Whether the leader takes one, a while later, when the standby says this."""
        log.report("standby", {"snapshot": None if says is None else str(says)})
        now[0] += 100.0
        before = len(forks)
        tested(loop)
        tested.finish()
        return len(forks) > before

    forks: list[int] = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: (forks.append(1), fork())[1])
    fresh = EntryId(loop.position.ms - 29_999, 0)
    assert not taken(fresh)
    assert taken(fresh._replace(ms=fresh.ms - 1)), "nobody wrote one for six intervals"
    assert taken(None), "there is no standby"
    assert taken(loop.position), "the standby began with the leader's own"


def test_one_that_is_asked_for_is_taken_before_it_is_due(
    loop: EngineLoop, store: FileSnapshots
) -> None:
    tested = Snapshotter(store, interval_s=3_600)
    tested.ask()
    tested(loop)
    tested.finish()
    tested(loop)
    tested.finish()
    assert [loop.position] == store.ids()
