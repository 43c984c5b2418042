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


class Exit(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A take profit or a stop loss: an order that undoes another once the price comes here."""

    trigger_price: Decimal
    limit_price: Decimal | None = None  # None for a market order.
    # The last price, unless it says the mark.
    follows: TriggerBy | None = msgspec.field(name="TriggerBy", default=None)

    def members(self, kind: str) -> dict[str, Member]:
        """The members of an order for this exit; `kind` is takeProfit or stopLoss."""
        return {f"{kind}{name}": value for name, value in _stated(self).items()}


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
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
    client_id: int | None = None
    self_trade_prevention: SelfTradePrevention | None = None
    trigger_price: Decimal | None = None
    trigger_quantity: Decimal | str | None = None
    trigger_by: TriggerBy | None = None
    post_only: bool = False
    take_profit: Exit | None = None
    stop_loss: Exit | None = None

    def members(self) -> dict[str, Member]:
        """The members on the wire."""
        return _stated(self)


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A withdrawal to make."""

    symbol: str  # Of the asset.
    quantity: Decimal
    address: str
    blockchain: str
    client_id: str | None = None

    def members(self) -> dict[str, Member]:
        """The members on the wire."""
        return _stated(self)


def which_order(symbol: str, order_id: str | None, client_id: int | None) -> dict[str, Member]:
    """Name an order by its id or by its client id; raises `ValueError` unless by exactly one."""
    ids = {"orderId": order_id, "clientId": client_id}
    named = {name: value for name, value in ids.items() if value is not None}
    if len(named) != 1:
        raise ValueError("name the order by exactly one of order_id and client_id")
    return {"symbol": symbol, **named}


def new_terms(price: Decimal | None, quantity: Decimal | None) -> dict[str, Member]:
    """The changes of a replacement; raises `ValueError` without any."""
    if price is None and quantity is None:
        raise ValueError("say another price, another quantity, or both")
    terms = {"price": price, "quantity": quantity}
    return {name: _text(value) for name, value in terms.items() if value is not None}


def _stated(request: Exit | OrderRequest | WithdrawalRequest) -> dict[str, Member]:
    """The members that a request sets, by their names on the wire."""
    members: dict[str, Member] = {}
    names = zip(request.__struct_fields__, request.__struct_encode_fields__, strict=True)
    for name, name_on_wire in names:
        value = getattr(request, name)
        if isinstance(value, Exit):
            members |= value.members(name_on_wire)
        elif value is not None and value is not False:
            members[name_on_wire] = _text(value) if isinstance(value, Decimal) else value
    return members


def _text(number: Decimal) -> str:
    return format(number, "f")
