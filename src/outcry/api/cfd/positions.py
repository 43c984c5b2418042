"""A position as the typed routes and the stream show it: decimals are strings."""

import msgspec

from outcry.api.broker.commands import DIRECTIONS, TradableContract
from outcry.engine.rejects import CloseReason
from outcry.engine.units import LEVERAGE_DECIMALS
from outcry.projections.cfd import OPEN, PositionRow
from outcry.wire.decimals import amount_text, format_decimal

_STATUS = {
    OPEN: "OPEN",
    CloseReason.BY_OWNER: "CLOSED",
    CloseReason.LIQUIDATED: "LIQUIDATED",
    CloseReason.STOP_LOSS: "STOP_LOSS",
    CloseReason.TAKE_PROFIT: "TAKE_PROFIT",
}


class PositionBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A position. `close_price` is the price at which it would close now, or did close."""

    trade_id: str
    asset: str
    direction: str
    margin: str
    remaining_margin: str
    leverage: str
    notional: str
    entry_price: str
    liquidation_price: str | None
    stop_loss_price: str | None
    take_profit_price: str | None
    close_price: str | None
    unrealized_pnl: str | None
    realized_pnl: str
    owed: str
    status: str
    opened_at: int
    updated_at: int


def position_body(
    position: PositionRow, traded: TradableContract, *, close_price: int | None,
    unrealized: int | None,
) -> PositionBody:
    """The wire's form of a position that would close at a price, if there is one, with a gain."""
    contract, asset = traded

    def price(value: int | None) -> str | None:
        return format_decimal(value, contract.price_decimals) if value else None

    return PositionBody(
        trade_id=str(position.position_id), asset=contract.underlying,
        direction=DIRECTIONS[position.direction], margin=amount_text(asset, position.margin),
        remaining_margin=amount_text(asset, position.remaining_margin),
        leverage=format_decimal(position.leverage, LEVERAGE_DECIMALS),
        notional=format_decimal(position.notional, asset.decimals + LEVERAGE_DECIMALS),
        entry_price=format_decimal(position.entry_price, contract.price_decimals),
        liquidation_price=price(position.liquidation_price),
        stop_loss_price=price(position.stop_loss), take_profit_price=price(position.take_profit),
        close_price=price(close_price),
        unrealized_pnl=None if unrealized is None else amount_text(asset, unrealized),
        realized_pnl=amount_text(asset, position.pnl), owed=amount_text(asset, position.owed),
        status=_STATUS[position.status],
        opened_at=position.opened_ms, updated_at=position.updated_ms,
    )
