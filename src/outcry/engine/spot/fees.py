"""Fees and rebates of fills."""

from outcry.engine.balances import Balance, Ledger
from outcry.engine.spot.orders import Order
from outcry.engine.units import RATE_ONE, div_ceil


def charge_fee(
    ledger: Ledger, *, order: Order, receiver: Balance, fees: Balance, received: int, rate: int
) -> int:
    """Take the fee of an order's latest fill out of the asset received; returns the fee.

    The fee is counted over the whole order: the sum of received x rate over its fills, rounded up,
    less the fees charged before. An order filled in a thousand pieces so pays as much as in one
    fill, and each fill keeps the rate of its own moment and role. A negative rate is a rebate;
    rounding up a negative number makes it smaller. A rebate comes out of the fees collected in the
    same asset and is no larger than these. Later fills make up for the missing part.
    """
    order.fee_exact += received * rate
    fee = div_ceil(order.fee_exact, RATE_ONE) - order.fee_charged
    if fee > 0:
        ledger.pay(receiver, fees, fee)
    elif fee < 0:
        fee = max(fee, -fees.free)
        ledger.pay(fees, receiver, -fee)
    order.fee_charged += fee
    return fee
