"""The open candles of one instrument, one of each interval, and their closing.

A trade is folded into the open second and the open minute only. Longer candles are kept up to the
last whole minute, and completed with the open minute when they are read.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from outcry.engine.units import InstrumentId
from outcry.projections.candles import (
    MINUTE_MS,
    RECORDED_INTERVALS,
    candle_of_trade,
    end_of,
    flat_candle,
    merged,
    rolled_up,
    start_of,
)
from outcry.projections.history import CandleRow
from outcry.wire.journal import NOTHING_YET, EntryId

_LONGER: Final = tuple(interval for interval in RECORDED_INTERVALS if interval != "1m")
_DAYS_AND_LONGER: Final = ("1d", "3d", "1w", "1month")


class Klines:
    """Open candles of one instrument. Until its first trade it has none."""

    def __init__(self, instrument_id: InstrumentId) -> None:
        self._instrument_id = instrument_id
        self._primed_to = NOTHING_YET
        self._now_ms = 0
        self._close = 0  # The latest price; 0 before the first trade.
        # By interval, where the open candle starts and what it has; none without a trade in it.
        self._starts: dict[str, int] = {}
        self._parts: dict[str, CandleRow] = {}

    def prime(
        self, *, minutes: Sequence[CandleRow], days: Iterable[CandleRow], up_to: EntryId
    ) -> None:
        """Start from history, oldest first: candles of `1m` that hold up to an entry, those of its
        whole day among them, and the `1d` candles of the days before it in its week and month.
        """
        assert not self._starts
        self._primed_to = up_to
        today_ms = start_of("1d", up_to.ms)
        before = [day for day in days if day.start_ms < today_ms]
        if not minutes and not before:
            return
        self._close = minutes[-1].close if minutes else before[-1].close
        self._begin(up_to.ms)
        minute_ms = self._starts["1m"]
        whole = [row for row in minutes if today_ms <= row.start_ms < minute_ms]
        for row in minutes:
            if row.start_ms == minute_ms:
                self._parts["1m"] = row
        for interval in _LONGER:
            sources = whole
            if interval in _DAYS_AND_LONGER:
                sources = [*before, *whole]
            # Merging needs the order of time only; `1d` and `1m` may stand together in it.
            for candle in rolled_up(sources, interval):
                if candle.start_ms == self._starts[interval]:
                    self._parts[interval] = candle

    def fold(
        self, entry_id: EntryId, *, price: int, quantity: int, quote_amount: int
    ) -> None:
        """Take in a trade, unless history had it. Call `advance` with its entry's time first."""
        if entry_id <= self._primed_to:
            return
        if not self._close:
            self._begin(entry_id.ms)
        assert self._now_ms >= entry_id.ms
        self._close = price
        for interval in ("1s", "1m"):
            self._add(candle_of_trade(
                self._instrument_id, interval, traded_ms=entry_id.ms, price=price,
                quantity=quantity, quote_amount=quote_amount,
            ))

    def advance(self, now_ms: int) -> list[CandleRow]:
        """Advance the time; returns the candles that closed by then, shortest first.

        Each closes once. Whole intervals that the time leaps over are left out.
        """
        if now_ms <= self._now_ms:
            return []
        self._now_ms = now_ms
        if not self._close:
            return []
        closed: list[CandleRow] = []
        if now_ms >= end_of("1s", self._starts["1s"]):
            closed.append(self._shut("1s"))
        if now_ms >= self._starts["1m"] + MINUTE_MS:
            self._roll_minute()
            closed.append(self._shut("1m"))
            ended = [
                interval for interval in _LONGER
                if now_ms >= end_of(interval, self._starts[interval])
            ]
            closed += [self._shut(interval) for interval in ended]
        return closed

    def open_candle(self, interval: str) -> CandleRow | None:
        """The open candle of an interval; None before the first trade."""
        if not self._close:
            return None
        part = self._parts.get(interval)
        if interval in _LONGER:
            minute = self._parts.get("1m")
            if minute is not None:
                late = msgspec.structs.replace(
                    minute, interval=interval, start_ms=self._starts[interval]
                )
                part = late if part is None else merged(part, late)
        return part or self._flat(interval)

    def _begin(self, now_ms: int) -> None:
        self._now_ms = max(self._now_ms, now_ms)
        for interval in ("1s", *RECORDED_INTERVALS):
            self._starts[interval] = start_of(interval, now_ms)

    def _add(self, candle: CandleRow) -> None:
        assert candle.start_ms == self._starts[candle.interval]
        part = self._parts.get(candle.interval)
        self._parts[candle.interval] = candle if part is None else merged(part, candle)

    def _roll_minute(self) -> None:
        """Merge the open minute into the longer candles."""
        minute = self._parts.get("1m")
        if minute is None:
            return
        for interval in _LONGER:
            self._add(msgspec.structs.replace(
                minute, interval=interval, start_ms=self._starts[interval]
            ))

    def _flat(self, interval: str) -> CandleRow:
        return flat_candle(
            self._instrument_id, interval, self._starts[interval], close=self._close
        )

    def _shut(self, interval: str) -> CandleRow:
        """Close an interval's candle and open the one that holds the present."""
        part = self._parts.pop(interval, None)
        closed = part or self._flat(interval)
        self._starts[interval] = start_of(interval, self._now_ms)
        return closed
