"""Who leads: two engines on one log, and a log that is out of reach for a moment."""

import time
from typing import Any

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.ports.log import LeaseLost, LogUnavailable
from outcry.processes.engine import loop as engine_loop
from outcry.processes.engine.loop import EngineLoop, RestoreNeeded
from outcry.wire.journal import EntryId
from rigs.memory_venue import (
    LEASE_MS,
    Clock,
    OwnLine,
    assert_the_log_is_sound,
    engine_on,
    new_log,
    order,
    run_to_the_end,
    write,
    write_orders,
)


def test_two_engines_with_one_lease_never_make_a_hole() -> None:
    """The first does not know that its lease ran out, and that the second leads since."""
    clock = Clock()
    log = new_log(clock)
    write_orders(log, 20)
    first = engine_on(OwnLine(log), session=1)
    assert log.take_lease(token="1", ttl_ms=1_000)
    first.restore()
    first.step()

    clock.now_ms += 2_000
    second = engine_on(OwnLine(log), session=2)
    assert log.take_lease(token="2", ttl_ms=1_000)
    second.restore()
    write(log, 500, [order(500)])
    second.step()
    second.step()
    first.step()  # Sends what is refused, and waits for the answer when it has more to send.
    write(log, 501, [order(501)])
    with pytest.raises(LeaseLost):
        first.step()

    clock.now_ms += 2_000
    run_to_the_end(first, log)
    assert_the_log_is_sound(log)


def test_nobody_is_told_of_a_publication_before_it_is_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A snapshot ahead of the events would skip answers for ever."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    log = new_log()
    told: list[tuple[EntryId, EntryId]] = []

    def on_published(loop: EngineLoop) -> None:
        told.append((loop.position, log.events_top()))

    loop = engine_on(OwnLine(log), heartbeat_ms=1_000, on_published=on_published)
    assert log.take_lease(token="1", ttl_ms=1_000)
    loop.restore()
    loop.step()
    now[0] += 2
    loop.step()
    log.give_lease_back("1")
    assert log.take_lease(token="2", ttl_ms=1_000)
    write(log, 2, [order(1)])
    loop.step()  # Sends what is refused.
    now[0] += 2
    with pytest.raises(LeaseLost):
        loop.step()
    assert log.events_top() < loop.position
    assert told
    assert all(position == top for position, top in told)


def test_an_engine_that_finds_another_leading_waits_and_then_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_loop, "LEASE_ASKED_S", 0)
    clock = Clock()
    log = new_log(clock)
    write_orders(log, 20)
    assert log.take_lease(token="another", ttl_ms=1_000)
    turns = 0

    def stopped() -> bool:
        nonlocal turns
        turns += 1
        if turns == 3:
            assert [] == log.events
            clock.now_ms += 2_000
        assert turns < 100
        return bool(log.events) and log.events_top() == log.journal[-1].id

    engine_on(log).run(stopped)
    assert_the_log_is_sound(log)


def test_a_leader_that_slept_heeds_what_another_put_in_quarantine_and_left() -> None:
    """Nobody has the lease when it wakes, and yet it is not as if nothing had happened."""
    clock = Clock()
    log = new_log(clock)
    sleeper = engine_on(OwnLine(log), session=1, heartbeat_ms=0)
    sleeper.restore()
    sleeper.step()
    assert sleeper.leads
    write_orders(log, 1)
    sleeper._apply(log.journal[-1:])
    clock.now_ms += LEASE_MS + 1
    assert log.take_lease(token="2", ttl_ms=LEASE_MS)
    log.quarantine(log.journal[-1].id, 0, token="2")
    clock.now_ms += LEASE_MS + 1

    with pytest.raises(RestoreNeeded, match="is in quarantine since"):
        sleeper.step()


def test_what_was_sent_before_the_lease_was_lost_is_refused_after_it_was_taken_again() -> None:
    """It comes late, from the same engine, and may say what another one has ruled out."""
    clock = Clock()
    log = new_log(clock)
    engine = engine_on(OwnLine(log), session=1, heartbeat_ms=0)
    engine.restore()
    engine.step()
    before = engine._token
    clock.now_ms += LEASE_MS + 1
    engine.step()
    assert engine.leads
    log.publish([], after=log.events_top(), token=before, ttl_ms=LEASE_MS)
    with pytest.raises(LeaseLost, match="not this engine's"):
        log.confirm()


class FailingLog(MemoryLog):
    """A log that is out of reach for one call."""

    def __init__(self, clock: Clock, failing: str) -> None:
        super().__init__(clock)
        self.failing = failing

    def _fail(self, name: str) -> None:
        if name == self.failing:
            self.failing = ""
            raise LogUnavailable("for once")

    def receive(self) -> Any:
        self._fail("receive")
        return super().receive()

    def confirm(self) -> None:
        self._fail("confirm")
        super().confirm()

    def beat(self, **entry: Any) -> None:
        self._fail("beat")
        super().beat(**entry)

    def take_lease(self, **lease: Any) -> bool:
        self._fail("take_lease")
        return super().take_lease(**lease)

    def events_top(self) -> Any:
        self._fail("events_top")
        return super().events_top()


@pytest.mark.parametrize("call", ["receive", "confirm", "beat", "take_lease", "events_top"])
def test_a_log_out_of_reach_is_tried_again(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_loop, "PAUSE_S", 0)
    log = FailingLog(Clock(), "")
    whole = new_log()
    log.journal = whole.journal
    write_orders(log, 100)
    log.failing = call

    run_to_the_end(engine_on(log), log)

    assert "" == log.failing
    assert_the_log_is_sound(log)
