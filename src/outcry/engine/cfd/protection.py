"""An account is protected as a whole: its positions in a contract pay for each other's shortfalls.

From version 2 of the rules on. A position that a gap takes beyond its margin is short of money. The
account's other positions in the contract owe that, oldest first, as far as they have equity; the
house bears the rest. The sum of an account's equity in a contract is therefore the same before and
after a quote, and the house bears no more than its amount below zero.
"""

from typing import Final

from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import Position, liquidation_price_of
from outcry.engine.events import Event, ShortfallCharged
from outcry.engine.state import Account, State
from outcry.engine.units import SIGNED_END, WIRE_END, PositionId, Side

_ShortfallCharged: Final = ShortfallCharged


Deficit = tuple[PositionId, int]  # A position about to be closed, and what it is short of.


def charge(
    contract: Contract, account: Account, deficits: list[Deficit],
    closing: dict[PositionId, int], covered: dict[PositionId, int], events: list[Event],
) -> None:
    """Charge an account's shortfalls in a contract to its positions that have equity.

    Adds to `closing` the positions that are liquidated by it, each with its gain, and to `covered`
    the part of each shortfall that was charged.
    """
    place = 0
    cause, left = deficits[0]
    for position in account.positions.values():
        if position.instrument_id != contract.instrument_id:
            continue
        price = contract.close_price(position.direction)
        pnl = position.pnl(price)
        equity = position.margin - position.owed + pnl
        if equity <= 0:
            continue
        contract.unwatch(position)
        while equity > 0 and place < len(deficits):
            amount = min(equity, left)
            equity -= amount
            left -= amount
            covered[cause] = covered.get(cause, 0) + amount
            position.owed += amount
            set_liquidation_price(position, SIGNED_END)
            if equity == 0:
                position.liquidation_price = price
            events.append(charged(position, cause, amount))
            if left == 0:
                place += 1
                if place < len(deficits):
                    cause, left = deficits[place]
        contract.watch(position)
        if has_lost_to(position.liquidation_price, price, position.direction):
            closing[position.position_id] = pnl
        if place == len(deficits):
            return


def charged(position: Position, cause: PositionId, amount: int) -> ShortfallCharged:
    """What a position now owes, after a change by an amount."""
    return _ShortfallCharged(
        position.position_id, position.account_id, position.instrument_id, cause, amount,
        position.owed, position.liquidation_price,
    )


def set_liquidation_price(position: Position, end: int) -> None:
    """Set the price at which a position is liquidated; one from `end` on is never reached."""
    price = liquidation_price_of(
        direction=position.direction,
        margin=position.margin - position.owed,
        notional=position.notional,
        entry_price=position.entry_price,
        maintenance_rate=position.maintenance_rate,
    )
    position.liquidation_price = price if price < end else 0


def price_end(state: State) -> int:
    """Prices from here on do not fit: in the first version of the rules, what cannot be written."""
    return WIRE_END if state.rules == 1 else SIGNED_END


def has_lost_to(bound: int, price: int, direction: Side) -> bool:
    """Whether the price has reached a bound on the losing side of a position; 0 is no bound."""
    return bound != 0 and direction * (price - bound) <= 0
