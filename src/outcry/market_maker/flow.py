"""A crowd of takers: their times, sides and quantities.

Pure and seeded. Takers come at random and mostly with little; their sides have some memory, so that
candles have bodies; and when the book strays from the outside price more of them take the side
that brings it back.
"""

import math
from random import Random
from typing import NamedTuple

from outcry.client.models import Side

_MEMORY = 0.97  # Of the mood, from one taker to the next.


class TakerActivity(NamedTuple):
    """Parameters of the crowd."""

    per_second: float = 1.5  # In each market.
    notional: float = 120.0  # Median, in the quote asset.
    unevenness: float = 1.1  # Standard deviation of the logarithm of the size.
    large_share: float = 0.03  # One in so many is large,
    large_factor: float = 10.0  # by this.
    notional_max: float = 20_000.0
    mood: float = 0.18  # How far momentum moves the odds of buying.
    pull: float = 0.25  # How far a book away from the mark moves them.
    market_share: float = 0.4  # Of market orders; the others are limit orders, IOC.
    reach: float = 0.0015  # How far beyond the best price a limit order goes.


class TakerOrder(NamedTuple):
    """An order a taker sends."""

    side: Side
    quantity: int  # Lots.
    price: int | None  # Ticks; None for a market order.


class TakerFlow:
    """The takers of one market, one after the other."""

    def __init__(self, seed: str, crowd: TakerActivity) -> None:
        self._random = Random(seed)  # noqa: S311 (It must be repeatable.)
        self._crowd = crowd
        self._mood = 0.0

    def wait_s(self) -> float:
        """How long until the next taker comes."""
        return self._random.expovariate(self._crowd.per_second)

    def taker(
        self, *, bid: int, ask: int, mark: float, inventory: float, unit_value: float,
        quantity_min: int,
    ) -> TakerOrder:
        """The next taker's order, given the best prices and the mark in ticks.

        `inventory` is how much the takers have bought more than sold, from -1 to 1.
        """
        assert 0 < bid < ask
        crowd, random = self._crowd, self._random
        self._mood = _MEMORY * self._mood + math.sqrt(1 - _MEMORY**2) * random.gauss(0.0, 1.0)
        # In half spreads: 1 when the mark is at the best ask.
        stray = (2 * mark - bid - ask) / (ask - bid)
        odds = (
            0.5
            + crowd.mood * max(-1.0, min(1.0, self._mood))
            + crowd.pull * max(-1.0, min(1.0, stray))
            - 0.3 * max(-1.0, min(1.0, inventory))
        )
        side: Side = "Bid" if random.random() < odds else "Ask"
        notional = crowd.notional * math.exp(random.gauss(0.0, crowd.unevenness))
        if random.random() < crowd.large_share:
            notional *= crowd.large_factor
        notional = min(notional, crowd.notional_max)
        lots = max(quantity_min, round(notional / (ask * unit_value)))
        if random.random() < crowd.market_share:
            return TakerOrder(side, lots, None)
        if side == "Bid":
            return TakerOrder(side, lots, math.floor(ask * (1 + crowd.reach)))
        return TakerOrder(side, lots, max(1, math.ceil(bid * (1 - crowd.reach))))
