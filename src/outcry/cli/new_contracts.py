"""`outcry contract add`, `calendar` and `catalogue`: what else can be traded, and when."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from outcry.bootstrap.running_venue import Rows, execute
from outcry.cli.edge import AsJson, DataDir, print_rows, running
from outcry.operations.new_contracts import calendar_to_set, steps_to_add
from outcry.projections.venue import VenueView
from outcry.runtime.catalogue import catalogue
from outcry.runtime.clock import clock_ms

new_contract_app = typer.Typer()

WIDTHS = {"asset": 12}
LOOK_AT = "outcry contract list"
CALENDAR_HELP = 'Hours, such as "America/New_York; Sun 17:00-Fri 17:00; closed 2026-12-25".'


@new_contract_app.command("add")
def contract_add(
    asset: Annotated[str, typer.Argument(help="Market that it follows, such as EUR_USD.")],
    decimals: Annotated[
        str | None, typer.Option(help="Digits of a price behind the point.")
    ] = None,
    settled_in: Annotated[
        str | None, typer.Option("--asset", help="Asset of margin and profit.", show_default="USDC")
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="Its own name.", show_default="…_CFD")] = None,
    price_max: Annotated[str | None, typer.Option(help="No quote may be above it.")] = None,
    leverage_max: Annotated[str | None, typer.Option(help="A multiple, such as 100.")] = None,
    margin_min: Annotated[str | None, typer.Option(help="Least margin of one position.")] = None,
    maintenance: Annotated[
        str | None,
        typer.Option(help="Fraction of the notional; with less equity a position is liquidated."),
    ] = None,
    spread: Annotated[
        str | None, typer.Option(help="Fraction taken off the bid and added to the ask.")
    ] = None,
    band: Annotated[
        str | None, typer.Option(help="How far a quote may be from the last certain one.")
    ] = None,
    spread_max: Annotated[
        str | None, typer.Option(help="How far bid and ask of a quote may be apart.")
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
    calendar: Annotated[str | None, typer.Option(help=CALENDAR_HELP)] = None,
    data_dir: DataDir = None,
) -> None:
    """List a contract in a running venue; what is not given comes from the catalogue."""
    rules = {
        "decimals": decimals, "asset": settled_in, "symbol": symbol, "price_max": price_max,
        "leverage_max": leverage_max, "margin_min": margin_min, "maintenance": maintenance,
        "spread": spread, "band": band, "spread_max": spread_max, "exposure_max": exposure_max,
        "house_exposure_max": house_exposure_max, "positions_max": positions_max,
        "quote_age_max_ms": quote_age_max_ms, "calendar": calendar,
    }
    print_rows(asyncio.run(execute(
        running(data_dir), *steps_to_add(asset, rules, clock_ms()), rows_of=_hours, look_at=LOOK_AT
    )), WIDTHS)


@new_contract_app.command("calendar")
def contract_calendar(
    asset: Annotated[str, typer.Argument(help="Underlying of the contract, such as EUR_USD.")],
    calendar: Annotated[str, typer.Argument(help=f"{CALENDAR_HELP} Empty: always open.")],
    data_dir: DataDir = None,
) -> None:
    """Give a contract other hours. Its session opens or closes within a second."""
    _set_calendar(data_dir, asset, calendar)


@new_contract_app.command("catalogue")
def contract_catalogue(as_json: AsJson = False) -> None:
    """Show the contracts that `contract add` knows."""
    print_rows([
        {"asset": each.underlying, **each.rules, "calendar": each.calendar or "always open"}
        for each in catalogue().values()
    ], WIDTHS, as_json=as_json)


def _set_calendar(data_dir: Path | None, asset: str, calendar: str) -> None:
    print_rows(asyncio.run(execute(
        running(data_dir), lambda venue: [calendar_to_set(venue, asset, calendar)],
        rows_of=_hours, look_at=LOOK_AT,
    )), WIDTHS)


def _hours(venue: VenueView) -> Rows:
    return [
        {
            "asset": contract.underlying, "symbol": contract.symbol,
            "session": "open" if venue.gates.gate(instrument_id).is_open else "closed",
            "calendar": venue.calendars.get(instrument_id) or "always open",
        }
        for instrument_id, contract in venue.cfd.contracts.items()
    ]
