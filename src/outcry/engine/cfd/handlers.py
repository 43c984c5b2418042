"""The handlers of CFDs: positions are opened and closed against the house at the outside price."""

from outcry.engine.cfd.closing import changed, close, close_part, pnl_of_part
from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import Position, loss_room
from outcry.engine.cfd.protection import (
    has_lost_to,
    price_end,
    set_liquidation_price,
)
from outcry.engine.cfd.risk import risk_fault
from outcry.engine.cfd.sums import add_position, set_payout_max
from outcry.engine.commands import AddMargin, ChangePosition, ClosePosition, OpenPosition
from outcry.engine.events import Event, PositionOpened
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.state import State
from outcry.engine.units import (
    AMOUNT_MAX,
    CANCEL_ONLY,
    FIRST_USER_ACCOUNT,
    LEVERAGE_ONE,
    LONG,
    OPEN,
    SHORT,
    WIRE_END,
    AccountId,
    PositionId,
    Side,
)


def open_position(state: State, command: OpenPosition) -> list[Event]:
    """Open a position at the contract's price, on margin from the account's free balance."""
    contract = state.contracts.get(command.instrument_id)
    if contract is None:
        return refused(RejectReason.INSTRUMENT_NOT_FOUND, command.account_id)
    fault = contract.dealing_fault(state.now_ms)
    if fault != 0:
        return refused(fault, command.account_id)
    if state.rules >= 2 and contract.bid <= 0:  # A wider spread has left nothing of it.
        return refused(RejectReason.QUOTE_STALE, command.account_id)
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
    set_liquidation_price(position, price_end(state))
    set_payout_max(contract, position)
    fault = risk_fault(state, contract, account, position)
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
        return close(state, contract, position)
    if position.margin - command.margin < listed.margin_min:
        return refused(RejectReason.MARGIN_INVALID, command.account_id)
    if state.rules >= 2:
        realized = position.realized + pnl_of_part(contract, position, command.margin)
        if realized >= AMOUNT_MAX:
            return refused(RejectReason.MARGIN_INVALID, command.account_id)
    return close_part(state, contract, position, command.margin)


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
    return [changed(position)]


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
    paid_end = AMOUNT_MAX if state.rules >= 2 else WIRE_END
    if position.margin_paid + command.amount >= paid_end:
        return refused(RejectReason.AMOUNT_INVALID, command.account_id)
    if command.amount > position.balance.free:
        return refused(RejectReason.INSUFFICIENT_FUNDS, command.account_id)
    contract.unwatch(position)
    state.ledger.lock(position.balance, command.amount)
    position.margin += command.amount
    position.margin_paid += command.amount
    set_liquidation_price(position, price_end(state))
    contract.watch(position)
    return [changed(position)]


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
    if has_lost_to(stop_loss, price, direction):
        return False
    return take_profit == 0 or direction * (take_profit - price) > 0


def _find(state: State, account_id: AccountId, position_id: PositionId) -> Position | None:
    """An open position of this account; the position of another account is not found."""
    account = state.accounts.get(account_id)
    return None if account is None else account.positions.get(position_id)
