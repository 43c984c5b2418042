"""Closing positions: by a quote that sets them off, whole, and in part."""

from typing import Final

from outcry.engine.balances import Balance
from outcry.engine.cfd.contracts import PRICES, Contract
from outcry.engine.cfd.house import stop_if_spent
from outcry.engine.cfd.positions import Position, pnl_of
from outcry.engine.cfd.protection import Deficit, charge, charged, has_lost_to
from outcry.engine.cfd.sums import count, set_payout_max
from outcry.engine.events import (
    Event,
    PositionChanged,
    PositionClosed,
    QuoteSet,
)
from outcry.engine.rejects import CloseReason
from outcry.engine.state import State
from outcry.engine.units import (
    HOUSE,
    AccountId,
    PositionId,
    div_ceil,
    div_floor,
)

_PositionClosed: Final = PositionClosed


def quote_contract(state: State, contract: Contract, quote: QuoteSet) -> list[Event]:
    """Take in a new price, or the same at another spread; closes every position it sets off.

    At a price that nobody can deal at, positions wait for the next one.
    """
    bid_before = contract.bid
    ask_before = contract.ask
    contract.set_quote(quote)
    events: list[Event] = []
    if contract.gate.fault() != 0:
            return events
    due = contract.take_due(bid_before, ask_before)
    if due and state.rules == 1:
        for _, number in due:
            position = state.positions.get(PositionId(number // PRICES))
            if position is not None:  # Else another of its prices came first.
                events.append(_close_at(state, contract, position))
    elif due:
        _close_due(state, contract, due, events)
    if events:
        events += stop_if_spent(state, contract.asset_id)
    return events


def close(state: State, contract: Contract, position: Position) -> list[Event]:
    """Close the whole of a position for its owner."""
    pnl = position.pnl(contract.close_price(position.direction))
    closed = _close(state, contract, position, CloseReason.BY_OWNER, pnl, 0)
    return [closed, *stop_if_spent(state, contract.asset_id)]


def close_part(
    state: State, contract: Contract, position: Position, margin: int
) -> list[Event]:
    """Close the part of a position that stands on this much of its margin, for its owner.

    Margin, notional and what it owes fall alike, so the liquidation price stays; the odd tenth is
    left open.
    """
    account = state.accounts[position.account_id]
    price = contract.close_price(position.direction)
    notional = div_floor(position.notional * margin, position.margin)
    part = pnl_of(
        direction=position.direction, notional=notional, entry_price=position.entry_price,
        exit_price=price,
    )
    owed = _owed_by_part(position, margin, part)
    count(state, contract, account, position, -1)
    position.margin -= margin
    position.set_notional(position.notional - notional)
    position.owed -= owed
    set_payout_max(contract, position)
    count(state, contract, account, position, 1)
    pnl, shortfall = _pay_out(state, position, margin, part, owed)
    events: list[Event] = [
        _PositionClosed(
            position.position_id, position.account_id, position.instrument_id,
            CloseReason.BY_OWNER, margin, position.margin, price, pnl, shortfall,
            position.realized,
        ),
        changed(position),
    ]
    if owed != 0:
        events.append(charged(position, PositionId(0), -owed))
    return events + stop_if_spent(state, contract.asset_id)


def pnl_of_part(contract: Contract, position: Position, margin: int) -> int:
    """The gain of the part of a position that stands on this much of its margin."""
    return pnl_of(
        direction=position.direction,
        notional=div_floor(position.notional * margin, position.margin),
        entry_price=position.entry_price,
        exit_price=contract.close_price(position.direction),
    )


def changed(position: Position) -> PositionChanged:
    """The position as it now stands."""
    return PositionChanged(
        position.position_id, position.account_id, position.instrument_id, position.margin,
        position.margin_paid, position.notional, position.liquidation_price, position.stop_loss,
        position.take_profit,
    )


def _close_due(
    state: State, contract: Contract, due: list[tuple[int, int]], events: list[Event]
) -> None:
    """Close positions whose price was reached, their accounts' other positions paying first.

    All shortfalls of the quote are charged before anything is closed, so that no order of closing
    lets an account take money out that one of its other positions is short of.
    """
    closing: dict[PositionId, int] = {}  # With the gain of each.
    deficits: dict[AccountId, list[Deficit]] = {}
    for _, number in due:
        position_id = PositionId(number // PRICES)
        if position_id in closing:
            continue  # Another of its prices came first.
        position = state.positions[position_id]
        pnl = position.pnl(contract.close_price(position.direction))
        closing[position_id] = pnl
        equity = position.margin - position.owed + pnl
        if equity < 0:
            of_account = deficits.get(position.account_id)
            if of_account is None:
                deficits[position.account_id] = [(position_id, -equity)]
            else:
                of_account.append((position_id, -equity))
    covered: dict[PositionId, int] = {}
    for account_id, of_account in deficits.items():
        account = state.accounts[account_id]
        if len(account.positions) > len(of_account):
            charge(contract, account, of_account, closing, covered, events)
    for position_id, pnl in closing.items():
        position = state.positions[position_id]
        reason = _reason_of(contract, position)
        paid = covered.get(position_id, 0) if covered else 0
        events.append(_close(state, contract, position, reason, pnl, paid))


def _reason_of(contract: Contract, position: Position) -> int:
    """The `CloseReason` of a position whose price was reached: the worst that holds."""
    direction = position.direction
    price = contract.close_price(direction)
    if has_lost_to(position.liquidation_price, price, direction):
        return CloseReason.LIQUIDATED
    if has_lost_to(position.stop_loss, price, direction):
        return CloseReason.STOP_LOSS
    assert direction * (price - position.take_profit) >= 0
    return CloseReason.TAKE_PROFIT


def _close_at(state: State, contract: Contract, position: Position) -> PositionClosed:
    """Close a position whose price was reached, by the first version of the rules."""
    pnl = position.pnl(contract.close_price(position.direction))
    return _close(state, contract, position, _reason_of(contract, position), pnl, 0)


def _close(
    state: State, contract: Contract, position: Position, reason: int, gain: int, covered: int
) -> PositionClosed:
    """Close the whole of a position; of its shortfall, other positions have `covered` this much."""
    account = state.accounts[position.account_id]
    contract.unwatch(position)
    count(state, contract, account, position, -1)
    del state.positions[position.position_id]
    del account.positions[position.position_id]
    price = contract.close_price(position.direction)
    pnl, shortfall = _pay_out(state, position, position.margin, gain, position.owed)
    return _PositionClosed(
        position.position_id, position.account_id, position.instrument_id, reason,
        position.margin, 0, price, pnl, shortfall - covered, position.realized,
    )


def _owed_by_part(position: Position, margin: int, gain: int) -> int:
    """What a part of a position settles of what the position owes: its share, rounded up.

    It is never more than the part has, so that no part is short while the rest is not.
    """
    if position.owed == 0:
        return 0
    share = div_ceil(position.owed * margin, position.margin)
    return max(min(share, margin + gain), 0)


def _pay_out(
    state: State, position: Position, margin: int, gain: int, owed: int
) -> tuple[int, int]:
    """Release margin and settle a gain or loss, and what is owed, with the house.

    Returns (pnl, shortfall).
    """
    pnl = gain - owed
    shortfall = max(-margin - pnl, 0)
    pnl += shortfall
    position.realized += pnl
    ledger = state.ledger
    balance = position.balance
    house: Balance = state.accounts[HOUSE].balance(balance.asset_id)
    ledger.unlock(balance, margin)
    if pnl >= 0:
        ledger.pay(house, balance, pnl)
    else:
        ledger.pay(balance, house, -pnl)
    purse = state.purses.get(balance.asset_id)
    if purse is not None:
        purse.add(state.now_ms, -pnl)
    return pnl, shortfall
