"""Bounds of the log: nobody fills it by repeating what is logged."""

import logging

import pytest
import structlog

from outcry.runtime.log_throttle import (
    LINES_PER_MINUTE,
    TEXT_MAX,
    LogThrottle,
    cut_texts,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def written(throttle: LogThrottle, event: str, times: int) -> int:
    return sum(throttle.left_out(event) is not None for _ in range(times))


def test_an_event_has_so_many_lines_in_a_minute() -> None:
    clock = Clock()
    throttle = LogThrottle(clock)
    assert LINES_PER_MINUTE == written(throttle, "request failed", 1_000)
    assert 1 == written(throttle, "another", 1)
    clock.now += 60
    assert 1_000 - LINES_PER_MINUTE == throttle.left_out("request failed")
    assert 0 == throttle.left_out("request failed")


def test_a_line_says_how_many_were_left_out() -> None:
    clock = Clock()
    throttle = LogThrottle(clock)
    for number in range(LINES_PER_MINUTE + 3):
        if number < LINES_PER_MINUTE:
            assert {"event": "x"} == throttle.process(None, "", {"event": "x"})
        else:
            with pytest.raises(structlog.DropEvent):
                throttle.process(None, "", {"event": "x"})
    clock.now += 60
    assert {"event": "x", "left_out": 3} == throttle.process(None, "", {"event": "x"})


def test_events_made_up_by_clients_do_not_pile_up() -> None:
    throttle = LogThrottle(Clock())
    for number in range(10_000):
        throttle.left_out(f"made up {number}")
    assert len(throttle._minutes) <= 1_000


def test_lines_of_libraries_are_counted_by_their_form() -> None:
    throttle = LogThrottle(Clock())
    records = [
        logging.LogRecord("library", logging.WARNING, "", 1, "slow %s", (number,), None)
        for number in range(100)
    ]
    assert LINES_PER_MINUTE == sum(map(throttle.filter, records))


def test_texts_are_cut() -> None:
    event = cut_texts(None, "", {"event": "x", "path": "y" * 10_000, "exception": "z" * 20_000})
    assert len(event["path"]) == TEXT_MAX + 1
    assert len(event["exception"]) == 8_000
