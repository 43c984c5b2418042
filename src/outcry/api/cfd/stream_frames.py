"""CFDs on the WebSocket stream: public quotes, and each account's positions.

`E` is when the venue says something and `T` when it happened, both in microseconds.
"""

from typing import Final

import msgspec

from outcry.api.broker.commands import TradableContract
from outcry.api.cfd.positions import PositionBody, position_body
from outcry.api.cfd.price_states import PriceState
from outcry.engine.events import (
    ContractListed,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    ShortfallCharged,
)
from outcry.projections.cfd import PositionUpdate, Prices
from outcry.wire.decimals import format_decimal

_WORDS: Final = {
    PositionOpened: "positionOpened",
    PositionChanged: "positionChanged",
    PositionClosed: "positionClosed",
    ShortfallCharged: "positionChanged",
}
_encoder = msgspec.json.Encoder()


class CfdQuoteFrame(msgspec.Struct, gc=False):
    """The prices `b` and `a` at which positions open and close. `T` is the source's time.

    `X` says whether clients can deal at them.
    """

    e: str
    E: int
    s: str
    b: str
    a: str
    T: int
    X: PriceState


class PositionFrame(PositionBody, frozen=True, kw_only=True, rename="camel"):
    """A position after a change, with the kind of the change."""

    e: str
    E: int
    T: int


def cfd_quote(
    contract: ContractListed, prices: Prices, state: PriceState, *, now_us: int
) -> bytes:
    """A contract's prices, with the spread in them."""
    return _encoder.encode(CfdQuoteFrame(
        e="cfdQuote", E=now_us, s=contract.underlying,
        b=format_decimal(prices.bid, contract.price_decimals),
        a=format_decimal(prices.ask, contract.price_decimals), T=prices.source_ms * 1000,
        X=state,
    ))


def position_update(
    update: PositionUpdate, traded: TradableContract, *, close_price: int | None,
    unrealized: int | None, now_us: int,
) -> bytes:
    """A position after an event of it."""
    position = update.position
    body = position_body(position, traded, close_price=close_price, unrealized=unrealized)
    return _encoder.encode(PositionFrame(
        **msgspec.structs.asdict(body), e=_WORDS[type(update.event)], E=now_us,
        T=position.updated_ms * 1000,
    ))
