"""`outcry contract` and `outcry house`: the rules of the CFD desk, and what it stands against."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from outcry.cli.edge import DataDir, complaints, running

contract_app = typer.Typer(help="Contracts for difference.", no_args_is_help=True)

Asset = Annotated[str, typer.Argument(help="What the contract follows, such as SOL_USDC.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@contract_app.command("list")
def contract_list(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Every contract with its state and rules."""
    from outcry.cli.contract_wiring import listed

    with complaints():
        _print(asyncio.run(listed(running(data_dir))), as_json=as_json)


@contract_app.command("set")
def contract_set(
    asset: Asset,
    state: Annotated[str | None, typer.Option(help="open, close-only or closed.")] = None,
    leverage_max: Annotated[str | None, typer.Option(help="A multiple, such as 100.")] = None,
    margin_min: Annotated[str | None, typer.Option(help="Of one position.")] = None,
    maintenance: Annotated[
        str | None, typer.Option(help="Fraction of the notional below which a position is gone.")
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
        str | None, typer.Option(help="Open positions of one account.")
    ] = None,
    quote_age_max_ms: Annotated[
        str | None, typer.Option(help="With an older price nothing opens or closes.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Change rules of a contract, or its state; what is not stated stays as it is."""
    _set(data_dir, asset, {
        "state": state, "leverage_max": leverage_max, "margin_min": margin_min,
        "maintenance": maintenance, "spread": spread, "exposure_max": exposure_max,
        "house_exposure_max": house_exposure_max, "positions_max": positions_max,
        "quote_age_max_ms": quote_age_max_ms,
    })


@contract_app.command("halt")
def contract_halt(asset: Asset, data_dir: DataDir = None) -> None:
    """Open no positions in a contract; those there are can be closed."""
    _set(data_dir, asset, {"state": "close-only"})


@contract_app.command("open")
def contract_open(asset: Asset, data_dir: DataDir = None) -> None:
    """Open positions in a contract again."""
    _set(data_dir, asset, {"state": "open"})


def house(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """What the house stands against in each contract, and what it gains or loses by it."""
    from outcry.cli.contract_wiring import house

    with complaints():
        _print(asyncio.run(house(running(data_dir))), as_json=as_json)


def _set(data_dir: Path | None, asset: str, rules: dict[str, str | None]) -> None:
    from outcry.cli.contract_wiring import change
    from outcry.operations.contract_rules import contract_to_change

    with complaints():
        _print(asyncio.run(change(
            running(data_dir), lambda venue: contract_to_change(venue, asset, rules)
        )))


def _print(rows: list[dict[str, str]], *, as_json: bool = False) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        rest = ", ".join(
            f"{name.replace('_', ' ')} {text}" for name, text in row.items() if name != "asset"
        )
        typer.echo(f"{row['asset']:<12} {rest}")
