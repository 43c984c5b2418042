"""A command that asks for rules a build has not: who stops where, and who goes on."""

import asyncio
from collections.abc import Collection

import pytest

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import UseRules
from outcry.engine.events import RulesUsed
from outcry.engine.rules import RULES_KNOWN, VersionUnknown
from outcry.engine.snapshot import state_hash
from outcry.log.archive import WholeHistory
from outcry.log.replay import ReplayResult, replay
from outcry.processes.engine.loop import EngineLoop
from outcry.wire.journal import decode_outcome
from rigs.kept_archive import KeptArchive
from rigs.memory_venue import (
    NEVER_MS,
    OwnLine,
    assert_the_log_is_sound,
    engine_on,
    leading,
    new_log,
    order,
    run_to_the_end,
    snapshot_of,
    write,
    write_orders,
)

NEXT = RULES_KNOWN[-1] + 1
BOTH = (*RULES_KNOWN, NEXT)  # What a build would have that mended something.
ORDERS = 20


def upgraded_log() -> MemoryLog:
    """Orders, a change to the next version in the middle of an entry of orders, and more orders."""
    log = new_log()
    write_orders(log, ORDERS)
    write(log, 100, [order(200), UseRules(version=NEXT), order(201)])
    for number in range(101, 121):
        write(log, number, [order(3 * number)])
    return log


def replayed(log: MemoryLog, rules: Collection[int] = RULES_KNOWN) -> ReplayResult:
    return asyncio.run(replay(
        WholeHistory(events=log, journal=log, archive=KeptArchive([])), until=log.events_top(),
        quarantined={}, snapshot_hashes={}, on_entry=lambda _: None, rules=rules,
    ))


def test_an_engine_that_has_the_version_goes_on_and_a_replay_comes_to_the_same() -> None:
    log = upgraded_log()
    loop = engine_on(log, rules=BOTH)
    run_to_the_end(loop, log)

    assert [RulesUsed(version=NEXT)] == decode_outcome(log.events[ORDERS + 1].outcome).answers[1]
    assert NEXT == loop.engine.state.rules
    assert assert_the_log_is_sound(log, BOTH) == state_hash(loop.engine.state)
    again = replayed(log, BOTH)
    assert (loop.digest, state_hash(loop.engine.state)) == (again.digest, again.state_hash)


def test_a_leader_that_has_it_not_stops_before_the_entry_and_says_what_to_do() -> None:
    log = upgraded_log()
    loop = leading(log)
    asking = log.journal[ORDERS + 1].id
    with pytest.raises(VersionUnknown, match=f"entry {asking}: version {NEXT} .* start a build"):
        run_to_the_end(loop, log)
    assert all(entry.id < asking for entry in log.events)
    assert [] == log.quarantined(), "the command is not at fault"

    run_to_the_end(engine_on(log, session=1, rules=BOTH), log)
    assert_the_log_is_sound(log, BOTH)


def test_a_standby_that_has_it_not_stops_and_the_leader_goes_on() -> None:
    log = new_log()
    old = engine_on(OwnLine(log), session=2)
    new = engine_on(OwnLine(log), session=1, rules=BOTH)
    assert log.take_lease(token="1", ttl_ms=NEVER_MS)
    new.restore()
    old.restore()
    write_orders(log, 2)
    step_both(new, old)
    write(log, 100, [UseRules(version=NEXT)])
    with pytest.raises(VersionUnknown):
        step_both(old, new)

    write(log, 101, [order(300)])
    run_to_the_end(new, log)
    assert_the_log_is_sound(log, BOTH)


def test_a_standby_that_has_it_takes_over_from_a_leader_that_has_it_not() -> None:
    log = new_log()
    new = engine_on(OwnLine(log), session=2, rules=BOTH)
    old = leading(log)
    write_orders(log, 2)
    old.step()
    new.restore()
    write(log, 100, [UseRules(version=NEXT)])
    with pytest.raises(VersionUnknown):
        run_to_the_end(old, log)

    log.give_lease_back("1")
    run_to_the_end(new, log)
    assert NEXT == new.engine.state.rules
    assert_the_log_is_sound(log, BOTH)


def test_an_engine_that_has_it_not_does_not_begin_at_a_snapshot_of_that_version() -> None:
    log = upgraded_log()
    new = engine_on(log, rules=BOTH)
    run_to_the_end(new, log)
    snapshots = MemorySnapshots()
    snapshots.write(snapshot_of(new))

    again = engine_on(log, snapshots, rules=BOTH)
    again.restore()
    assert NEXT == again.engine.state.rules
    with pytest.raises(VersionUnknown, match=f"version {NEXT} of the rules"):
        engine_on(log, snapshots).restore()


def test_a_replay_by_a_build_that_has_it_not_names_the_entry() -> None:
    log = upgraded_log()
    run_to_the_end(engine_on(log, rules=BOTH), log)
    with pytest.raises(VersionUnknown, match=f"entry {log.journal[ORDERS + 1].id}: version {NEXT}"):
        replayed(log)


def step_both(first: EngineLoop, second: EngineLoop) -> None:
    for _ in range(3):
        first.step()
        second.step()
