"""A random walk that looks like the catalogue's markets, the same for the same seed.

Every quarter of a second each price takes a step of a geometric random walk. Volatility wanders
around its yearly level and reverts to it, so that lively and quiet minutes cluster; most of each
step is common to all prices, as it is outside; now and then a price jumps. Floats are fine here:
this is the outside world, not money. The quotes are integers.
"""

import math
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.runtime.catalogue import catalogue
from outcry.wire.decimals import parse_decimal

STEP_MS = 250
STEPS_AT_ONCE_MAX = 40  # After a longer pause the walk goes on from where it was.

_YEAR_S = 365 * 24 * 3600
_STEP_S = STEP_MS / 1000
_REVERSION_S = 240.0  # Volatility forgets half of an excursion in about three minutes.
_VOLATILITY_SD = 0.45  # Of the logarithm of volatility around its level.
_JUMP_EVERY_S = 600.0
_JUMP_SHARE = 0.1  # Of the variance; the rest is the walk's.


class WalkParameters(NamedTuple):
    """How one symbol behaves."""

    start: int  # 10^-`QUOTE_DECIMALS`.
    volatility: float  # Standard deviation of a year's logarithmic return.
    common: float  # Correlation with the market as a whole.
    spread_rate: float  # Usual spread as a part of the price.
    tick: int  # The feed's own smallest step, 10^-`QUOTE_DECIMALS`.


def _markets() -> dict[str, WalkParameters]:
    return {
        name: WalkParameters(
            start=parse_decimal(each.sim.start, QUOTE_DECIMALS), volatility=each.sim.volatility,
            common=each.sim.common, spread_rate=each.sim.spread,
            tick=parse_decimal(each.sim.tick, QUOTE_DECIMALS),
        )
        for name, each in catalogue().items()
    }


MARKETS: Mapping[str, WalkParameters] = _markets()


class PriceWalk:
    """Simulated quotes as a function of the seed, the starting prices and the time passed."""

    def __init__(self, seed: int, markets: Mapping[str, WalkParameters] = MARKETS) -> None:
        self._seed = seed
        self._markets = markets
        self._paths: dict[str, _Path] = {}
        self._common = Random(seed)  # noqa: S311 (It must be repeatable.)
        self._stepped_ms: int | None = None

    def watch(self, symbol: str, mark: int | None) -> None:
        """Walk a symbol from `mark`, or from its usual level; unknown symbols are left alone.

        Moving a symbol also renews its randomness, so that a venue that was restarted with the
        same seed does not relive the same day.
        """
        market = self._markets.get(symbol)
        if market is not None:
            start = mark or market.start
            self._paths[symbol] = _Path(symbol, market, start, f"{self._seed}:{symbol}:{start}")
            self._common.seed(f"{self._seed}:{sorted(p.key for p in self._paths.values())}")

    def quotes_at(self, now_ms: int) -> list[Quote]:
        """Walk up to a time; the quotes there, or none when no step was due."""
        due_ms = now_ms - now_ms % STEP_MS
        if self._stepped_ms is None:
            self._stepped_ms = due_ms - STEP_MS
        steps = (due_ms - self._stepped_ms) // STEP_MS
        if steps <= 0 or not self._paths:
            return []
        self._stepped_ms = due_ms
        for _ in range(min(steps, STEPS_AT_ONCE_MAX)):
            common = self._common.gauss(0.0, 1.0)
            lively = self._common.gauss(0.0, 1.0)
            for path in self._paths.values():
                path.step(common, lively)
        return [path.quote(due_ms) for path in self._paths.values()]


class _Path:
    """One symbol's price on its way."""

    def __init__(self, symbol: str, market: WalkParameters, start: int, key: str) -> None:
        self.key = key
        self._symbol = symbol
        self._market = market
        self._random = Random(key)  # noqa: S311
        self._price = float(start)
        self._excess = 0.0  # Logarithm of volatility over its usual level.
        self._step_sd = market.volatility * math.sqrt(_STEP_S / _YEAR_S)
        self._jump_sd = self._step_sd * math.sqrt(_JUMP_SHARE * _JUMP_EVERY_S / _STEP_S)

    def step(self, common: float, lively: float) -> None:
        """Move on by one step; all prices share `common` and `lively`."""
        random, weight = self._random, self._market.common
        own = math.sqrt(1.0 - weight * weight)
        kept = math.exp(-_STEP_S / _REVERSION_S)
        self._excess = kept * self._excess + _VOLATILITY_SD * math.sqrt(1.0 - kept * kept) * (
            weight * lively + own * random.gauss(0.0, 1.0)
        )
        # The mean of the squared factor is 1, so that the yearly volatility is right.
        factor = math.exp(self._excess - _VOLATILITY_SD * _VOLATILITY_SD)
        shock = weight * common + own * random.gauss(0.0, 1.0)
        change = math.sqrt(1.0 - _JUMP_SHARE) * self._step_sd * factor * shock
        if random.random() < _STEP_S / _JUMP_EVERY_S:
            change += random.gauss(0.0, self._jump_sd)
        self._price *= math.exp(change)

    def quote(self, now_ms: int) -> Quote:
        """The quote around the price, on the feed's ticks, at least one of them wide."""
        tick = self._market.tick
        width = self._price * self._market.spread_rate * math.exp(0.5 * self._excess)
        bid = max(1, int((self._price - width / 2) // tick)) * tick
        ask = max(bid + tick, int((self._price + width / 2) // tick) * tick)
        return Quote(self._symbol, bid, ask, now_ms)
