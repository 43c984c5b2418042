"""What a fill costs, and who gets it."""

from outcry.engine.balances import Balance, Ledger
from outcry.engine.orders import Order
from outcry.engine.units import RATE_ONE, div_ceil


def fee_due(*, received_total: int, rate: int, charged: int) -> int:
    """Fee of the fill that brought an order's total receipts to `received_total`.

    Counted over the whole order: `ceil(total x rate) - already charged`. An order filled in a
    thousand pieces so pays what one fill would have cost. A negative rate is a rebate; rounding up
    a negative number makes the rebate smaller.
    """
    return div_ceil(received_total * rate, RATE_ONE) - charged


def charge_fee(
    ledger: Ledger, *, order: Order, receiver: Balance, fees: Balance, received_total: int,
    rate: int,
) -> int:
    """Take the fee of an order's latest fill from what it received; returns the fee.

    A rebate comes out of the fees collected in the same asset and is no larger than those are:
    what is missing now is made up for by the order's later fills.
    """
    fee = fee_due(received_total=received_total, rate=rate, charged=order.fee_charged)
    if fee > 0:
        ledger.pay(receiver, fees, fee)
    elif fee < 0:
        fee = max(fee, -fees.free)
        ledger.pay(fees, receiver, -fee)
    order.fee_charged += fee
    return fee
