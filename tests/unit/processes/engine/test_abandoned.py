"""An engine abandoned at any point, as by SIGKILL: the next one comes to the same events."""

from collections.abc import Callable
from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.snapshot import state_hash
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.processes.engine import loop as engine_loop
from outcry.processes.engine.loop import EngineLoop
from outcry.wire.journal import NOTHING_YET
from rigs.memory_venue import Clock, engine_on, new_log, run_to_the_end, snapshot_of, write_orders

ENTRIES = 12
CALLS = ("take_lease", "renew_lease", "beat", "ask", "receive", "publish", "confirm", "events_top",
         "events_range", "quarantined", "give_lease_back", "report")


class Killed(BaseException):
    """The process is gone; nothing catches this."""


class Mortal:
    """Ends the engine before or after its nth call to anything outside."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.calls = 0

    def strike(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise Killed

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def mortal(*arguments: Any, **named: Any) -> Any:
            self.strike()
            answer = call(*arguments, **named)
            self.strike()
            return answer

        return mortal


class MortalLog:
    """A log whose user may be killed before and after every call."""

    def __init__(self, log: MemoryLog, mortal: Mortal) -> None:
        for name in (*CALLS, "quarantine"):
            setattr(self, name, mortal.around(getattr(log, name)))


class MortalSnapshots:
    """A store whose user may be killed before and after every call."""

    def __init__(self, store: SnapshotStore, mortal: Mortal) -> None:
        self.write: Callable[[Snapshot], None] = mortal.around(store.write)
        self.newest = mortal.around(store.newest)
        self.ids = store.ids


def uninterrupted() -> MemoryLog:
    log = new_log()
    write_orders(log, ENTRIES)
    run_to_the_end(engine_on(log), log)
    return log


def lead(log: MemoryLog, store: MemorySnapshots, mortal: Mortal, *, session: int) -> EngineLoop:
    """Lead until the end of the journal, with a snapshot at every chance; may be killed."""
    snapshots = MortalSnapshots(store, mortal)

    def keep(loop: EngineLoop) -> None:
        if loop.position != NOTHING_YET:
            snapshots.write(snapshot_of(loop))

    loop = engine_on(
        MortalLog(log, mortal), snapshots, session=session,  # type: ignore[arg-type]
        heartbeat_ms=0, on_published=keep,
    )
    run_to_the_end(loop, log)
    return loop


def calls_of_a_life() -> int:
    log = new_log()
    write_orders(log, ENTRIES)
    mortal = Mortal(at=0)
    lead(log, MemorySnapshots(), mortal, session=2)
    return mortal.calls


@pytest.fixture(autouse=True)
def _small_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few entries a turn, so that a life has many publications."""
    monkeypatch.setattr(engine_loop, "ENTRIES_PER_TURN_MAX", 3)
    monkeypatch.setattr(engine_loop, "ENTRIES_PER_TURN_MIN", 1)
    monkeypatch.setattr(engine_loop, "REPLAY_ENTRIES", 2)
    monkeypatch.setattr(engine_loop, "PAUSE_S", 0)


def test_an_engine_abandoned_anywhere_is_followed_by_one_that_says_the_same() -> None:
    expected = uninterrupted()
    lives = calls_of_a_life()
    assert lives > 60
    for at in range(1, lives + 1):
        log = new_log(clock := Clock())
        write_orders(log, ENTRIES)
        store = MemorySnapshots()
        with pytest.raises(Killed):
            lead(log, store, Mortal(at), session=2)
        told = list(log.events)

        clock.now_ms += 10_000  # The lease of the dead runs out.
        successor = lead(log, store, Mortal(at=0), session=3)

        assert told == log.events[: len(told)], f"killed at call {at}: what was said is said"
        ours = [entry for entry in log.events if entry.writer == 7]
        for told_once, twin in zip(ours, expected.events, strict=False):
            assert (told_once.id, told_once.outcome, told_once.digest) == (
                twin.id, twin.outcome, twin.digest,
            ), f"killed at call {at}"
        assert ENTRIES + 1 == len(ours)
        assert [entry.id for entry in log.journal] == [entry.id for entry in log.events]
        replayed = engine_on(log)
        replayed.restore()
        assert replayed.digest == successor.digest == log.events[-1].digest
        assert state_hash(replayed.engine.state) == state_hash(successor.engine.state)


def test_engines_that_die_again_and_again_still_get_on() -> None:
    """Each life is ended a little later than it took the one before to get under way."""
    log = new_log(clock := Clock())
    write_orders(log, ENTRIES)
    store = MemorySnapshots()
    for life in range(1, 60):
        clock.now_ms += 10_000
        try:
            lead(log, store, Mortal(10 + life), session=100 + life)
        except Killed:
            continue
        break
    else:
        pytest.fail("no life was long enough")
    replayed = engine_on(log)
    replayed.restore()
    assert replayed.digest == log.events[-1].digest
    numbers = [entry.number for entry in log.events if entry.writer == 7]
    assert list(range(1, ENTRIES + 2)) == numbers
