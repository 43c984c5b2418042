"""The `outcry` command: a file for each group of commands, with its words and its wiring.

May import every room below. A command does so when it runs, so that all start fast.
"""

import asyncio
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcry.cli.contracts import contract_app, house
from outcry.cli.edge import DataDir, complaints, fail, running
from outcry.cli.instruments import asset_app, instrument_app
from outcry.cli.rules import rules_app
from outcry.runtime.errors import OperatorError

if TYPE_CHECKING:
    from outcry.runtime.config import Settings

PROCESSES = ("gateway", "stream", "engine", "recorder", "prices", "maker")
BENCHES = ("core", "cfd", "broker", "pipeline", "http", "fanout", "recovery")

app = typer.Typer(
    name="outcry", help="A self-hosted, real-time trading venue.", no_args_is_help=True,
    add_completion=False, pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="People who may log in.", no_args_is_help=True)
snapshot_app = typer.Typer(help="The engine's snapshots.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(instrument_app, name="instrument")
app.add_typer(asset_app, name="asset")
app.add_typer(contract_app, name="contract")
app.command()(house)
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(rules_app, name="rules")

@app.command()
def up(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of REST and the terminal.")] = None,
    stream_port: Annotated[int | None, typer.Option(help="Port of the WebSocket stream.")] = None,
    prices: Annotated[
        str | None,
        typer.Option(help="auto, backpack, sim, stream:URL, redis:URL or tape:FILE?loop=true."),
    ] = None,
    cfd_prices: Annotated[
        str | None,
        typer.Option(
            help="Another source for the CFD desk; own: the venue's own spot books.",
            show_default="the same",
        ),
    ] = None,
    no_maker: Annotated[bool, typer.Option("--no-maker", help="Run no market maker.")] = False,
    no_standby: Annotated[
        bool, typer.Option("--no-standby", help="Run no second engine that could take over.")
    ] = False,
) -> None:
    """Start a whole venue and keep it running until Ctrl-C."""
    from rich.console import Console

    from outcry.launcher.up import main
    from outcry.runtime.logs import BestEffortStream, set_up_logs

    said: Any = BestEffortStream(sys.stdout)
    stated: dict[str, Any] = {
        "data_dir": data_dir, "host": host, "port": port, "stream_port": stream_port,
        "prices": prices, "cfd_prices": cfd_prices,
    }
    with complaints():
        settings = _settings(**stated)
        set_up_logs("up", settings.log_level)
        asyncio.run(main(
            settings, with_maker=not no_maker, with_standby=not no_standby,
            console=Console(file=said),
        ))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help=" | ".join(PROCESSES))],
) -> None:
    """Run one process of a venue; `outcry up` does so for all of them."""
    import structlog

    from outcry.runtime.logs import set_up_logs

    if name not in PROCESSES:
        fail(f"there is no process {name!r}; there are {', '.join(PROCESSES)}")
    with complaints():
        settings = _settings()
    set_up_logs(name, settings.log_level)
    log = structlog.get_logger()
    try:
        main = importlib.import_module(f"outcry.bootstrap.{name}").main
        if inspect.iscoroutinefunction(main):
            import uvloop

            uvloop.run(main(settings))
        else:
            main(settings)
    except Exception:  # The edge of the process: said once, and its end.
        log.exception("the process ends on an error")
        sys.exit(1)
    log.info("stopped")


@app.command()
def version() -> None:
    """Versions of the package and its servers, and whether the engine is compiled."""
    from outcry.cli.version import main

    for name, text in main():
        typer.echo(f"{name} {text}")


@app.command()
def status(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """How a running venue is."""
    from outcry.cli.status import main

    with complaints():
        found = asyncio.run(main(running(data_dir)))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for process in found["processes"]:
        typer.echo(
            f"{process['name']:<11} {process['state']:<11} {process['pid'] or '':<8}"
            f"{_role(process['pid'], found['engines'])}".rstrip()
        )
    for name, reached in found["ids"].items():
        typer.echo(f"{name + ' at':<22} {reached or 'unknown'}")
    for name, first in found["first"].items():
        typer.echo(f"{name + ' begins at':<22} {first or 'unknown'}")
    engines, snapshot = found["engines"], found["snapshot"]
    typer.echo(f"lease: {_ms(engines['lease_left_ms'])} left; processing takes up to "
               f"{_ms(engines['latency_ms'])}; recorder lags {_ms(found['recorder']['lag_ms'])}")
    typer.echo(f"snapshot: {snapshot['newest'] or 'none'}, {_ms(snapshot['age_ms'])} old")
    typer.echo(f"prices: {_source(found['prices'])}")
    if found["cfd_prices"] is not None:
        typer.echo(f"CFD prices: {_source(found['cfd_prices'])}")


def _role(pid: int | None, engines: dict[str, Any]) -> str:
    roles = {engines["leader"]: "leads", engines["standby"]: "follows"}
    return roles.get(pid, "") if pid is not None else ""


def _source(prices: dict[str, Any]) -> str:
    simulated = " (simulated)" if prices["simulated"] else ""
    age_ms = prices["age_ms"]
    age = "no quote yet" if age_ms is None else f"last quote {age_ms:,} ms ago"
    return f"{prices['source'] or 'none'}{simulated}, {age}"


def _ms(milliseconds: int | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:,} ms"


@user_app.command("create")
def user_create(
    email: str,
    api_key: Annotated[bool, typer.Option("--api-key", help="Make an API key.")] = False,
    deposit: Annotated[
        list[str] | None, typer.Option(help="What to deposit, such as USDC=10000; repeatable.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Add a user with an account, and print both as one JSON object."""
    from outcry.bootstrap.users import create_user
    from outcry.people.onboarding import SignUpRefused, parse_deposits

    with complaints():
        try:
            deposits = parse_deposits(",".join(deposit or []))
            created = asyncio.run(
                create_user(running(data_dir), email, api_key=api_key, deposits=deposits)
            )
        except SignUpRefused as why:
            fail(str(why))
    typer.echo(json.dumps(created))


@snapshot_app.command("list")
def snapshot_list(data_dir: DataDir = None) -> None:
    """The snapshots there are, oldest first."""
    from outcry.cli.snapshots import main

    with complaints():
        main(running(data_dir))


@snapshot_app.command("take")
def snapshot_take(data_dir: DataDir = None) -> None:
    """Ask the running engine for a snapshot now, and print its entry's id."""
    from outcry.cli.snapshots import take

    with complaints():
        take(running(data_dir))


@app.command()
def verify(
    start: Annotated[
        str, typer.Option("--from", help="Id of the snapshot to begin at, or `start`.",
                          show_default="the oldest")
    ] = "oldest",
    data_dir: DataDir = None,
) -> None:
    """Replay from a snapshot, and hold snapshots, events and PostgreSQL against it."""
    from outcry.cli.verify import main

    with complaints():
        main(running(data_dir), start=start)


@app.command()
def replay(
    until: Annotated[str | None, typer.Option(help="Id of the last entry, such as 17-0.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Apply the whole journal to an empty engine and print the state hash it comes to."""
    from outcry.cli.replay import main

    with complaints():
        main(running(data_dir), until=until)


@app.command()
def restore(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring a stopped venue back from PostgreSQL after the log server has lost data."""
    from outcry.cli.restore import main

    with complaints():
        stated: dict[str, Any] = {"data_dir": data_dir}
        main(_settings(**stated), yes=yes)


@app.command()
def openapi() -> None:
    """Print the REST API's description for programs, as the gateway serves it."""
    from outcry.cli.openapi import main

    typer.echo(main())


tape_app = typer.Typer(help="Recorded prices.", no_args_is_help=True)
app.add_typer(tape_app, name="tape")


@tape_app.command("record")
def tape_record(
    file: Annotated[Path, typer.Argument(help="A new file; gzipped when its name ends in .gz.")],
    prices: Annotated[
        str | None, typer.Option(help="The source to record, as for `up`.", show_default="auto")
    ] = None,
    symbols: Annotated[
        str, typer.Option(help="What to record, separated by commas.")
    ] = "SOL_USDC,ETH_USDC,BTC_USDC",
    seconds: Annotated[
        float | None, typer.Option(help="How long.", show_default="until Ctrl-C")
    ] = None,
) -> None:
    """Write a price source down, to be played again with `--prices tape:FILE`."""
    from outcry.cli.tape import main

    with complaints():
        written = main(
            _settings(prices=prices), file, symbols=symbols.split(","), seconds=seconds
        )
    typer.echo(f"{written:,} quotes in {file}")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help=" | ".join(BENCHES))],
) -> None:
    """Measure something on this machine."""
    if name not in BENCHES:
        fail(f"there is no bench {name!r}; there are {', '.join(BENCHES)}")
    with complaints():
        importlib.import_module(f"outcry.bench.{name}").main()


def _settings(**stated: Any) -> "Settings":
    """Settings of the environment, with what was stated as an option instead."""
    from pydantic import ValidationError

    from outcry.runtime.config import Settings

    try:
        return Settings(**{name: value for name, value in stated.items() if value is not None})
    except ValidationError as error:
        faults = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise OperatorError(f"a setting cannot be used: {faults}") from None

