"""`outcry instrument` and `outcry asset`: what a running venue lists, and by which rules."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from outcry.bootstrap.running_venue import CommandsFor, Rows, execute, query
from outcry.cli.edge import AsJson, Band, DataDir, SpreadMax, print_rows, running
from outcry.engine.commands import ListAsset
from outcry.operations.instrument_rules import (
    instrument_commands,
    instrument_rules,
    instrument_to_list,
)
from outcry.operations.protection import warnings
from outcry.operations.quote_rules import bounds_of_listed, quote_rules
from outcry.operations.rules import Rules
from outcry.projections.protection import unprotected
from outcry.projections.venue import VenueView

app = typer.Typer()
instrument_app = typer.Typer(help="Manage instruments and their rules.", no_args_is_help=True)
asset_app = typer.Typer(help="Manage assets.", no_args_is_help=True)
app.add_typer(instrument_app, name="instrument")
app.add_typer(asset_app, name="asset")

WIDTHS = {"symbol": 12, "state": 11}

PriceMin = Annotated[str | None, typer.Option(help="Lowest price.")]
PriceMax = Annotated[str | None, typer.Option(help="Highest price.")]
QuantityMin = Annotated[str | None, typer.Option(help="Smallest quantity of an order.")]
QuantityMax = Annotated[str | None, typer.Option(help="Largest quantity of an order.")]
MakerFee = Annotated[str | None, typer.Option(help="Fraction, such as 0.0002; below 0: rebate.")]
TakerFee = Annotated[str | None, typer.Option(help="Fraction, such as 0.0005.")]
PriceBand = Annotated[
    str | None, typer.Option(help="How far a limit price may be from the last: 0.1 is 10 %.")
]
Impact = Annotated[
    str | None, typer.Option(help="How far a market order may go from the best price.")
]
OpenOrdersMax = Annotated[str | None, typer.Option(help="Open orders one account may have.")]


@instrument_app.command("list")
def instrument_list(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every instrument with its state and rules."""
    print_rows(asyncio.run(query(running(data_dir), _rules)), WIDTHS, as_json=as_json)


@instrument_app.command("add")
def instrument_add(
    symbol: Annotated[str, typer.Argument(help="BASE_QUOTE, both listed assets.")],
    tick_size: Annotated[str, typer.Option(help="Smallest step of a price, such as 0.01.")],
    lot_size: Annotated[str, typer.Option(help="Smallest step of a quantity.")],
    price_min: PriceMin = None, price_max: PriceMax = None, quantity_min: QuantityMin = None,
    quantity_max: QuantityMax = None, maker_fee: MakerFee = None, taker_fee: TakerFee = None,
    price_band: PriceBand = None, impact: Impact = None, open_orders_max: OpenOrdersMax = None,
    band: Band = None, spread_max: SpreadMax = None, data_dir: DataDir = None,
) -> None:
    """List an instrument. It can be traded at once; tick and lot stay for ever."""
    rules = {
        "price_min": price_min, "price_max": price_max, "quantity_min": quantity_min,
        "quantity_max": quantity_max, "maker_fee": maker_fee, "taker_fee": taker_fee,
        "price_band": price_band, "impact": impact, "open_orders_max": open_orders_max,
    }
    bounds = {"band": band, "spread_max": spread_max}
    _change(
        data_dir,
        lambda venue: [instrument_to_list(
            venue.listing, symbol, tick_size=tick_size, lot_size=lot_size, rules=rules
        )],
        lambda venue: bounds_of_listed(venue, symbol, bounds),
    )
    for row in asyncio.run(query(running(data_dir), lambda venue: _warnings(venue, symbol))):
        typer.echo(f"warning: {row['warning']}", err=True)


@instrument_app.command("set")
def instrument_set(
    symbol: str,
    state: Annotated[
        str | None, typer.Option(help="open, post-only, limit-only, cancel-only or closed.")
    ] = None,
    price_min: PriceMin = None, price_max: PriceMax = None, quantity_min: QuantityMin = None,
    quantity_max: QuantityMax = None, maker_fee: MakerFee = None, taker_fee: TakerFee = None,
    price_band: PriceBand = None, impact: Impact = None, open_orders_max: OpenOrdersMax = None,
    band: Band = None, spread_max: SpreadMax = None, data_dir: DataDir = None,
) -> None:
    """Change the rules or the state of an instrument; rules that are not given stay."""
    bounds = {"band": band, "spread_max": spread_max}
    _set(data_dir, symbol, bounds=bounds, rules={
        "state": state, "price_min": price_min, "price_max": price_max,
        "quantity_min": quantity_min, "quantity_max": quantity_max, "maker_fee": maker_fee,
        "taker_fee": taker_fee, "price_band": price_band, "impact": impact,
        "open_orders_max": open_orders_max,
    })


@instrument_app.command("halt")
def instrument_halt(symbol: str, data_dir: DataDir = None) -> None:
    """Take no orders in an instrument; resting orders stay, and can be canceled."""
    _set(data_dir, symbol, {"state": "cancel-only"}, bounds={})


@instrument_app.command("open")
def instrument_open(symbol: str, data_dir: DataDir = None) -> None:
    """Take orders in an instrument again."""
    _set(data_dir, symbol, {"state": "open"}, bounds={})


@asset_app.command("add")
def asset_add(
    symbol: str,
    name: Annotated[str, typer.Option(help="What people call it.")],
    decimals: Annotated[int, typer.Option(help="Digits behind the point, 0 to 9.")],
    data_dir: DataDir = None,
) -> None:
    """List an asset."""
    _change(data_dir, lambda _: [ListAsset(symbol=symbol, name=name, decimals=decimals)])


def _set(data_dir: Path | None, symbol: str, rules: Rules, *, bounds: Rules) -> None:
    _change(data_dir, lambda venue: instrument_commands(venue, symbol, rules, bounds))


def _change(data_dir: Path | None, *steps: CommandsFor) -> None:
    """Have the engine list or change something, and print all rules as they then are."""
    print_rows(asyncio.run(execute(
        running(data_dir), *steps, rows_of=_rules, look_at="outcry instrument list",
    )), WIDTHS)


def _warnings(venue: VenueView, symbol: str) -> Rows:
    """Warnings about one instrument."""
    of_it = {
        kind: [each for each in symbols if each == symbol]
        for kind, symbols in unprotected(venue).items()
    }
    return [{"warning": warning} for warning in warnings(of_it)]


def _rules(venue: VenueView) -> Rows:
    return [
        {
            **instrument_rules(instrument),
            **quote_rules(venue.gates.gate(instrument.instrument_id)),
        }
        for instrument in venue.listing.instruments.values()
    ]
