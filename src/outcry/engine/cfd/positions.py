"""Leveraged positions, and the arithmetic of margin, profit and liquidation.

A position stands on its margin. Its notional, margin x leverage, is kept in tenths of the asset's
smallest unit, as leverage counts tenths, so that nothing is lost; it stays when margin is added.
Every division says how it rounds, and none makes money out of nothing.
"""

from typing import Final

from outcry.engine.balances import Balance
from outcry.engine.units import (
    LEVERAGE_ONE,
    LONG,
    RATE_ONE,
    AccountId,
    InstrumentId,
    PositionId,
    Side,
    div_ceil,
    div_floor,
)

QUANTITY_ONE: Final = 10**6  # Quantities of the underlying count 10^-6 of a unit per tenth.


class Position:
    """An open position."""

    def __init__(
        self, *, position_id: PositionId, account_id: AccountId, instrument_id: InstrumentId,
        balance: Balance, direction: Side, margin: int, leverage: int, entry_price: int,
        maintenance_rate: int, opened_ms: int,
    ) -> None:
        self.position_id = position_id
        self.account_id = account_id
        self.instrument_id = instrument_id
        self.balance = balance
        self.direction = direction
        self.margin = margin
        self.leverage = leverage
        self.notional = margin * leverage  # Tenths.
        self.quantity = quantity_of(self.notional, entry_price)
        self.payout_max = 0  # Its largest possible gain.
        self.margin_paid = margin  # In all, margin of closed parts included.
        self.realized = 0  # PnL of the parts that were closed.
        self.entry_price = entry_price
        self.maintenance_rate = maintenance_rate
        self.opened_ms = opened_ms
        self.liquidation_price = 0  # 0 is none, here and below.
        self.stop_loss = 0
        self.take_profit = 0
        # What it owes of the shortfalls of its account's other positions: see `protection`.
        self.owed = 0

    def set_notional(self, notional: int) -> None:
        """Change its notional; its entry price stays."""
        self.notional = notional
        self.quantity = quantity_of(notional, self.entry_price)

    def pnl(self, price: int) -> int:
        """The gain of closing it at a price, without what it owes."""
        return pnl_of(
            direction=self.direction, notional=self.notional, entry_price=self.entry_price,
            exit_price=price,
        )


def quantity_of(notional: int, entry_price: int) -> int:
    """The quantity of the underlying in a position: notional / entry price, rounded up.

    A quantity times a price is money, in units of a tenth / `QUANTITY_ONE`. The first version of
    the rules opened shorts at a bid of which the spread left nothing; these are not counted.
    """
    return 0 if entry_price == 0 else div_ceil(notional * QUANTITY_ONE, entry_price)


def pnl_of(*, direction: Side, notional: int, entry_price: int, exit_price: int) -> int:
    """Profit to the account, rounded down: notional x relative move of the price.

    `notional` is in tenths; the result in the asset's smallest unit.
    """
    return div_floor(
        direction * notional * (exit_price - entry_price), LEVERAGE_ONE * entry_price
    )


def loss_room(*, margin: int, notional: int, maintenance_rate: int) -> int:
    """The loss that brings a position's equity down to its maintenance margin.

    In units of notional / `RATE_ONE`, so that it is exact.
    """
    return margin * LEVERAGE_ONE * RATE_ONE - maintenance_rate * notional


def liquidation_price_of(
    *, direction: Side, margin: int, notional: int, entry_price: int, maintenance_rate: int
) -> int:
    """The price at which the equity is down to the maintenance margin; 0 when there is none.

    Entry price -/+ entry price x (margin / notional - maintenance rate), rounded toward the entry.
    A short that owes more than it could gain has the lowest price there is, which it has reached.
    """
    room = loss_room(margin=margin, notional=notional, maintenance_rate=maintenance_rate)
    distance = div_floor(entry_price * room, notional * RATE_ONE)
    return max(entry_price - direction * distance, 0 if direction == LONG else 1)


def payout_max_of(*, direction: Side, notional: int, entry_price: int, price_max: int) -> int:
    """The largest possible gain: of a long at a price of `price_max`, of a short at zero."""
    if direction == LONG:
        return div_ceil(
            notional * max(price_max - entry_price, 0), LEVERAGE_ONE * entry_price
        )
    return div_ceil(notional, LEVERAGE_ONE)
