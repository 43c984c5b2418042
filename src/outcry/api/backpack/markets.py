"""A market, as Backpack calls an instrument together with the assets it trades."""

from collections.abc import Mapping
from typing import NamedTuple

from outcry.api.backpack.errors import invalid
from outcry.engine.events import AssetListed, InstrumentListed


class Market(NamedTuple):
    """An instrument and its two assets: all that is needed to read and write its numbers."""

    instrument: InstrumentListed
    base: AssetListed
    quote: AssetListed


Markets = Mapping[str, Market]  # By symbol.


def market_named(markets: Markets, symbol: object) -> Market:
    """The market of a symbol; raises `ApiError` when there is none."""
    if not symbol:
        raise invalid("Missing `symbol`")
    market = markets.get(symbol) if isinstance(symbol, str) else None
    if market is None:
        raise invalid("Invalid market symbol")
    return market
