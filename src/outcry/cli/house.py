"""`outcry house`: the house on the other side of CFDs, its purse, and what it has won and lost."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcry.bootstrap.house import results
from outcry.bootstrap.running_venue import Rows, execute, query
from outcry.cli.edge import AsJson, DataDir, print_rows, running
from outcry.engine.commands import Command
from outcry.engine.units import HOUSE, LEVERAGE_DECIMALS
from outcry.operations.house import fund_commands, limit_commands, purse_rules, resume_commands
from outcry.projections.house import house_rows
from outcry.projections.venue import VenueView
from outcry.wire.decimals import amount_text, format_decimal

app = typer.Typer()
house_app = typer.Typer(
    help="Show the house, fund it, and limit its losses.", invoke_without_command=True
)
app.add_typer(house_app, name="house")

WIDTHS = {"asset": 12}
PURSE_WIDTHS = {"wallet": 12}
RESULT_WIDTHS = {"of": 24}
LOOK = "outcry house limits"

Wallet = Annotated[str, typer.Option(help="Asset that positions are settled in.")]


class By(StrEnum):
    """What results are summed by."""

    DAY = "day"
    CONTRACT = "contract"
    ACCOUNT = "account"


@house_app.callback()
def house(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the house's side of each contract, its capital, and its gain or loss."""
    if context.invoked_subcommand is not None:
        context.obj = data_dir
        return
    print_rows(asyncio.run(query(running(data_dir), _house)), WIDTHS, as_json=as_json)


@house_app.command("results")
def house_results(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="The newest days, or the largest losses first.")] = By.DAY,
    count: Annotated[int, typer.Option(min=1, help="Number of lines.")] = 30,
    data_dir: DataDir = None, as_json: AsJson = False,
) -> None:
    """Show what the house has won or lost, by day, by contract or by account."""
    found = asyncio.run(results(running(data_dir or context.obj), by.value, count))
    print_rows(found, RESULT_WIDTHS, as_json=as_json)


@house_app.command("fund")
def house_fund(
    context: typer.Context, amount: Annotated[str, typer.Argument(help="Such as 100000.")],
    wallet: Wallet = "USDC", data_dir: DataDir = None,
) -> None:
    """Deposit capital into the account of the house."""
    key = secrets.randbits(63)
    _execute(data_dir or context.obj, lambda venue: fund_commands(venue, wallet, amount, key=key))


@house_app.command("limits")
def house_limits(
    context: typer.Context,
    loss_per_day: Annotated[
        str | None, typer.Option(help="Most that may be lost in a day (UTC); 0 is no limit.")
    ] = None,
    loss: Annotated[
        str | None, typer.Option(help="Most that may be lost in all; 0 is no limit.")
    ] = None,
    wallet: Wallet = "USDC", data_dir: DataDir = None, as_json: AsJson = False,
) -> None:
    """Show or set what the house may lose. At a limit nothing is opened until `house resume`."""
    where = data_dir or context.obj
    if loss_per_day is None and loss is None:
        print_rows(asyncio.run(query(running(where), _purses)), PURSE_WIDTHS, as_json=as_json)
        return
    _execute(where, lambda venue: limit_commands(
        venue, wallet, {"loss_per_day": loss_per_day, "loss": loss}
    ))


@house_app.command("resume")
def house_resume(
    context: typer.Context, wallet: Wallet = "USDC", data_dir: DataDir = None
) -> None:
    """Let positions be opened again after a limit was reached; losses are counted anew."""
    _execute(data_dir or context.obj, lambda venue: resume_commands(venue, wallet))


def _execute(
    data_dir: Path | None, commands_for: Callable[[VenueView], Sequence[Command]]
) -> None:
    print_rows(asyncio.run(execute(
        running(data_dir), commands_for, rows_of=_purses, look_at=LOOK
    )), PURSE_WIDTHS)


def _purses(venue: VenueView) -> Rows:
    wallets = {contract.asset_id for contract in venue.cfd.contracts.values()}
    return [
        purse_rules(venue, venue.listing.assets[asset_id])
        for asset_id in sorted(wallets | set(venue.house.purses))
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
