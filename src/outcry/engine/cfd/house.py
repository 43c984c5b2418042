"""The house's purse: the handlers of its limits, and the stop when one is reached."""

from outcry.engine.cfd.purse import Purse
from outcry.engine.commands import ResumeHouse, SetHouseLimits
from outcry.engine.events import Event, HouseLimitsSet, HouseResumed, HouseStopped
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.state import State
from outcry.engine.units import AMOUNT_MAX, AssetId


def set_house_limits(state: State, command: SetHouseLimits) -> list[Event]:
    """Limit what the house may lose in an asset. Losses are counted from the first limits on."""
    if command.asset_id not in state.assets:
        return refused(RejectReason.ASSET_NOT_FOUND)
    if not 0 <= command.loss_per_day_max < AMOUNT_MAX or not 0 <= command.loss_max < AMOUNT_MAX:
        return refused(RejectReason.AMOUNT_INVALID)
    purse = _purse(state, command.asset_id)
    purse.loss_per_day_max = command.loss_per_day_max
    purse.loss_max = command.loss_max
    limits = HouseLimitsSet(
        asset_id=command.asset_id, loss_per_day_max=command.loss_per_day_max,
        loss_max=command.loss_max,
    )
    return [limits, *stop_if_spent(state, command.asset_id)]


def resume_house(state: State, command: ResumeHouse) -> list[Event]:
    """Let positions be opened again, and count losses anew."""
    if command.asset_id not in state.assets:
        return refused(RejectReason.ASSET_NOT_FOUND)
    _purse(state, command.asset_id).resume()
    return [HouseResumed(asset_id=command.asset_id)]


def stop_if_spent(state: State, asset_id: AssetId) -> list[Event]:
    """Stop the house if it has just lost as much as it may in an asset."""
    purse = state.purses.get(asset_id)
    if purse is None or purse.stopped or not purse.is_spent():
        return []
    purse.stopped = True
    return [
        HouseStopped(
            asset_id=asset_id, result_of_day=purse.result_of_day, result=purse.result
        )
    ]


def is_stopped(state: State, asset_id: AssetId) -> bool:
    """Whether the house has stopped in an asset."""
    purse = state.purses.get(asset_id)
    return purse is not None and purse.stopped


def _purse(state: State, asset_id: AssetId) -> Purse:
    purse = state.purses.get(asset_id)
    if purse is None:
        purse = Purse()
        state.purses[asset_id] = purse
    purse.turn_to(state.now_ms)
    return purse
