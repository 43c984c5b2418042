"""Price-time matching. A plan lists the trades of an order and changes nothing.

Fill-or-kill, the cost of a market order, self-trade prevention and plain matching ask the same plan
different questions. The caller carries the plan out, or not.
"""


from outcry.engine.rejects import CancelReason
from outcry.engine.spot.book import KEY_MIN, Book, key_of
from outcry.engine.spot.orders import Order
from outcry.engine.units import BUY, RATE_ONE, REJECT_MAKER, REJECT_TAKER, div_ceil, div_floor


class Plan:
    """The effect of an order on its arrival.

    `makers[i]` trades `quantities[i]` lots; a quantity of 0 is an order of the same account that
    makes way. `stopped` is why the plan ends before the order is filled: a `CancelReason`, or 0
    when the order is filled or its limit is reached.
    """

    def __init__(self) -> None:
        self.makers: list[Order] = []
        self.quantities: list[int] = []
        self.quantity = 0  # Lots traded in all.
        self.cost = 0  # Quote units traded in all.
        self.stopped = 0


def limit_key_of(book: Book, taker: Order) -> int:
    """Key of the worst level an order may trade at: its own price, or the impact bounds."""
    if taker.has_limit:
        return -key_of(taker.price, taker.side)
    makers = book.opposite(taker.side)
    impact_rate = book.instrument.impact_rate
    if impact_rate == 0 or not makers.keys:
        return KEY_MIN
    best = makers.levels[makers.best_key()].price
    if taker.side == BUY:
        limit_key = -div_floor(best * (RATE_ONE + impact_rate), RATE_ONE)
    else:
        limit_key = div_ceil(best * (RATE_ONE - impact_rate), RATE_ONE)
    if taker.worst_price != 0:
        limit_key = max(limit_key, -taker.worst_price if taker.side == BUY else taker.worst_price)
    return limit_key


def plan_fills(book: Book, taker: Order) -> Plan:
    """Plan an order of a number of lots, or of as many as its quote amount buys.

    A quote amount is spent in whole lots, best level first, and ends at the first order of which
    one more lot does not fit.
    """
    plan = Plan()
    makers = book.opposite(taker.side)
    keys = makers.keys
    limit_key = limit_key_of(book, taker)
    unit = book.instrument.tick_lot_units
    account_id = taker.account_id
    self_trade = taker.self_trade
    budget = taker.quote_amount
    remaining = taker.remaining
    position = len(keys) - 1
    while position >= 0 and keys[position] >= limit_key:
        level = makers.levels[keys[position]]
        maker = level.head
        lot_cost = level.price * unit
        while maker is not None:
            affordable = (budget - plan.cost) // lot_cost if budget > 0 else remaining
            if affordable == 0:
                if plan.quantity == 0:
                    plan.stopped = CancelReason.INSUFFICIENT_FUNDS
                return plan
            if maker.account_id == account_id:
                if self_trade != REJECT_TAKER:
                    plan.makers.append(maker)
                    plan.quantities.append(0)
                if self_trade != REJECT_MAKER:
                    plan.stopped = CancelReason.SELF_TRADE
                    return plan
            else:
                traded = min(maker.remaining, affordable)
                plan.makers.append(maker)
                plan.quantities.append(traded)
                plan.quantity += traded
                plan.cost += traded * lot_cost
                remaining -= traded
                if remaining == 0 or plan.cost == budget or traded < maker.remaining:
                    return plan
            maker = maker.behind
        position -= 1
    if not taker.has_limit:
        plan.stopped = CancelReason.INSUFFICIENT_LIQUIDITY
        if position >= 0:
            plan.stopped = CancelReason.PRICE_IMPACT
    return plan
