"""Backpack's public REST answers: their shapes, words and times.

Attributes are in snake case and camel case on the wire. Decimals are strings; what has no value is
an explicit null.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from outcry.api.backpack.markets import Market
from outcry.api.backpack.words import BOOK_STATES
from outcry.engine.units import RATE_ONE
from outcry.wire.decimals import format_decimal, price_text, quantity_text

# The one chain that clients see: some ask for addresses and withdrawals of none but a known one.
BLOCKCHAIN: Final = "Solana"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Status(msgspec.Struct, frozen=True):
    """The state of the venue."""

    status: str  # `Ok` or `Maintenance`.
    message: str | None


class Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Deposits and withdrawals of an asset: only the operator deposits, every user withdraws."""

    display_name: str
    blockchain: str = BLOCKCHAIN
    contract_address: str = ""
    deposit_enabled: bool = False
    minimum_deposit: str = "0"
    withdraw_enabled: bool = True
    minimum_withdrawal: str
    maximum_withdrawal: str | None = None
    withdrawal_fee: str = "0"
    native_decimals: int = 0


class Asset(msgspec.Struct, frozen=True, rename="camel"):
    """An asset."""

    symbol: str
    display_name: str
    tokens: list[Token]
    coingecko_id: str | None = None


class PriceFilter(msgspec.Struct, frozen=True, rename="camel"):
    """The prices that a market accepts; the multipliers apply to the last trade's price."""

    min_price: str
    max_price: str
    tick_size: str
    min_multiplier: str | None
    max_multiplier: str | None
    min_impact_multiplier: str | None
    max_impact_multiplier: str | None
    mean_mark_price_band: None = None
    mean_premium_band: None = None
    borrow_entry_fee_max_multiplier: None = None
    borrow_entry_fee_min_multiplier: None = None


class QuantityFilter(msgspec.Struct, frozen=True, rename="camel"):
    """The quantities that a market accepts."""

    min_quantity: str
    max_quantity: str
    step_size: str


class Filters(msgspec.Struct, frozen=True, rename="camel"):
    """Both."""

    price: PriceFilter
    quantity: QuantityFilter


class MarketBody(msgspec.Struct, frozen=True, rename="camel"):
    """A market and its rules."""

    symbol: str
    base_symbol: str
    quote_symbol: str
    market_type: str
    filters: Filters
    order_book_state: str
    created_at: str
    visible: bool = True
    imf_function: None = None
    mmf_function: None = None
    funding_interval: int | None = None
    funding_rate_upper_bound: str | None = None
    funding_rate_lower_bound: str | None = None
    open_interest_limit: str = "0"
    position_limit_weight: str | None = None


class TickerBody(msgspec.Struct, frozen=True, rename="camel"):
    """The last 24 hours, or week, of a market."""

    symbol: str
    first_price: str
    last_price: str
    price_change: str
    price_change_percent: str  # A fraction: 0.01 is one percent.
    high: str
    low: str
    volume: str
    quote_volume: str
    trades: str


class DepthBody(msgspec.Struct, frozen=True, rename="camel"):
    """Levels of a book, both sides by rising price: the best bid is the last one."""

    asks: list[tuple[str, str]]
    bids: list[tuple[str, str]]
    last_update_id: str
    timestamp: int  # Microseconds.


class Kline(msgspec.Struct, frozen=True, rename="camel"):
    """A candle. One without trades carries the close before it."""

    start: str
    end: str
    open: str | None
    high: str | None
    low: str | None
    close: str | None
    volume: str
    quote_volume: str
    trades: str


class TradeBody(msgspec.Struct, frozen=True, rename="camel"):
    """A public trade."""

    id: int
    price: str
    quantity: str
    quote_quantity: str
    timestamp: int  # Milliseconds.
    is_buyer_maker: bool


class MarkPriceBody(msgspec.Struct, frozen=True, rename="camel"):
    """An outside price. Spot has no funding."""

    symbol: str
    mark_price: str
    index_price: str
    funding_rate: str = "0"
    next_funding_timestamp: int = 0


def asset_body(symbol: str, name: str, decimals: int) -> Asset:
    """An asset as it is listed."""
    return Asset(
        symbol=symbol, display_name=name,
        tokens=[Token(
            display_name=name, native_decimals=decimals,
            minimum_withdrawal=format_decimal(1, decimals),
        )],
    )


def market_body(market: Market) -> MarketBody:
    """A market as it is listed."""
    instrument = market.instrument
    price_filter = PriceFilter(
        min_price=price_text(instrument, instrument.price_min),
        max_price=price_text(instrument, instrument.price_max),
        tick_size=price_text(instrument, 1),
        min_multiplier=_multiplier(-instrument.price_band_rate),
        max_multiplier=_multiplier(instrument.price_band_rate),
        min_impact_multiplier=_multiplier(-instrument.impact_rate),
        max_impact_multiplier=_multiplier(instrument.impact_rate),
    )
    quantity_filter = QuantityFilter(
        min_quantity=quantity_text(instrument, instrument.quantity_min),
        max_quantity=quantity_text(instrument, instrument.quantity_max),
        step_size=quantity_text(instrument, 1),
    )
    return MarketBody(
        symbol=instrument.symbol, base_symbol=market.base.symbol, quote_symbol=market.quote.symbol,
        market_type="SPOT", filters=Filters(price=price_filter, quantity=quantity_filter),
        order_book_state=BOOK_STATES[instrument.state],
        created_at=naive_time(instrument.listed_ms),
    )


def _multiplier(rate: int) -> str | None:
    """A bound as a multiple of a price; a rate of 0 is no bound."""
    return format_decimal(max(0, RATE_ONE + rate), 6) if rate else None


def naive_time(moment_ms: int, *, sep: str = "T", timespec: str = "milliseconds") -> str:
    """A moment as `YYYY-MM-DDTHH:MM:SS.mmm`, UTC without saying so, as clients expect it."""
    moment = _EPOCH + timedelta(milliseconds=moment_ms)
    return moment.replace(tzinfo=None).isoformat(sep, timespec)


def kline_time(moment_ms: int) -> str:
    """A moment as `YYYY-MM-DD HH:MM:SS`, UTC without saying so."""
    return naive_time(moment_ms, sep=" ", timespec="seconds")
