"""The engine on the log: what it publishes, restores, refuses, and survives."""

from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import Heartbeat
from outcry.engine.rules import VersionUnknown
from outcry.engine.snapshot import state_hash
from outcry.ports.log import LogBroken
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    SCHEMA_VERSION,
    chain_digest,
    decode_commands,
    decode_outcome,
)
from rigs.memory_venue import (
    Clock,
    assert_the_log_is_sound,
    engine_on,
    leading,
    new_log,
    order,
    restored,
    run_to_the_end,
    snapshot_of,
    write,
    write_orders,
)

ENTRIES = 200


def published_log(entries: int = ENTRIES) -> MemoryLog:
    """A log that an engine has worked through."""
    log = new_log()
    write_orders(log, entries)
    run_to_the_end(engine_on(log), log)
    return log


def test_every_journal_entry_gets_its_events_entry_chained_to_the_one_before() -> None:
    log = new_log()
    write_orders(log, ENTRIES)
    loop = engine_on(log)

    run_to_the_end(loop, log)

    assert assert_the_log_is_sound(log) == state_hash(loop.engine.state)
    assert (log.events[-1].id, log.events[-1].digest) == (loop.position, loop.digest)


def test_the_lease_holder_beats_and_gives_the_lease_back() -> None:
    log = new_log()
    run_to_the_end(engine_on(log, session=5), log)
    assert 5 == log.journal[-1].writer
    assert [Heartbeat()] == decode_commands(log.journal[-1].commands).commands
    assert log.take_lease(token="the next", ttl_ms=1)


def test_restoring_from_an_empty_engine_comes_to_the_same_state() -> None:
    log = published_log()
    before = list(log.events)
    loop = restored(log)
    assert (before[-1].id, before[-1].digest) == (loop.position, loop.digest)
    assert before == log.events
    assert assert_the_log_is_sound(log) == state_hash(loop.engine.state)


def test_restoring_from_a_snapshot_comes_to_the_same_state() -> None:
    log = new_log()
    write_orders(log, 50)
    snapshots = MemorySnapshots()
    first = engine_on(log, snapshots)
    run_to_the_end(first, log)
    snapshots.write(snapshot_of(first))
    for number in range(100, 200):
        write(log, number, [order(number)])
    run_to_the_end(engine_on(log, snapshots, session=2), log)

    loop = restored(log, snapshots)

    assert assert_the_log_is_sound(log) == state_hash(loop.engine.state)
    for number in range(200, 220):
        write(log, number, [order(number)])
    run_to_the_end(engine_on(log, snapshots, session=3), log)
    assert_the_log_is_sound(log)


def test_a_replay_begins_at_the_snapshot_and_not_before() -> None:
    """What the snapshot covers may be trimmed from both streams but for the boundary entry."""
    log = published_log()
    snapshots = MemorySnapshots()
    snapshots.write(snapshot_of(restored(log)))
    boundary = len(log.events) - 1
    write(log, 999, [order(1)])
    run_to_the_end(engine_on(log, snapshots, session=2), log)
    whole = list(log.events)
    del log.journal[:boundary], log.events[:boundary]

    loop = restored(log, snapshots)

    assert whole[-1].digest == loop.digest


@pytest.mark.parametrize("place", [0, 1, ENTRIES // 2, -1])
@pytest.mark.parametrize("field", ["digest", "outcome", "missing"])
def test_a_tampered_event_stream_stops_the_engine(place: int, field: str) -> None:
    """A changed outcome shows in the digest, which covers it and everything before."""
    log = published_log()
    entry = log.events[place]
    if field == "missing":
        if place == -1:
            return  # Then the stream just ends earlier: the entry is published again.
        del log.events[place]
    elif field == "digest":
        log.events[place] = entry._replace(digest=bytes(32))
    else:
        # Whoever changes an outcome and makes its digest fit has to change all that follow.
        forged = chain_digest(
            log.events[place - 1].digest if place else FIRST_DIGEST,
            log.journal[place], entry.outcome + b"\0",
        )
        log.events[place] = entry._replace(outcome=entry.outcome + b"\0", digest=forged)
    with pytest.raises(LogBroken):
        restored(log)


def test_a_last_entry_that_is_gone_is_published_again() -> None:
    log = published_log()
    whole = list(log.events)
    del log.events[-3:]
    run_to_the_end(engine_on(log, session=2), log)
    assert whole == log.events[: len(whole)]
    assert_the_log_is_sound(log)


@pytest.mark.parametrize("gone", [slice(0, 1), slice(5, 6), slice(-1, None), slice(3, None)])
def test_a_journal_that_lacks_entries_stops_the_engine(gone: slice) -> None:
    log = published_log()
    del log.journal[gone]
    with pytest.raises(LogBroken):
        restored(log)


def test_a_journal_that_has_other_entries_stops_the_engine() -> None:
    log = published_log()
    log.journal[7] = log.journal[7]._replace(commands=log.journal[8].commands)
    with pytest.raises(LogBroken):
        restored(log)


def test_a_journal_that_lacks_entries_up_to_the_top_but_goes_on_stops_the_engine() -> None:
    log = published_log()
    snapshots = MemorySnapshots()
    snapshots.write(snapshot_of(restored(log)))
    write(log, 998, [order(1)])
    write(log, 999, [order(2)])
    loop = engine_on(log, snapshots, session=2)
    run_to_the_end(loop, log)
    beyond = log.journal[-1]
    del log.journal[-3:]
    log.journal.append(beyond._replace(id=beyond.id._replace(ms=beyond.id.ms + 1)))
    with pytest.raises(LogBroken):
        restored(log, snapshots)


def test_a_snapshot_ahead_of_the_published_events_is_not_used() -> None:
    """It was taken before the publication that then failed: its answers would be skipped."""
    log = published_log()
    snapshots = MemorySnapshots()
    snapshots.write(snapshot_of(restored(log)))
    del log.events[-10:]

    run_to_the_end(engine_on(log, snapshots, session=2), log)

    assert_the_log_is_sound(log)


def test_a_snapshot_of_another_event_stream_stops_the_engine() -> None:
    log = published_log()
    snapshots = MemorySnapshots()
    snapshots.write(snapshot_of(restored(log))._replace(digest=bytes(32)))
    with pytest.raises(LogBroken):
        restored(log, snapshots)


def test_events_without_a_journal_stop_the_engine() -> None:
    log = published_log()
    log.journal.clear()
    with pytest.raises(LogBroken):
        restored(log)


def test_an_empty_log_is_waited_for() -> None:
    log = MemoryLog(Clock())
    loop = leading(log)
    loop.step()
    assert NOTHING_YET != log.journal[-1].id


def test_an_entry_of_a_newer_schema_stops_the_engine_before_it() -> None:
    log = new_log()
    write_orders(log, 3)
    log.journal[2] = log.journal[2]._replace(version=SCHEMA_VERSION + 1)
    loop = leading(log)
    with pytest.raises(VersionUnknown):
        loop.step()
    assert [] == log.events


def test_a_command_that_makes_the_engine_fail_is_quarantined_and_answered_after_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = new_log()
    write(log, 2, [order(1), order(2), order(3)])
    write(log, 3, [order(4)])
    loop = leading(log)
    real = loop.engine

    class Failing:
        """An engine with a bug that the second command of the second entry meets."""

        state, index = real.state, 0

        def apply(self, **entry: Any) -> bytes:
            if entry["number"] == 2 and 1 not in entry["quarantined"]:
                self.index = 1
                raise ZeroDivisionError
            return real.apply(**entry)

    monkeypatch.setattr(loop, "engine", Failing())
    with pytest.raises(ZeroDivisionError):
        loop.step()
    assert [(log.journal[1].id, 1)] == log.quarantined()
    assert [] == log.events

    run_to_the_end(engine_on(log, session=1), log)

    answers = decode_outcome(log.events[1].outcome).answers
    assert ["OrderAccepted", "CommandRejected", "OrderAccepted"] == [
        type(answer[0]).__name__ for answer in answers
    ]
    again = restored(log)
    assert log.events[-1].digest == again.digest


def test_a_broken_invariant_is_not_quarantined(monkeypatch: pytest.MonkeyPatch) -> None:
    log = new_log()
    loop = leading(log)

    class Broken:
        index = 0

        def apply(self, **_entry: Any) -> bytes:
            raise AssertionError

    monkeypatch.setattr(loop, "engine", Broken())
    with pytest.raises(AssertionError):
        loop.step()
    assert [] == log.quarantined()
