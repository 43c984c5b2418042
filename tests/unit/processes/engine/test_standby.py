"""An engine without the lease: it follows, compares, keeps what it made, and takes over."""

from collections.abc import Sequence
from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.ports.log import LeaseLost, LogBroken, LogUnavailable
from outcry.processes.engine import loop as engine_loop
from outcry.processes.engine.loop import EngineLoop, RestoreNeeded
from outcry.wire.journal import JournalEntry, decode_outcome, encode_commands
from rigs.memory_venue import (
    LEASE_MS,
    Clock,
    OwnLine,
    engine_on,
    new_log,
    order,
    snapshot_of,
    write,
    write_orders,
)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_loop, "PAUSE_S", 0)
    monkeypatch.setattr(engine_loop, "SETTLE_TRIES", 1)


class Pair:
    """Two engines on one log, of which the first leads."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = new_log(self.clock)
        self.snapshots = MemorySnapshots()
        self.leader = engine_on(self.line(), self.snapshots, session=1, heartbeat_ms=0)
        self.standby = engine_on(self.line(), self.snapshots, session=2, heartbeat_ms=0)
        for engine in (self.leader, self.standby):
            engine.restore()
            engine.step()
        assert self.leader.leads
        assert not self.standby.leads

    def line(self) -> Any:
        return OwnLine(self.log)

    def let_the_lease_run_out(self) -> None:
        self.clock.now_ms += LEASE_MS + 1

    def step(self, engine: EngineLoop, times: int) -> None:
        for _ in range(times):
            engine.step()

    def run(self, engine: EngineLoop, turns: int) -> None:
        """Let one engine run for some turns, as its process would."""
        left = turns

        def stopped() -> bool:
            nonlocal left
            left -= 1
            return left < 0

        engine.run(stopped)


def kept(engine: EngineLoop) -> int:
    return len(engine._unpublished)


def test_a_standby_keeps_what_it_makes_until_the_leader_published_it() -> None:
    pair = Pair()
    write_orders(pair.log, 5)
    pair.standby.step()
    assert pair.standby.position == pair.log.journal[-1].id
    assert kept(pair.standby) >= 5
    assert pair.log.events_top() < pair.standby.position

    pair.leader.step()
    pair.leader.step()
    pair.standby.step()

    assert pair.log.events_top() >= pair.standby._unpublished.after
    assert kept(pair.standby) <= 1  # At most the leader's last heartbeat.


def test_at_a_takeover_what_was_kept_comes_first_and_nothing_is_restored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair = Pair()
    write_orders(pair.log, 5)
    pair.standby.step()
    waiting = kept(pair.standby)
    published = len(pair.log.events)
    assert waiting >= 5
    monkeypatch.setattr(EngineLoop, "restore", None)

    pair.let_the_lease_run_out()
    pair.standby.step()

    assert pair.standby.leads
    assert published + waiting <= len(pair.log.events)
    pair.standby.step()
    pair.standby.step()
    write(pair.log, 99, [order(400)])
    pair.standby.step()
    assert pair.log.events_top() >= pair.log.journal[-2].id


def test_a_standby_that_is_behind_first_comes_to_where_the_leader_was() -> None:
    pair = Pair()
    write_orders(pair.log, 50)
    for _ in range(3):
        pair.leader.step()
    assert pair.standby.position < pair.log.events_top()

    pair.let_the_lease_run_out()
    for _ in range(3):
        pair.standby.step()

    assert pair.standby.leads
    assert pair.log.events_top() >= pair.log.journal[-2].id


def test_a_leader_that_slept_through_its_lease_follows_with_the_state_it_has() -> None:
    pair = Pair()
    write_orders(pair.log, 5)
    pair.let_the_lease_run_out()
    pair.standby.step()
    pair.standby.step()
    restored: list[int] = []
    pair.leader.restore = lambda: restored.append(1)  # type: ignore[method-assign]
    pair.leader._restored = True

    pair.leader._next_beat = 10.0**12  # It does not know yet.
    pair.leader.step()
    with pytest.raises(LeaseLost):
        pair.leader.step()
    pair.leader._leave_the_lead()
    pair.leader.step()
    pair.leader.step()

    assert not pair.leader.leads
    assert [] == restored
    assert pair.leader._unpublished.after >= pair.log.events[-2].id


def test_another_outcome_than_the_leaders_stops_a_standby() -> None:
    """It has a bug, or another version: after a takeover it would tell another story."""
    pair = Pair()
    write(pair.log, 2, [order(1)])
    pair.standby.engine.apply(  # Makes it say something else.
        entry_ms=pair.clock.now_ms, writer=9, number=1, quarantined=[],
        commands=encode_commands([order(3)]),
    )
    pair.leader.step()
    pair.leader.step()
    with pytest.raises(LogBroken, match="other events than were published"):
        pair.step(pair.standby, 3)


def test_a_standby_starts_again_when_what_it_applied_was_put_in_quarantine() -> None:
    """Bad luck of the leader is not a standby's fault: it comes to what was published."""
    pair = Pair()
    write(pair.log, 2, [order(1)])
    pair.step(pair.standby, 1)
    poison = pair.log.journal[-1].id
    assert pair.standby.position >= poison
    pair.log.quarantine(poison, 0, token="1")
    pair.let_the_lease_run_out()
    pair.run(engine_on(pair.line(), pair.snapshots, session=3, heartbeat_ms=0), 4)
    assert pair.log.events_top() >= poison

    with pytest.raises(RestoreNeeded, match="is in quarantine since"):
        pair.standby.step()
    pair.run(pair.standby, 3)

    assert pair.standby.position >= poison


def test_a_trim_right_before_a_standby_looks_for_its_last_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its events were still there a moment ago: it starts again, and does not stop for a person."""
    pair = Pair()
    for _ in range(4):
        pair.leader.step()
        pair.standby.step()
    pair.leader.step()
    follow = pair.standby._follow

    def follow_and_be_trimmed() -> None:
        follow()
        del pair.log.journal[:-1], pair.log.events[:-1]

    monkeypatch.setattr(pair.standby, "_follow", follow_and_be_trimmed)
    with pytest.raises(RestoreNeeded):
        pair.standby._prove_place()


def test_events_that_are_gone_stop_a_standby() -> None:
    pair = Pair()
    for _ in range(3):
        pair.leader.step()
        pair.standby.step()
    del pair.log.events[1:]
    with pytest.raises(LogBroken, match="is gone from the stream"):
        pair.standby.step()


def test_a_standby_that_slept_through_a_trim_starts_again() -> None:
    pair = Pair()
    write_orders(pair.log, 20)
    for _ in range(3):
        pair.leader.step()
    pair.snapshots.write(snapshot_of(pair.leader))
    for number in range(100, 110):
        write(pair.log, number, [order(number)])
        pair.leader.step()
    boundary = next(
        place for place, entry in enumerate(pair.log.events)
        if entry.id == pair.snapshots.ids()[-1]
    )
    del pair.log.journal[:boundary], pair.log.events[:boundary]

    with pytest.raises(RestoreNeeded):
        pair.standby.step()
    pair.run(pair.standby, 3)

    assert pair.standby._unpublished.after >= pair.log.events[-1].id


def test_a_log_out_of_reach_for_a_moment_costs_no_restore() -> None:
    pair = Pair()
    pair.run(pair.standby, 2)
    pair.standby.restore = None  # type: ignore[method-assign, assignment]
    receive = pair.standby._log.receive

    def fail() -> Sequence[JournalEntry]:
        pair.standby._log.receive = receive  # type: ignore[method-assign]
        raise LogUnavailable("for once")

    pair.standby._log.receive = fail  # type: ignore[method-assign]
    write(pair.log, 2, [order(1)])
    pair.run(pair.standby, 4)
    assert pair.standby.position >= pair.log.journal[-1].id


def test_a_journal_that_came_back_with_less_stops_an_engine() -> None:
    """It applied what is gone, and something else comes in its place."""
    pair = Pair()
    write(pair.log, 2, [order(1)])
    pair.standby.step()
    del pair.log.journal[-1]
    pair.standby._proven = False
    with pytest.raises(LogBroken, match="is gone, or is another"):
        pair.run(pair.standby, 1)


def test_an_engine_works_only_so_far_ahead_of_the_one_that_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_loop, "UNPUBLISHED_MAX", 10)
    monkeypatch.setattr(engine_loop, "ENTRIES_PER_TURN_MAX", 4)
    pair = Pair()
    write_orders(pair.log, 40)
    for _ in range(20):
        pair.standby.step()
    assert 10 <= kept(pair.standby) < 14


class Failing:
    """An engine with a bug that some commands meet."""

    def __init__(self, loop: EngineLoop, number: int) -> None:
        self._real = loop.engine
        self._number = number
        self.state, self.index = loop.engine.state, 0

    def apply(self, **entry: Any) -> bytes:
        if entry["number"] == self._number and 0 not in entry["quarantined"]:
            raise ZeroDivisionError
        return self._real.apply(**entry)


def test_only_the_leader_puts_a_command_in_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of one process must not take an answer away that another one has given."""
    pair = Pair()
    write(pair.log, 2, [order(1)])
    for engine, quarantined in ((pair.standby, []), (pair.leader, [(pair.log.journal[-1].id, 0)])):
        monkeypatch.setattr(engine, "engine", Failing(engine, 2))
        with pytest.raises(ZeroDivisionError):
            pair.step(engine, 2)
        assert quarantined == list(pair.log.quarantined())


def test_a_command_that_was_answered_is_never_put_in_quarantine() -> None:
    pair = Pair()
    write(pair.log, 2, [order(1)])
    for _ in range(3):
        pair.leader.step()
    entry = next(each for each in pair.log.events if each.number == 2 and each.writer == 7)
    pair.log.quarantine(entry.id, 0, token="1")
    assert [] == list(pair.log.quarantined())


def test_what_the_last_leader_put_in_quarantine_is_not_answered_otherwise_by_the_next() -> None:
    """The standby had applied it without trouble; it goes back and does as it is told."""
    pair = Pair()
    write(pair.log, 2, [order(1)])
    pair.standby.step()
    entry = next(each for each in pair.log.journal if each.number == 2 and each.writer == 7)
    assert pair.standby.position >= entry.id
    pair.log.quarantine(entry.id, 0, token="1")
    assert [(entry.id, 0)] == list(pair.log.quarantined())

    pair.let_the_lease_run_out()
    with pytest.raises(RestoreNeeded):
        pair.standby.step()
    pair.run(pair.standby, 5)

    [said] = [each for each in pair.log.events if each.id == entry.id]
    [answer] = decode_outcome(said.outcome).answers
    assert ["CommandRejected"] == [type(event).__name__ for event in answer]


@pytest.mark.parametrize("trouble", [LeaseLost("refused"), LogUnavailable("gone")])
def test_a_clean_stop_is_clean_whatever_the_last_publication_comes_to(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair()

    def confirm() -> None:
        raise trouble

    monkeypatch.setattr(pair.leader._log, "confirm", confirm)
    pair.run(pair.leader, 0)
    assert not pair.leader.leads


def test_a_clean_stop_hands_the_lease_over_at_once() -> None:
    pair = Pair()
    pair.run(pair.leader, 0)
    pair.standby.step()
    assert pair.standby.leads


def test_leader_and_standby_say_who_they_are() -> None:
    pair = Pair()
    pair.leader.step()
    said = pair.log._facts
    assert {"engine", "standby"} == said.keys()
    assert "1" == said["engine"]["lease_token"]
    assert "2" == said["standby"]["lease_token"]


def test_a_state_ahead_of_the_stream_is_not_offered_for_a_snapshot() -> None:
    """The leader could yet say something else, and then nobody could start from it."""
    log: MemoryLog = new_log()
    assert log.take_lease(token="another", ttl_ms=10**6)
    told: list[int] = []
    loop = engine_on(OwnLine(log), heartbeat_ms=0, on_published=lambda _: told.append(1))
    loop.restore()
    loop.step()  # Applies what nobody has published.
    told.clear()
    loop.step()
    loop.step()
    assert [] == told
