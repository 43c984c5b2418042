"""The risks that an account and the house may take on with a new position or at a new price.

The debt of the house, and each gain and loss, has to fit 64 bits. A contract knows a bound of its
gains and losses at any price from the sums of its open positions. Most contracts are so far below
the limit that nothing else is looked at: while each of 256 contracts stays below its share of half
of the limit, and the debt of the house below the other half, all of them fit together.
"""

from typing import Final

from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.house import is_stopped
from outcry.engine.cfd.positions import QUANTITY_ONE, Position
from outcry.engine.cfd.protection import has_lost_to
from outcry.engine.cfd.terms import leverage_max_of
from outcry.engine.commands import SetQuote
from outcry.engine.rejects import RejectReason
from outcry.engine.state import Account, State
from outcry.engine.units import (
    AMOUNT_MAX,
    HOUSE,
    LEVERAGE_ONE,
    LONG,
    RATE_ONE,
    WIRE_END,
    AssetId,
    div_ceil,
)

UNIT: Final = QUANTITY_ONE * LEVERAGE_ONE  # An asset's smallest unit, as contracts count theirs.
LIMIT: Final = AMOUNT_MAX * UNIT
SHARES: Final = 256
SHARE: Final = LIMIT // (2 * SHARES)


def risk_fault(state: State, contract: Contract, account: Account, position: Position) -> int:
    """The `RejectReason` of a position that account or house may not take on; 0 is none."""
    listed = contract.listed
    price = contract.close_price(position.direction)
    if has_lost_to(position.liquidation_price, price, position.direction):
        return RejectReason.WOULD_LIQUIDATE
    exposure = account.exposures.get(contract.instrument_id, 0) + position.notional
    if listed.exposure_max != 0 and exposure > listed.exposure_max * LEVERAGE_ONE:
        return RejectReason.EXPOSURE_LIMIT
    if position.notional >= WIRE_END or (state.rules >= 2 and exposure >= AMOUNT_MAX):
        return RejectReason.EXPOSURE_LIMIT
    if _house_is_full(state, contract, position):
        return RejectReason.HOUSE_LIMIT
    if len(account.positions) >= listed.positions_max:
        return RejectReason.POSITION_LIMIT
    highest: int = listed.leverage_max
    if position.leverage > leverage_max_of(contract.terms, highest, exposure):
        return RejectReason.LEVERAGE_TIER
    if is_stopped(state, contract.asset_id):
        return RejectReason.HOUSE_STOPPED
    if position.margin > position.balance.free:
        return RejectReason.INSUFFICIENT_FUNDS
    return 0


def is_payable(state: State, contract: Contract, command: SetQuote) -> bool:
    """Whether gains and losses of open positions fit at a quote's price.

    A price that brings them nearer to zero always passes.
    """
    if state.rules == 1:
        return True
    bid, ask = contract.widened(command.bid, command.ask)
    payable = contract.payable(bid)
    losable = contract.losable(ask)
    if payable < SHARE and losable < SHARE and len(state.contracts) <= SHARES:
        return True
    if bid > contract.bid and not _fits(state, contract, payable, RATE_ONE):
        return False
    return ask <= contract.ask or losable < LIMIT


def _house_is_full(state: State, contract: Contract, position: Position) -> bool:
    """Whether the house would stand against more than it may, or could owe more than fits."""
    listed = contract.listed
    net = contract.net_notional
    net_after = net + position.direction * position.notional
    adds = abs(net_after) > abs(net)
    house_max = listed.house_exposure_max * LEVERAGE_ONE
    if house_max != 0 and adds and abs(net_after) > house_max:
        return True
    if state.rules == 1:
        owed = -state.accounts[HOUSE].balance(contract.asset_id).free
        gains_max = state.gains_max.get(contract.asset_id, 0)
        return owed + gains_max + position.payout_max >= AMOUNT_MAX
    # What does not add to the house's exposure needs no room, but has to fit at today's price.
    room: int = contract.terms.payout_room_rate if adds else RATE_ONE
    bid = _with_room(contract.bid, room)
    ask = _with_room(contract.ask, room)
    payable = contract.payable(bid)
    losable = contract.losable(ask)
    if position.direction == LONG:
        payable += position.quantity * bid
    else:
        payable += position.notional * QUANTITY_ONE
        losable += position.quantity * ask
    debt = _debt_of(state, contract.asset_id)
    if (
        payable < SHARE and losable < SHARE and debt < AMOUNT_MAX // 2
        and len(state.contracts) <= SHARES
    ):
        return False
    return losable >= LIMIT or not _fits(state, contract, payable, room)


def _fits(state: State, contract: Contract, payable: int, room: int) -> bool:
    """Whether a contract can gain this much beside the debt and the gains in all other contracts.

    The others have the same room for their prices, or none.
    """
    payable += _debt_of(state, contract.asset_id) * UNIT
    for each in state.contracts.values():
        if each is not contract and each.asset_id == contract.asset_id:
            others: int = RATE_ONE if room == RATE_ONE else each.terms.payout_room_rate
            payable += each.payable(_with_room(each.bid, others))
    return payable < LIMIT


def _debt_of(state: State, asset_id: AssetId) -> int:
    """What the house owes already; its own capital is no room, because it can be withdrawn."""
    return max(-state.accounts[HOUSE].balance(asset_id).free, 0)


def _with_room(price: int, room: int) -> int:
    """A price after a rise by a factor, in millionths, rounded up."""
    return price if room == RATE_ONE else div_ceil(price * room, RATE_ONE)
