"""CFDs for programs: contracts, and positions of the key's account."""

from decimal import Decimal
from typing import Final, Literal

import msgspec

from outcry.client.http import HttpClient

PATH: Final = "/api/v1/cfd"

Direction = Literal["LONG", "SHORT"]
PriceState = Literal["certain", "doubted", "closed"]
Status = Literal["OPEN", "CLOSED", "LIQUIDATED", "STOP_LOSS", "TAKE_PROFIT"]


class Tier(msgspec.Struct, frozen=True, rename="camel"):
    """The highest leverage up to a notional of the account in the contract; None is no bound."""

    notional_max: Decimal | None
    leverage_max: Decimal


class Contract(msgspec.Struct, frozen=True, rename="camel"):
    """A market to trade on margin, with the prices that positions open and close at now."""

    asset: str
    symbol: str
    wallet: str
    price_decimals: int
    leverage_max: Decimal
    margin_min: Decimal
    state: str
    bid: Decimal | None
    ask: Decimal | None
    source_ms: int | None
    stale: bool
    price_state: PriceState = "certain"
    profile: str | None = None
    tiers: list[Tier] = []


class Position(msgspec.Struct, frozen=True, rename="camel"):
    """A position. `close_price` is where it would close now, or where it did."""

    trade_id: str
    asset: str
    direction: Direction
    margin: Decimal
    remaining_margin: Decimal
    leverage: Decimal
    notional: Decimal
    entry_price: Decimal
    liquidation_price: Decimal | None
    stop_loss_price: Decimal | None
    take_profit_price: Decimal | None
    close_price: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal
    status: Status
    opened_at: int
    updated_at: int
    owed: Decimal = Decimal(0)  # Of other positions' shortfalls; its close settles it.


class Equity(msgspec.Struct, frozen=True, rename="camel"):
    """The value of an account in the wallet of its CFDs."""

    wallet: str
    free: Decimal
    margin: Decimal
    unrealized_pnl: Decimal
    equity: Decimal


class CfdClient(HttpClient):
    """A client of the routes for CFDs. No request is repeated."""

    async def contracts(self) -> list[Contract]:
        """Every contract with its price."""
        return await self.get(f"{PATH}/contracts", list[Contract])

    async def positions(self) -> list[Position]:
        """Open positions, oldest first."""
        return await self.signed("GET", f"{PATH}/positions", "cfdPositionQuery", list[Position])

    async def equity(self) -> Equity:
        """Balance, margin, and the profit of closing every position now."""
        return await self.signed("GET", f"{PATH}/equity", "cfdPositionQuery", Equity)

    async def open(
        self, asset: str, direction: Direction, *, margin: Decimal,
        leverage: Decimal = Decimal(1), stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> Position:
        """Open a position; leverage as a multiple, in steps of 0.1."""
        members: dict[str, str | int] = {
            "asset": asset, "direction": direction, "margin": str(margin),
            "leverage": int(leverage * 10),
        }
        if stop_loss is not None:
            members["stopLossPrice"] = str(stop_loss)
        if take_profit is not None:
            members["takeProfitPrice"] = str(take_profit)
        return await self.signed(
            "POST", f"{PATH}/positions", "cfdPositionOpen", Position, members
        )

    async def close(self, trade_id: str, *, margin: Decimal | None = None) -> Position:
        """Close a position, or the part of it with so much margin."""
        members = {"tradeId": trade_id}  # Signed, as the path is not.
        if margin is not None:
            members["margin"] = str(margin)
        return await self.signed(
            "DELETE", f"{PATH}/positions/{trade_id}", "cfdPositionClose", Position, members
        )

    async def add_margin(self, trade_id: str, margin: Decimal) -> Position:
        """Add margin to a position."""
        return await self._change(trade_id, {"margin": str(margin)})

    async def set_stop_loss(self, trade_id: str, price: Decimal | None) -> Position:
        """Give a position another stop loss, or none."""
        return await self._change(trade_id, {"stopLossPrice": str(price or 0)})

    async def set_take_profit(self, trade_id: str, price: Decimal | None) -> Position:
        """Give a position another take profit, or none."""
        return await self._change(trade_id, {"takeProfitPrice": str(price or 0)})

    async def _change(self, trade_id: str, members: dict[str, str]) -> Position:
        return await self.signed(
            "PATCH", f"{PATH}/positions/{trade_id}", "cfdPositionChange", Position,
            {"tradeId": trade_id, **members},
        )
