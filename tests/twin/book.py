"""The naive twin's book: open orders in a list, sorted anew for every order that comes in.

Slow, obvious, and written from the rules (how money is counted, and the docstrings of commands,
events and reasons) rather than from the engine's code. `naive_venue` is the rest of the twin.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from outcry.engine.commands import PlaceOrder, Trigger
from outcry.engine.events import (
    CommandRejected,
    Event,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
)
from outcry.engine.rejects import CancelReason, RejectReason
from outcry.engine.units import BUY, GTC, LIMIT, MARKET, REJECT_MAKER, REJECT_TAKER, SELL
from twin.listing import refuse_unless


@dataclass(eq=False)
class NaiveOrder:
    """An order, with what became of it so far."""

    order_id: int
    command: PlaceOrder  # As it was asked for.
    parent: int = 0  # The order whose exit it is.
    beside: "NaiveOrder | None" = None  # The other exit.
    reached: bool = False  # Whether the price has come to its trigger.
    arrived: int = 0  # When it came to rest, counted over all that did.
    filled: int = 0
    quote_filled: int = 0
    fees_exact: Fraction = Fraction(0)
    fee: int = 0
    price: int = 0
    quantity: int = 0
    amount: int = 0
    fired_at: int | None = None  # The price that the impact of its firing counts from.

    def __post_init__(self) -> None:
        self.price = self.command.price
        self.quantity = self.command.quantity
        self.amount = self.command.quote_amount

    @property
    def left(self) -> int:
        return self.quantity - self.filled

    @property
    def account_id(self) -> int:
        return self.command.account_id

    @property
    def instrument_id(self) -> int:
        return self.command.instrument_id

    @property
    def trigger(self) -> Trigger:
        conditions = self.command.conditions
        assert conditions is not None
        assert conditions.trigger is not None
        return conditions.trigger


@dataclass
class Matches:
    """What an order would trade: (maker, lots); no lots where an own order makes way."""

    steps: list[tuple[NaiveOrder, int]] = field(default_factory=list)
    quantity: int = 0
    cost: int = 0
    why_not_more: int | None = None


def makers_for(orders: list[NaiveOrder], order: NaiveOrder) -> list[NaiveOrder]:
    """Orders of the other side: best price first, and at one price the earliest first."""
    makers = [
        maker for maker in orders
        if maker.instrument_id == order.instrument_id
        and maker.command.side != order.command.side
    ]
    cheapest_first = order.command.side == BUY
    makers.sort(key=lambda maker: (maker.price if cheapest_first else -maker.price, maker.arrived))
    return makers


def out_of_reach(order: NaiveOrder, listed: InstrumentListed, *, best: int, price: int) -> bool:
    """Whether an order may not trade at this price: its own limit, or the impact bounds."""
    buys = order.command.side == BUY
    if order.command.order_type == MARKET:
        if listed.impact_rate == 0:
            return False
        away = Fraction(listed.impact_rate, 1_000_000)
        starts: list[Fraction | int] = [best]
        if order.fired_at is not None:
            starts.append(order.fired_at)
        return any(
            price > start * (1 + away) if buys else price < start * (1 - away)
            for start in starts
        )
    return price > order.price if buys else price < order.price


def crosses(orders: list[NaiveOrder], order: NaiveOrder, listed: InstrumentListed) -> bool:
    """Whether an order would find somebody to trade with."""
    prices = [maker.price for maker in makers_for(orders, order)]
    return bool(prices) and not out_of_reach(order, listed, best=prices[0], price=prices[0])


def matches(
    orders: list[NaiveOrder], order: NaiveOrder, listed: InstrumentListed, unit: int
) -> Matches:
    """What an order would trade; `unit` is the quote amount of one lot at one tick."""
    found = Matches()
    makers = makers_for(orders, order)
    command = order.command
    amount = order.amount
    for maker in makers:
        if out_of_reach(order, listed, best=makers[0].price, price=maker.price):
            if command.order_type == MARKET:
                found.why_not_more = CancelReason.PRICE_IMPACT
            return found
        lots = order.left - found.quantity
        if amount:
            lots = (amount - found.cost) // (maker.price * unit)
        if lots == 0:
            if found.quantity == 0:
                found.why_not_more = CancelReason.INSUFFICIENT_FUNDS
            return found
        if maker.account_id == order.account_id:
            if command.self_trade != REJECT_TAKER:
                found.steps.append((maker, 0))
            if command.self_trade != REJECT_MAKER:
                found.why_not_more = CancelReason.SELF_TRADE
                return found
            continue
        traded = min(lots, maker.left)
        found.steps.append((maker, traded))
        found.quantity += traded
        found.cost += traded * maker.price * unit
        enough = found.cost == amount if amount else found.quantity == order.left
        if enough or traded < maker.left:
            return found
    if command.order_type == MARKET:
        found.why_not_more = CancelReason.INSUFFICIENT_LIQUIDITY
    return found


def refuse_contradictions(command: PlaceOrder) -> None:
    """Refuse an order whose fields cannot go together, whatever the market is like."""
    sound = (
        command.side in (BUY, SELL)
        and command.order_type in (LIMIT, MARKET)
        and command.time_in_force in (1, 2, 3)
        and command.self_trade in (1, 2, 3)
    )
    resting = command.order_type == LIMIT and command.time_in_force == GTC
    refuse_unless(sound and (resting or not command.post_only), RejectReason.ORDER_INVALID)


def accepted(order: NaiveOrder) -> Event:
    """The order as it was taken."""
    return OrderAccepted(order.order_id, order.quantity, order.command)


def canceled(order: NaiveOrder, reason: int) -> Event:
    """The end of an order that is not filled."""
    return OrderCanceled(
        order_id=order.order_id, account_id=order.account_id,
        instrument_id=order.instrument_id, reason=reason, remaining=order.left,
    )


def refusal(reason: int, account_id: int = 0, order_id: int = 0) -> list[Event]:
    """The answer to a command that is not carried out."""
    return [CommandRejected(reason=reason, account_id=account_id, order_id=order_id)]
