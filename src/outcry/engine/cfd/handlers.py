"""The handlers of CFDs: positions are opened and closed against the house at the outside price."""

from typing import Final

from outcry.engine.balances import Balance
from outcry.engine.cfd.contracts import PRICES, Contract
from outcry.engine.cfd.positions import (
    Position,
    liquidation_price_of,
    loss_room,
    payout_max_of,
    pnl_of,
)
from outcry.engine.commands import AddMargin, ChangePosition, ClosePosition, OpenPosition
from outcry.engine.events import (
    Event,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    QuoteSet,
)
from outcry.engine.refusal import refused
from outcry.engine.rejects import CloseReason, RejectReason
from outcry.engine.state import Account, State
from outcry.engine.units import (
    AMOUNT_MAX,
    CANCEL_ONLY,
    FIRST_USER_ACCOUNT,
    HOUSE,
    LEVERAGE_ONE,
    LONG,
    OPEN,
    SHORT,
    AccountId,
    PositionId,
    Side,
    div_floor,
)

_PositionClosed: Final = PositionClosed


def open_position(state: State, command: OpenPosition) -> list[Event]:
    """Open a position at the contract's price, on margin from the account's free balance."""
    contract = state.contracts.get(command.instrument_id)
    if contract is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND, command.account_id)
    fault = contract.dealing_fault(state.now_ms)
    if fault != 0:
        return refused(fault, command.account_id)
    account = state.accounts.get(command.account_id)
    if account is None or account.account_id < FIRST_USER_ACCOUNT:
        return refused(RejectReason.ACCOUNT_NOT_FOUND, command.account_id)
    fault = _terms_fault(contract, command)
    if fault != 0:
        return refused(fault, command.account_id)
    balance = account.balance(contract.asset_id)
    position = Position(
        position_id=PositionId(state.last_position_id + 1),
        account_id=account.account_id,
        instrument_id=contract.instrument_id,
        balance=balance,
        direction=command.direction,
        margin=command.margin,
        leverage=command.leverage,
        entry_price=contract.entry_price(command.direction),
        maintenance_rate=contract.listed.maintenance_rate,
        opened_ms=state.now_ms,
    )
    position.stop_loss = command.stop_loss
    position.take_profit = command.take_profit
    _set_liquidation_price(position)
    set_payout_max(contract, position)
    fault = _risk_fault(state, contract, account, position)
    if fault != 0:
        return refused(fault, command.account_id)
    state.last_position_id = position.position_id
    state.ledger.lock(balance, position.margin)
    add_position(state, contract, account, position)
    return [
        PositionOpened(
            position.position_id, position.account_id, position.instrument_id, position.direction,
            position.margin, position.leverage, position.notional, position.entry_price,
            position.liquidation_price, position.stop_loss, position.take_profit,
        )
    ]


def close_position(state: State, command: ClosePosition) -> list[Event]:
    """Close an account's position at the contract's price, whole or in part."""
    position = _find(state, command.account_id, command.position_id)
    if position is None:
        return refused(RejectReason.POSITION_NOT_FOUND, command.account_id)
    contract = state.contracts[position.instrument_id]
    fault = contract.dealing_fault(state.now_ms)
    if fault != 0:
        return refused(fault, command.account_id)
    listed = contract.listed
    if listed.state != OPEN and listed.state != CANCEL_ONLY:
        return refused(RejectReason.MARKET_CLOSED, command.account_id)
    if not 0 <= command.margin <= position.margin:
        return refused(RejectReason.MARGIN_INVALID, command.account_id)
    if command.margin == 0 or command.margin == position.margin:
        return [_close(state, contract, position, CloseReason.BY_OWNER)]
    if position.margin - command.margin < listed.margin_min:
        return refused(RejectReason.MARGIN_INVALID, command.account_id)
    return _close_part(state, contract, position, command.margin)


def change_position(state: State, command: ChangePosition) -> list[Event]:
    """Give an account's position another stop loss or take profit."""
    position = _find(state, command.account_id, command.position_id)
    if position is None:
        return refused(RejectReason.POSITION_NOT_FOUND, command.account_id)
    contract = state.contracts[position.instrument_id]
    fault = contract.dealing_fault(state.now_ms)
    if fault != 0:
        return refused(fault, command.account_id)
    stop_loss: int = position.stop_loss if command.stop_loss is None else command.stop_loss
    take_profit: int = position.take_profit if command.take_profit is None else command.take_profit
    price = contract.close_price(position.direction)
    if not _triggers_are_sound(contract, position.direction, price, stop_loss, take_profit):
        return refused(RejectReason.TRIGGER_INVALID, command.account_id)
    contract.unwatch(position)
    position.stop_loss = stop_loss
    position.take_profit = take_profit
    contract.watch(position)
    return [_changed(position)]


def add_margin(state: State, command: AddMargin) -> list[Event]:
    """Lock more margin behind an account's position. Its notional stays."""
    position = _find(state, command.account_id, command.position_id)
    if position is None:
        return refused(RejectReason.POSITION_NOT_FOUND, command.account_id)
    contract = state.contracts[position.instrument_id]
    # The first version of the rules added margin at any price, however old.
    fault = contract.dealing_fault(state.now_ms) if state.rules >= 2 else contract.gate.fault()
    if fault != 0:
        return refused(fault, command.account_id)
    if not 0 < command.amount < AMOUNT_MAX:
        return refused(RejectReason.AMOUNT_INVALID, command.account_id)
    if command.amount > position.balance.free:
        return refused(RejectReason.INSUFFICIENT_FUNDS, command.account_id)
    contract.unwatch(position)
    state.ledger.lock(position.balance, command.amount)
    position.margin += command.amount
    position.margin_paid += command.amount
    _set_liquidation_price(position)
    contract.watch(position)
    return [_changed(position)]


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
    for _, number in contract.take_due(bid_before, ask_before):
        position = state.positions.get(PositionId(number // PRICES))
        if position is not None:  # Else another of its prices came first.
            events.append(_close(state, contract, position, _reason_of(contract, position)))
    return events


def add_position(state: State, contract: Contract, account: Account, position: Position) -> None:
    """Keep an open position, and add it to the sums that limits look at."""
    state.positions[position.position_id] = position
    account.positions[position.position_id] = position
    _count(state, contract, account, position, 1)
    contract.watch(position)


def set_payout_max(contract: Contract, position: Position) -> None:
    """Set the largest possible gain of a position."""
    position.payout_max = payout_max_of(
        direction=position.direction,
        notional=position.notional,
        entry_price=position.entry_price,
        price_max=contract.listed.price_max,
    )


def _terms_fault(contract: Contract, command: OpenPosition) -> int:
    """The `RejectReason` of a position as far as the contract's rules and price tell; 0 is none."""
    direction: Side = command.direction
    listed = contract.listed
    if direction not in (LONG, SHORT):
        return RejectReason.ORDER_INVALID
    if listed.state != OPEN:
        return RejectReason.MARKET_CLOSED
    if not listed.margin_min <= command.margin < AMOUNT_MAX:
        return RejectReason.MARGIN_INVALID
    if not LEVERAGE_ONE <= command.leverage <= listed.leverage_max:
        return RejectReason.LEVERAGE_INVALID
    notional: int = command.margin * command.leverage
    rate: int = listed.maintenance_rate
    if loss_room(margin=command.margin, notional=notional, maintenance_rate=rate) <= 0:
        return RejectReason.LEVERAGE_INVALID
    price = contract.close_price(direction)
    if not _triggers_are_sound(
        contract, direction, price, command.stop_loss, command.take_profit
    ):
        return RejectReason.TRIGGER_INVALID
    return 0


def _triggers_are_sound(
    contract: Contract, direction: Side, price: int, stop_loss: int, take_profit: int
) -> bool:
    """Whether the present closing price lies between the two."""
    price_max: int = contract.listed.price_max
    if not 0 <= stop_loss <= price_max or not 0 <= take_profit <= price_max:
        return False
    if _has_lost_to(stop_loss, price, direction):
        return False
    return take_profit == 0 or direction * (take_profit - price) > 0


def _has_lost_to(bound: int, price: int, direction: Side) -> bool:
    """Whether the price has reached a bound on the losing side of a position; 0 is no bound."""
    return bound != 0 and direction * (price - bound) <= 0


def _risk_fault(state: State, contract: Contract, account: Account, position: Position) -> int:
    """The `RejectReason` of a position that account or house may not take on; 0 is none."""
    listed = contract.listed
    direction = position.direction
    price = contract.close_price(direction)
    if _has_lost_to(position.liquidation_price, price, direction):
        return RejectReason.WOULD_LIQUIDATE
    exposure = account.exposures.get(contract.instrument_id, 0) + position.notional
    if listed.exposure_max != 0 and exposure > listed.exposure_max * LEVERAGE_ONE:
        return RejectReason.EXPOSURE_LIMIT
    net = contract.net_notional
    net_after = net + direction * position.notional
    house_max = listed.house_exposure_max * LEVERAGE_ONE
    if house_max != 0 and abs(net_after) > house_max and abs(net_after) > abs(net):
        return RejectReason.HOUSE_LIMIT
    # The debt of the house stays within 64 bits at every price.
    owed = -state.accounts[HOUSE].balance(contract.asset_id).free
    payable = state.payable.get(contract.asset_id, 0)
    if owed + payable + position.payout_max >= AMOUNT_MAX:
        return RejectReason.HOUSE_LIMIT
    if len(account.positions) >= listed.positions_max:
        return RejectReason.POSITION_LIMIT
    if position.margin > position.balance.free:
        return RejectReason.INSUFFICIENT_FUNDS
    return 0


def _reason_of(contract: Contract, position: Position) -> int:
    """The `CloseReason` of a position whose price was reached: the worst that holds."""
    direction = position.direction
    price = contract.close_price(direction)
    if _has_lost_to(position.liquidation_price, price, direction):
        return CloseReason.LIQUIDATED
    if _has_lost_to(position.stop_loss, price, direction):
        return CloseReason.STOP_LOSS
    assert direction * (price - position.take_profit) >= 0
    return CloseReason.TAKE_PROFIT


def _close(state: State, contract: Contract, position: Position, reason: int) -> PositionClosed:
    """Close the whole of a position."""
    account = state.accounts[position.account_id]
    contract.unwatch(position)
    _count(state, contract, account, position, -1)
    del state.positions[position.position_id]
    del account.positions[position.position_id]
    price = contract.close_price(position.direction)
    pnl, shortfall = _pay_out(state, position, position.margin, position.notional, price)
    return _PositionClosed(
        position.position_id, position.account_id, position.instrument_id, reason,
        position.margin, 0, price, pnl, shortfall, position.realized,
    )


def _close_part(
    state: State, contract: Contract, position: Position, margin: int
) -> list[Event]:
    """Close the part of a position that stands on this much of its margin.

    Margin and notional fall alike, so the liquidation price stays; the odd tenth is left open.
    """
    account = state.accounts[position.account_id]
    notional = div_floor(position.notional * margin, position.margin)
    _count(state, contract, account, position, -1)
    position.margin -= margin
    position.notional -= notional
    set_payout_max(contract, position)
    _count(state, contract, account, position, 1)
    price = contract.close_price(position.direction)
    pnl, shortfall = _pay_out(state, position, margin, notional, price)
    closed = _PositionClosed(
        position.position_id, position.account_id, position.instrument_id, CloseReason.BY_OWNER,
        margin, position.margin, price, pnl, shortfall, position.realized,
    )
    return [closed, _changed(position)]


def _pay_out(
    state: State, position: Position, margin: int, notional: int, price: int
) -> tuple[int, int]:
    """Release margin and settle its profit or loss with the house: (pnl, shortfall)."""
    pnl = pnl_of(
        direction=position.direction,
        notional=notional,
        entry_price=position.entry_price,
        exit_price=price,
    )
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
    return pnl, shortfall


def _count(
    state: State, contract: Contract, account: Account, position: Position, times: int
) -> None:
    """Add a position to the sums that limits look at; -1 times takes it off."""
    instrument_id = contract.instrument_id
    notional = times * position.notional
    contract.net_notional += position.direction * notional
    account.exposures[instrument_id] = account.exposures.get(instrument_id, 0) + notional
    payable = state.payable.get(contract.asset_id, 0)
    state.payable[contract.asset_id] = payable + times * position.payout_max


def _set_liquidation_price(position: Position) -> None:
    position.liquidation_price = liquidation_price_of(
        direction=position.direction,
        margin=position.margin,
        notional=position.notional,
        entry_price=position.entry_price,
        maintenance_rate=position.maintenance_rate,
    )


def _find(state: State, account_id: AccountId, position_id: PositionId) -> Position | None:
    """An open position of this account; the position of another account is not found."""
    account = state.accounts.get(account_id)
    return None if account is None else account.positions.get(position_id)


def _changed(position: Position) -> PositionChanged:
    return PositionChanged(
        position.position_id, position.account_id, position.instrument_id, position.margin,
        position.margin_paid, position.notional, position.liquidation_price, position.stop_loss,
        position.take_profit,
    )
