"""The levels that the market maker quotes: from a mark, its volatility and the inventory.

Pure: the same numbers and the same random state give the same levels. Floats are the model's; a
level is whole ticks and whole lots, bids rounded down and asks rounded up.
"""

import math
from decimal import Decimal
from random import Random
from typing import NamedTuple

from outcry.client import Market
from outcry.client.models import Side

_BASIS_POINT = 0.0001


class Rules(NamedTuple):
    """Limits of an order in a market, and the scale of its integers."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    unit_value: float  # Quote asset in one lot at a price of one tick.
    price_max: int  # Ticks; 0 is no bound.
    quantity_min: int  # Lots.
    quantity_max: int  # Lots; 0 is no bound.


class QuotingParameters(NamedTuple):
    """Parameters of the quotes: their width, depth and size."""

    levels: int = 10  # On each side.
    spread_min: float = 1.8 * _BASIS_POINT  # From the mark to the best quote, at least.
    spread_volatilities: float = 1.8  # And at least so many standard deviations of one second.
    widening: float = 1.42  # Each level is so many times as far away as the one before.
    notional: float = 1_500.0  # Of the best level, in the quote asset.
    growth: float = 1.30  # Each level is so many times as large.
    unevenness: float = 0.35  # Standard deviation of the logarithm of a level's size.
    wobble: float = 0.15  # A level's distance is off by up to this part.
    slack: float = 0.40  # An order may be off by this part of its distance and stay.
    skew: float = 0.5  # At full inventory quotes move by this part of the best level's distance.
    inventory_notional: float = 150_000.0  # Full inventory: no more quotes that add to it.


class QuoteLevel(NamedTuple):
    """A desired order."""

    side: Side
    price: int  # Ticks.
    quantity: int  # Lots.
    slack: int  # Ticks by which an order that is there already may be off.


class Volatility:
    """Standard deviation of a second's relative price change, with newer changes counting more."""

    def __init__(self, *, start: float = 1.2 * _BASIS_POINT, half_life_s: float = 60.0) -> None:
        self._variance = start * start
        self._half_life_s = half_life_s
        self._last: tuple[float, float] | None = None

    @property
    def per_second(self) -> float:
        """The estimate as it stands."""
        return math.sqrt(self._variance)

    def on_mark(self, price: float, at_s: float) -> None:
        """Take in a price; one that comes within 50 ms of the last waits for the next."""
        if self._last is None:
            self._last = (price, at_s)
            return
        before, before_s = self._last
        passed_s = at_s - before_s
        if passed_s < 0.05:
            return
        change = math.log(price / before)
        kept = 0.5 ** (min(passed_s, self._half_life_s) / self._half_life_s)
        self._variance = kept * self._variance + (1.0 - kept) * change * change / passed_s
        self._last = (price, at_s)


def rules_of(market: Market) -> Rules:
    """A market's rules in ticks and lots."""
    price, quantity = market.filters.price, market.filters.quantity
    return Rules(
        symbol=market.symbol,
        base=market.base_symbol,
        quote=market.quote_symbol,
        tick_size=price.tick_size,
        lot_size=quantity.step_size,
        unit_value=float(price.tick_size * quantity.step_size),
        price_max=int((price.max_price or 0) / price.tick_size),
        quantity_min=max(1, math.ceil(quantity.min_quantity / quantity.step_size)),
        quantity_max=int((quantity.max_quantity or 0) / quantity.step_size),
    )


def desired_levels(
    rules: Rules, style: QuotingParameters, *, mark: float, volatility: float, inventory: float,
    base_lots: int, quote_funds: float, random: Random,
) -> list[QuoteLevel]:
    """The levels to quote, best first on each side, for at most `base_lots` and `quote_funds`.

    `mark` is in ticks and may lie between two; `inventory` is what we hold above (or below) what we
    want to hold, as a part of the most we accept: from -1 to 1. The best bid is below the best ask.
    """
    assert mark > 0
    distance = max(style.spread_min, style.spread_volatilities * volatility)
    held = max(-1.0, min(1.0, inventory))
    center = mark * (1.0 - style.skew * distance * held)
    # Quotes that add to the inventory get smaller as it fills up.
    bids = _side(
        rules, style, "Bid", center, distance, eagerness=min(1.0, 1.0 - held), limit=None,
        spendable=quote_funds, random=random,
    )
    asks = _side(
        rules, style, "Ask", center, distance, eagerness=min(1.0, 1.0 + held),
        limit=bids[0].price if bids else None, spendable=float(base_lots), random=random,
    )
    return bids + asks


def _side(
    rules: Rules, style: QuotingParameters, side: Side, center: float, distance: float, *,
    eagerness: float, limit: int | None, spendable: float, random: Random,
) -> list[QuoteLevel]:
    levels: list[QuoteLevel] = []
    edge = limit  # The next price must be beyond this one.
    for number in range(style.levels):
        away = center * distance * style.widening**number
        placed = away * (1.0 + random.uniform(-style.wobble, style.wobble))
        notional = eagerness * style.notional * style.growth**number
        notional *= math.exp(random.gauss(0.0, style.unevenness))
        if side == "Bid":
            price = math.floor(center - placed)
            price = price if edge is None else min(price, edge - 1)
        else:
            price = math.ceil(center + placed)
            price = price if edge is None else max(price, edge + 1)
        lots = round(notional / (price * rules.unit_value)) if price > 0 else 0
        if rules.quantity_max:
            lots = min(lots, rules.quantity_max)
        if not _allowed(rules, price, lots):
            continue
        spendable -= price * lots * rules.unit_value if side == "Bid" else lots
        if spendable < 0:
            break
        levels.append(QuoteLevel(side, price, lots, max(1, int(style.slack * away))))
        edge = price
    return levels


def _allowed(rules: Rules, price: int, lots: int) -> bool:
    return (
        price > 0
        and (not rules.price_max or price <= rules.price_max)
        and lots >= rules.quantity_min
    )
