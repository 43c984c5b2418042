"""`outcry contract` and `outcry house`: the CFD desk of a running venue."""

from collections.abc import Callable

from outcry.bootstrap.running_venue import Rows, changed, seen
from outcry.engine.commands import Command
from outcry.engine.units import HOUSE, LEVERAGE_DECIMALS
from outcry.operations.contract_rules import contract_rules
from outcry.projections.house import house_rows
from outcry.projections.venue import Venue
from outcry.runtime.config import Settings
from outcry.wire.decimals import amount_text, format_decimal


async def listed(settings: Settings) -> Rows:
    """Every contract's rules as people write them; raises `OperatorError`."""
    return await seen(settings, _rules)


async def house(settings: Settings) -> Rows:
    """What the house stands against, contract by contract; raises `OperatorError`."""
    return await seen(settings, _house)


async def change(settings: Settings, command_for: Callable[[Venue], Command]) -> Rows:
    """Have the engine change a contract; all rules as they then are.

    Raises `OperatorError`, which says in one line why not.
    """
    return await changed(settings, command_for, _rules, look_at="outcry contract list")


def _rules(venue: Venue) -> Rows:
    return [
        contract_rules(contract, venue.listing.assets[contract.asset_id])
        for contract in venue.cfd.contracts.values()
    ]


def _house(venue: Venue) -> Rows:
    rows = []
    for row in house_rows(venue.cfd):
        contract = venue.cfd.contracts[row.instrument_id]
        asset = venue.listing.assets[contract.asset_id]
        balance = venue.accounts.holding(HOUSE, asset.asset_id)
        decimals = asset.decimals + LEVERAGE_DECIMALS
        rows.append({
            "asset": contract.underlying,
            "positions": str(row.positions),
            "long": format_decimal(row.long_notional, decimals),
            "short": format_decimal(row.short_notional, decimals),
            "house_net": format_decimal(row.net_notional, decimals),
            "margin": amount_text(asset, row.margin),
            "house_unrealized_pnl":
                "no price" if row.unrealized is None else amount_text(asset, row.unrealized),
            "house_balance": amount_text(asset, balance.free),
            "wallet": asset.symbol,
        })
    return rows
