"""The house's capital and results, as the status board shows them."""

from outcry.engine.cfd.purse import Purse
from outcry.engine.units import HOUSE
from outcry.projections.venue import VenueView
from outcry.wire.decimals import amount_text


def house_facts(venue: VenueView) -> dict[str, dict[str, object]]:
    """By the symbol of each asset that contracts settle in."""
    settled = {contract.asset_id for contract in venue.cfd.contracts.values()}
    facts: dict[str, dict[str, object]] = {}
    for asset_id in sorted(settled):
        asset = venue.listing.assets[asset_id]
        purse = venue.house.purses.get(asset_id) or Purse()
        of_day = venue.house.result_of_day(asset_id, venue.now_ms)
        facts[asset.symbol] = {
            "capital": amount_text(asset, venue.accounts.balance(HOUSE, asset_id).free),
            "loss_per_day_max": amount_text(asset, purse.loss_per_day_max),
            "loss_max": amount_text(asset, purse.loss_max),
            "result_of_day": amount_text(asset, of_day),
            "result": amount_text(asset, purse.result),
            "stopped": purse.stopped,
        }
    return facts
