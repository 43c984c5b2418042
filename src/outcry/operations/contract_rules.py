"""A contract's rules as an operator writes them, and the command that sets them."""

from collections.abc import Sequence
from typing import Final

from outcry.engine.commands import ChangeContract, Command
from outcry.engine.events import AssetListed, ContractListed
from outcry.engine.units import CANCEL_ONLY, CLOSED, LEVERAGE_DECIMALS, OPEN
from outcry.operations.contract_terms import terms_to_set
from outcry.operations.quote_rules import bounds_to_set
from outcry.operations.rules import (
    Number,
    Numbers,
    Rules,
    RulesRefused,
    any_given,
    counted,
    fraction,
    word,
    written,
)
from outcry.projections.venue import VenueView

STATES: Final = {"open": OPEN, "close-only": CANCEL_ONLY, "closed": CLOSED}


def contract_rules(contract: ContractListed, asset: AssetListed) -> dict[str, str]:
    """A contract's state and rules, as they would be written."""
    return {
        "asset": contract.underlying, "symbol": contract.symbol,
        "state": word(STATES, contract.state), **written(contract, _numbers(contract, asset)),
    }


def contract_commands(
    venue: VenueView, name: str, rules: Rules, bounds: Rules, terms: Rules | None = None
) -> Sequence[Command]:
    """The commands that give a contract other rules and terms, and its quotes other bounds.

    Those that are not given stay. Raises `RulesRefused`.
    """
    contract = _contract(venue, name)
    asset = venue.listing.assets[contract.asset_id]
    others = [
        *bounds_to_set(contract.instrument_id, bounds),
        *terms_to_set(contract.instrument_id, asset, terms or {}),
    ]
    if others and not any_given(rules):
        return others
    return [contract_to_change(venue, name, rules), *others]


def contract_to_change(venue: VenueView, name: str, rules: Rules) -> ChangeContract:
    """Other rules for a contract, which keeps those that are not given; raises `RulesRefused`."""
    contract = _contract(venue, name)
    numbers = _numbers(contract, venue.listing.assets[contract.asset_id])
    return ChangeContract(
        instrument_id=contract.instrument_id, **counted(rules, STATES, numbers)
    )


def _contract(venue: VenueView, name: str) -> ContractListed:
    contract = venue.cfd.contract(name)
    if contract is None:
        known = ", ".join(each.underlying for each in venue.cfd.contracts.values())
        raise RulesRefused(f"there is no contract {name!r}; there are {known or 'none'}")
    return contract


def _numbers(contract: ContractListed, asset: AssetListed) -> Numbers:
    return {
        "leverage_max": Number("leverage_max", LEVERAGE_DECIMALS),
        "margin_min": Number("margin_min", asset.decimals),
        "exposure_max": Number("exposure_max", asset.decimals),
        "house_exposure_max": Number("house_exposure_max", asset.decimals),
        "maintenance": fraction("maintenance_rate"),
        "spread": fraction("spread_rate"),
        "positions_max": Number("positions_max"),
        "quote_age_max_ms": Number("quote_age_max_ms"),
        "price_max": Number("price_max", contract.price_decimals),
    }
