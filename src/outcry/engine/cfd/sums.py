"""The sums of open positions that limits look at."""

from outcry.engine.cfd.contracts import Contract
from outcry.engine.cfd.positions import Position, payout_max_of
from outcry.engine.state import Account, State


def add_position(state: State, contract: Contract, account: Account, position: Position) -> None:
    """Keep an open position, and add it to the sums."""
    state.positions[position.position_id] = position
    account.positions[position.position_id] = position
    count(state, contract, account, position, 1)
    contract.watch(position)


def count(
    state: State, contract: Contract, account: Account, position: Position, times: int
) -> None:
    """Add a position to the sums; -1 times takes it off."""
    contract.count(position, times)
    exposure = account.exposures.get(contract.instrument_id, 0)
    account.exposures[contract.instrument_id] = exposure + times * position.notional
    gains_max = state.gains_max.get(contract.asset_id, 0)
    state.gains_max[contract.asset_id] = gains_max + times * position.payout_max


def set_payout_max(contract: Contract, position: Position) -> None:
    """Set the largest possible gain of a position, up to the contract's highest price."""
    position.payout_max = payout_max_of(
        direction=position.direction,
        notional=position.notional,
        entry_price=position.entry_price,
        price_max=contract.listed.price_max,
    )


def recount_gains_max(state: State, contract: Contract) -> None:
    """Let `gains_max` follow another highest price, as it would in a restored engine."""
    for position in state.positions.values():
        if position.instrument_id == contract.instrument_id:
            before = position.payout_max
            set_payout_max(contract, position)
            state.gains_max[contract.asset_id] += position.payout_max - before
