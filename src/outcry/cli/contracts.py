"""`outcry contract` and `outcry house`: the rules of CFDs, and the house on their other side."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from outcry.bootstrap.running_venue import Rows, execute, query
from outcry.cli.edge import AsJson, Band, DataDir, SpreadMax, print_rows, running
from outcry.engine.units import HOUSE, LEVERAGE_DECIMALS
from outcry.operations.contract_rules import contract_commands, contract_rules
from outcry.operations.quote_rules import quote_rules
from outcry.operations.rules import Rules
from outcry.projections.house import house_rows
from outcry.projections.venue import VenueView
from outcry.wire.decimals import amount_text, format_decimal

app = typer.Typer()
contract_app = typer.Typer(help="Manage contracts for difference (CFDs).", no_args_is_help=True)
app.add_typer(contract_app, name="contract")

WIDTHS = {"asset": 12}

Asset = Annotated[str, typer.Argument(help="Underlying of the contract, such as SOL_USDC.")]


@contract_app.command("list")
def contract_list(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every contract with its state and rules."""
    print_rows(asyncio.run(query(running(data_dir), _rules)), WIDTHS, as_json=as_json)


@contract_app.command("set")
def contract_set(
    asset: Asset,
    state: Annotated[str | None, typer.Option(help="open, close-only or closed.")] = None,
    leverage_max: Annotated[str | None, typer.Option(help="A multiple, such as 100.")] = None,
    margin_min: Annotated[str | None, typer.Option(help="Least margin of one position.")] = None,
    maintenance: Annotated[
        str | None,
        typer.Option(help="Fraction of the notional; with less equity a position is liquidated."),
    ] = None,
    spread: Annotated[
        str | None, typer.Option(help="Fraction taken off the bid and added to the ask.")
    ] = None,
    exposure_max: Annotated[
        str | None, typer.Option(help="Notional one account may hold; 0 is no bound.")
    ] = None,
    house_exposure_max: Annotated[
        str | None, typer.Option(help="Net notional the house may stand against; 0 is no bound.")
    ] = None,
    positions_max: Annotated[
        str | None, typer.Option(help="Open positions one account may have.")
    ] = None,
    quote_age_max_ms: Annotated[
        str | None, typer.Option(help="With an older price no position opens or closes.")
    ] = None,
    band: Band = None, spread_max: SpreadMax = None,
    data_dir: DataDir = None,
) -> None:
    """Change the rules or the state of a contract; rules that are not given stay."""
    bounds = {"band": band, "spread_max": spread_max}
    _set(data_dir, asset, bounds=bounds, rules={
        "state": state, "leverage_max": leverage_max, "margin_min": margin_min,
        "maintenance": maintenance, "spread": spread, "exposure_max": exposure_max,
        "house_exposure_max": house_exposure_max, "positions_max": positions_max,
        "quote_age_max_ms": quote_age_max_ms,
    })


@contract_app.command("halt")
def contract_halt(asset: Asset, data_dir: DataDir = None) -> None:
    """Open no more positions in a contract; open ones can be closed."""
    _set(data_dir, asset, {"state": "close-only"}, bounds={})


@contract_app.command("open")
def contract_open(asset: Asset, data_dir: DataDir = None) -> None:
    """Open positions in a contract again."""
    _set(data_dir, asset, {"state": "open"}, bounds={})


@app.command()
def house(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the house's side of each contract, and its gain or loss."""
    print_rows(asyncio.run(query(running(data_dir), _house)), WIDTHS, as_json=as_json)


def _set(data_dir: Path | None, asset: str, rules: Rules, *, bounds: Rules) -> None:
    """Have the engine change a contract, and print all rules as they then are."""
    print_rows(asyncio.run(execute(
        running(data_dir), lambda venue: contract_commands(venue, asset, rules, bounds),
        rows_of=_rules, look_at="outcry contract list",
    )), WIDTHS)


def _rules(venue: VenueView) -> Rows:
    return [
        {
            **contract_rules(contract, venue.listing.assets[contract.asset_id]),
            **quote_rules(venue.gates.gate(contract.instrument_id)),
        }
        for contract in venue.cfd.contracts.values()
    ]


def _house(venue: VenueView) -> Rows:
    rows = []
    for row in house_rows(venue.cfd):
        contract = venue.cfd.contracts[row.instrument_id]
        asset = venue.listing.assets[contract.asset_id]
        balance = venue.accounts.balance(HOUSE, asset.asset_id)
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
