"""The price for which the venue's own book of a market is good, made hard to move.

Each side of the book counts as far as a certain value reaches, so that a small order moves nothing.
The middle between the two sides is averaged over some seconds, and the average moves only so fast.
The quote spans the averages of the last while, with a spread around them, and the book as it is
now. Therefore a push that ends sooner raises no bid and lowers no ask beyond where the average was,
and a book that has truly moved cannot be dealt with at its old price. While the span is too wide,
there is no price.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from outcry.engine.units import div_ceil, div_floor

RATE_ONE: Final = 1_000_000
STEP_MS: Final = 250  # The averages within a step are remembered together.
MOVES_FOR_MS: Final = 1_000  # A longer pause lets the average move no farther than this one.

Level = tuple[int, int]  # Price and quantity.


class OwnRules(NamedTuple):
    """How the price is made. Rates are millionths."""

    depth: int = 10_000  # In the quote asset: the value that each side must have, and that counts.
    average_ms: int = 10_000
    hold_ms: int = 30_000  # The averages of this time are in the quote.
    move_rate: int = 500  # What the average moves in a second, at most.
    spread_rate: int = 1_000  # The distance of bid and ask around the averages.
    spread_max_rate: int = 10_000  # With a larger one there is no price.


class NoPrice(Exception):
    """The book gives no price now; the message says why."""


class OwnPrice:
    """The price of one market."""

    def __init__(self, rules: OwnRules, mark: int | None = None) -> None:
        """`mark` is the latest known price, from which the average sets out."""
        self._rules = rules
        self._average = mark
        self._window = _Window(rules.average_ms)
        self._moved_ms = 0
        self._held: deque[tuple[int, int, int]] = deque()  # Steps: time, lowest and highest.

    def quote(
        self, bids: Iterable[Level], asks: Iterable[Level], depth: int, now_ms: int
    ) -> tuple[int, int]:
        """Bid and ask for a book, best levels first; raises `NoPrice`.

        `depth` is what each side has to have, as price times quantity.
        """
        rules = self._rules
        try:
            book_bid = div_floor(*_reached(bids, depth, "bid"))
            book_ask = div_ceil(*_reached(asks, depth, "ask"))
        except NoPrice:
            self._window.clear()
            raise
        recent = self._window.average((book_bid + book_ask) // 2, now_ms)
        average = self._move(recent, now_ms)
        low, high = self._hold(min(recent, average), max(recent, average), now_ms)
        bid = min(low - div_ceil(low * rules.spread_rate, 2 * RATE_ONE), book_bid)
        ask = max(high + div_ceil(high * rules.spread_rate, 2 * RATE_ONE), book_ask)
        if bid <= 0 or (ask - bid) * RATE_ONE > rules.spread_max_rate * average:
            raise NoPrice("the book is too wide, or too far from its average")
        return bid, ask

    def _move(self, towards: int, now_ms: int) -> int:
        """Move the average towards a price, as far as it may move in the time since the last."""
        if self._average is None:
            self._average = towards
        passed_ms = max(0, min(now_ms - self._moved_ms, MOVES_FOR_MS))
        farthest = div_floor(self._average * self._rules.move_rate * passed_ms, RATE_ONE * 1_000)
        self._average += max(-farthest, min(farthest, towards - self._average))
        self._moved_ms = now_ms
        return self._average

    def _hold(self, low: int, high: int, now_ms: int) -> tuple[int, int]:
        """Lowest and highest average of the last while, these included.

        The while is longer than the longest push by the time in which the recent average forgets
        it, so that it holds a moment before or after each push.
        """
        held, step_ms = self._held, now_ms - now_ms % STEP_MS
        if held and held[-1][0] == step_ms:
            _, low_before, high_before = held.pop()
            low, high = min(low, low_before), max(high, high_before)
        held.append((step_ms, low, high))
        while held[0][0] < step_ms - self._rules.hold_ms - self._rules.average_ms:
            held.popleft()
        return min(low for _, low, _ in held), max(high for _, _, high in held)


class _Window:
    """The average of a value over the last while, each value weighted by its time."""

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._values: deque[tuple[int, int]] = deque()  # From when, and the value from then on.
        self._area = 0  # Of all values but the newest: each times its milliseconds.

    def clear(self) -> None:
        """Forget all values."""
        self._values.clear()
        self._area = 0

    def average(self, value: int, now_ms: int) -> int:
        """Take in the value from now on; the average up to now."""
        values, first_ms = self._values, now_ms - self._length_ms
        if values:
            from_ms, before = values[-1]
            self._area += before * (now_ms - from_ms)
        values.append((now_ms, value))
        while len(values) > 1 and values[1][0] <= first_ms:
            from_ms, before = values.popleft()
            self._area -= before * (values[0][0] - from_ms)
        from_ms, before = values[0]
        outside_ms = max(0, first_ms - from_ms)
        length_ms = now_ms - from_ms - outside_ms
        if length_ms <= 0:
            return value
        return div_floor(self._area - before * outside_ms, length_ms)


def _reached(levels: Iterable[Level], depth: int, side: str) -> tuple[int, int]:
    """Value and quantity of the best orders of a side that are worth the depth."""
    value = quantity = 0
    for price, there in levels:
        taken = min(there, div_ceil(depth - value, price))
        value += price * taken
        quantity += taken
        if value >= depth:
            return value, quantity
    raise NoPrice(f"no {side}" if value == 0 else f"the {side} side is too thin")
