"""`outcry contract` and `outcry house`: the CFD desk of a running venue."""

from collections.abc import Callable
from typing import Final

from outcry.bootstrap.asking import asking
from outcry.config import Settings
from outcry.engine.commands import Command
from outcry.engine.events import CommandRejected
from outcry.engine.units import HOUSE, LEVERAGE_ONE
from outcry.ports import LogUnavailable
from outcry.program import ProgramUnavailable
from outcry.projections.house import house_rows
from outcry.projections.venue import Venue
from outcry.protocol.backpack.errors import rejection
from outcry.protocol.decimals import amount_text, format_decimal
from outcry.services.commander import OutcomeUnknown, Overloaded
from outcry.services.contract_rules import contract_rules
from outcry.services.instrument_rules import RulesRefused

Rows = list[dict[str, str]]
TENTHS: Final = len(str(LEVERAGE_ONE)) - 1


async def listed(settings: Settings) -> Rows:
    """Every contract's rules as people write them; raises `ProgramUnavailable`."""
    return await _seen(settings, _rules)


async def house(settings: Settings) -> Rows:
    """What the house stands against, contract by contract; raises `ProgramUnavailable`."""
    return await _seen(settings, _house)


async def change(settings: Settings, command_for: Callable[[Venue], Command]) -> Rows:
    """Have the engine change a contract; returns all rules as they then are.

    Raises `ProgramUnavailable`, which says in one line why not.
    """
    try:
        async with asking(settings) as (venue, commander):
            [events] = await commander.submit(command_for(venue))
            first = events[0]
            if isinstance(first, CommandRejected):
                raise ProgramUnavailable(f"the engine refused: {rejection(first.reason).message}")
            return _rules(venue)
    except RulesRefused as refused:
        raise ProgramUnavailable(str(refused)) from refused
    except (OutcomeUnknown, Overloaded):
        raise ProgramUnavailable(
            "the engine does not answer; look at `outcry contract list` before you try again"
        ) from None
    except LogUnavailable as error:
        raise ProgramUnavailable(f"the venue is out of reach: {error}") from error


async def _seen(settings: Settings, rows_of: Callable[[Venue], Rows]) -> Rows:
    try:
        async with asking(settings) as (venue, _):
            return rows_of(venue)
    except LogUnavailable as error:
        raise ProgramUnavailable(f"the venue is out of reach: {error}") from error


def _rules(venue: Venue) -> Rows:
    return [
        contract_rules(contract, venue.listing.assets[contract.asset_id])
        for contract in venue.desk.contracts.values()
    ]


def _house(venue: Venue) -> Rows:
    rows = []
    for row in house_rows(venue.desk):
        contract = venue.desk.contracts[row.instrument_id]
        asset = venue.listing.assets[contract.asset_id]
        balance = venue.accounts.holding(HOUSE, asset.asset_id)
        decimals = asset.decimals + TENTHS
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
