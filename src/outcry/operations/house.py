"""The house's purse as an operator writes it, and the commands that fund and limit it."""

from collections.abc import Mapping, Sequence

from outcry.engine.cfd.purse import Purse
from outcry.engine.commands import Command, Deposit, ResumeHouse, SetHouseLimits
from outcry.engine.events import AssetListed
from outcry.engine.units import HOUSE
from outcry.operations.rules import Number, Rules, RulesRefused
from outcry.projections.venue import VenueView
from outcry.wire.decimals import amount_text


def purse_rules(venue: VenueView, asset: AssetListed) -> dict[str, str]:
    """The purse in an asset, as it stands now."""
    purse = venue.house.purses.get(asset.asset_id)
    limits = purse or Purse()
    return {
        "wallet": asset.symbol,
        "capital": amount_text(asset, venue.accounts.balance(HOUSE, asset.asset_id).free),
        "loss_per_day": amount_text(asset, limits.loss_per_day_max),
        "loss": amount_text(asset, limits.loss_max),
        "result_of_day": amount_text(
            asset, venue.house.result_of_day(asset.asset_id, venue.now_ms)
        ),
        "result": amount_text(asset, limits.result),
        "opens": "stopped" if limits.stopped else "yes",
    }


def stops(facts: Mapping[str, Mapping[str, object]]) -> list[str]:
    """A line for each asset in which the house has stopped, from the facts on the status board."""
    return [
        f"the house has stopped in {symbol} with a result of {purse['result_of_day']} today and"
        f" {purse['result']} in all: look at `outcry house results`, then `outcry house resume`"
        for symbol, purse in facts.items() if purse["stopped"]
    ]


def fund_commands(
    venue: VenueView, wallet: str, amount: str, *, key: int
) -> Sequence[Command]:
    """The deposit of an amount into the house's account; raises `RulesRefused`."""
    asset = _asset(venue, wallet)
    units = Number("amount", asset.decimals).read("amount", amount)
    if units == 0:
        raise RulesRefused("the amount must be above 0")
    return [Deposit(account_id=HOUSE, asset_id=asset.asset_id, amount=units, key=key)]


def limit_commands(venue: VenueView, wallet: str, limits: Rules) -> Sequence[Command]:
    """The limits that are given, beside those that stay; raises `RulesRefused`."""
    asset = _asset(venue, wallet)
    purse = venue.house.purses.get(asset.asset_id) or Purse()
    number = Number("loss", asset.decimals)
    day, in_all = limits["loss_per_day"], limits["loss"]
    return [SetHouseLimits(
        asset_id=asset.asset_id,
        loss_per_day_max=(
            purse.loss_per_day_max if day is None else number.read("loss_per_day", day)
        ),
        loss_max=purse.loss_max if in_all is None else number.read("loss", in_all),
    )]


def resume_commands(venue: VenueView, wallet: str) -> Sequence[Command]:
    """The end of a stop; raises `RulesRefused`."""
    return [ResumeHouse(asset_id=_asset(venue, wallet).asset_id)]


def _asset(venue: VenueView, symbol: str) -> AssetListed:
    asset = venue.listing.asset(symbol)
    if asset is None:
        known = ", ".join(each.symbol for each in venue.listing.assets.values())
        raise RulesRefused(f"there is no asset {symbol!r}; there are {known or 'none'}")
    return asset
