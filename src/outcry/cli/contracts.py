"""`outcry contract`: the rules and terms of CFDs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from outcry.bootstrap.running_venue import Rows, execute, query
from outcry.cli.edge import AsJson, Band, DataDir, SpreadMax, print_rows, running
from outcry.cli.new_contracts import new_contract_app
from outcry.operations.contract_rules import contract_commands, contract_rules
from outcry.operations.contract_terms import terms_rules
from outcry.operations.profiles import PROFILES, profile_commands
from outcry.operations.quote_rules import quote_rules
from outcry.operations.rules import Rules
from outcry.projections.venue import VenueView

app = typer.Typer()
contract_app = typer.Typer(help="Manage contracts for difference (CFDs).", no_args_is_help=True)
app.add_typer(contract_app, name="contract")
contract_app.add_typer(new_contract_app)

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
    price_max: Annotated[
        str | None, typer.Option(help="Highest price that a quote may have.")
    ] = None,
    payout_room: Annotated[
        str | None,
        typer.Option(help="Factor by which the price can rise before the house has no room left."),
    ] = None,
    tiers: Annotated[
        str | None,
        typer.Option(
            help="Leverage by notional, such as 50000:100,250000:50,20; none removes them."
        ),
    ] = None,
    band: Band = None, spread_max: SpreadMax = None,
    data_dir: DataDir = None,
) -> None:
    """Change the rules or the state of a contract; rules that are not given stay."""
    bounds = {"band": band, "spread_max": spread_max}
    terms = {"payout_room": payout_room, "tiers": tiers}
    _set(data_dir, asset, bounds=bounds, terms=terms, rules={
        "state": state, "leverage_max": leverage_max, "margin_min": margin_min,
        "maintenance": maintenance, "spread": spread, "exposure_max": exposure_max,
        "house_exposure_max": house_exposure_max, "positions_max": positions_max,
        "quote_age_max_ms": quote_age_max_ms, "price_max": price_max,
    })


@contract_app.command("profile")
def contract_profile(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(PROFILES)}.")],
    assets: Annotated[
        list[str] | None, typer.Argument(help="Underlyings; without any, all contracts.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Give contracts the rules and terms of a profile. Open positions stay as they are."""
    print_rows(asyncio.run(execute(
        running(data_dir), lambda venue: profile_commands(venue, name, assets or ()),
        rows_of=_rules, look_at="outcry contract list",
    )), WIDTHS)


@contract_app.command("halt")
def contract_halt(asset: Asset, data_dir: DataDir = None) -> None:
    """Open no more positions in a contract; open ones can be closed."""
    _set(data_dir, asset, {"state": "close-only"}, bounds={}, terms={})


@contract_app.command("open")
def contract_open(asset: Asset, data_dir: DataDir = None) -> None:
    """Open positions in a contract again."""
    _set(data_dir, asset, {"state": "open"}, bounds={}, terms={})


def _set(
    data_dir: Path | None, asset: str, rules: Rules, *, bounds: Rules, terms: Rules
) -> None:
    """Have the engine change a contract, and print all rules as they then are."""
    print_rows(asyncio.run(execute(
        running(data_dir),
        lambda venue: contract_commands(venue, asset, rules, bounds, terms),
        rows_of=_rules, look_at="outcry contract list",
    )), WIDTHS)


def _rules(venue: VenueView) -> Rows:
    return [
        {
            **contract_rules(contract, venue.listing.assets[contract.asset_id]),
            **terms_rules(
                venue.terms.of(contract.instrument_id), venue.listing.assets[contract.asset_id]
            ),
            **quote_rules(venue.gates.gate(contract.instrument_id)),
        }
        for contract in venue.cfd.contracts.values()
    ]
