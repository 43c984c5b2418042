"""Requests of REST: orders of every kind, and withdrawals. Members not set are left out."""

from decimal import Decimal
from typing import Literal

import msgspec

from outcry.client.models import (
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TriggerBy,
)

OrderKind = Literal["RestingLimitOrder", "ConditionalOrder"]
Member = str | int | bool


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """A take profit or a stop loss: an order that undoes another once the price comes here."""

    trigger_price: Decimal
    limit_price: Decimal | None = None  # None for a market order.
    follows: TriggerBy | None = None  # The last price, unless it says the mark.

    def members(self, kind: Literal["takeProfit", "stopLoss"]) -> dict[str, Member]:
        """The members on the wire."""
        members: dict[str, Member] = {f"{kind}TriggerPrice": _text(self.trigger_price)}
        if self.limit_price is not None:
            members[f"{kind}LimitPrice"] = _text(self.limit_price)
        if self.follows is not None:
            members[f"{kind}TriggerBy"] = self.follows
        return members


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An order to place. A limit order has a price; a market order one of the two quantities.

    With a `trigger_price` it waits for the price to get there. It then has a `trigger_quantity`
    instead of a quantity: an amount, or a share of the free balance by then, such as `"80%"`.
    """

    symbol: str
    side: Side
    order_type: OrderType = "Limit"
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    client_id: int | None = None
    self_trade_prevention: SelfTradePrevention | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: Decimal | str | None = None
    trigger_by: TriggerBy | None = None
    take_profit: Exit | None = None
    stop_loss: Exit | None = None

    def members(self) -> dict[str, Member]:
        """The members on the wire."""
        members: dict[str, Member] = {
            "symbol": self.symbol, "side": self.side, "orderType": self.order_type,
        }
        for name, value in (
            ("price", self.price), ("quantity", self.quantity),
            ("quoteQuantity", self.quote_quantity), ("timeInForce", self.time_in_force),
            ("clientId", self.client_id), ("selfTradePrevention", self.self_trade_prevention),
            ("triggerPrice", self.trigger_price), ("triggerQuantity", self.trigger_quantity),
            ("triggerBy", self.trigger_by),
        ):
            if value is not None:
                members[name] = _text(value) if isinstance(value, Decimal) else value
        if self.post_only:
            members["postOnly"] = True
        if self.take_profit is not None:
            members |= self.take_profit.members("takeProfit")
        if self.stop_loss is not None:
            members |= self.stop_loss.members("stopLoss")
        return members


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal to make."""

    symbol: str  # Of the asset.
    quantity: Decimal
    address: str
    blockchain: str
    client_id: str | None = None

    def members(self) -> dict[str, Member]:
        """The members on the wire."""
        members: dict[str, Member] = {
            "symbol": self.symbol, "quantity": _text(self.quantity), "address": self.address,
            "blockchain": self.blockchain,
        }
        if self.client_id is not None:
            members["clientId"] = self.client_id
        return members


def which_order(symbol: str, order_id: str | None, client_id: int | None) -> dict[str, Member]:
    """Name an order by its id or by its client id; raises `ValueError` unless by exactly one."""
    if (order_id is None) == (client_id is None):
        raise ValueError("name the order by exactly one of order_id and client_id")
    if order_id is not None:
        return {"symbol": symbol, "orderId": order_id}
    assert client_id is not None
    return {"symbol": symbol, "clientId": client_id}


def new_terms(price: Decimal | None, quantity: Decimal | None) -> dict[str, Member]:
    """The changes of a replacement; raises `ValueError` without any."""
    if price is None and quantity is None:
        raise ValueError("say another price, another quantity, or both")
    terms = {"price": price, "quantity": quantity}
    return {name: _text(value) for name, value in terms.items() if value is not None}


def _text(number: Decimal) -> str:
    return format(number, "f")
