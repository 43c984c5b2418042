"""`outcry status`: which processes run, which engine leads, how far each has come."""

import asyncio
from collections.abc import Mapping
from typing import Any

import typer

from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.adapters.valkey.streams import RedisLog
from outcry.adapters.valkey.upkeep import RedisUpkeep
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.cli.edge import AsJson, DataDir, print_json, running
from outcry.operations.house import stops
from outcry.operations.protection import warnings
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import LogUnavailable
from outcry.ports.price_facts import SPOT, Facts, cfd_facts
from outcry.runtime.clock import clock_ms
from outcry.runtime.config import VenueSettings
from outcry.runtime.venue_file import alive, read_venue
from outcry.wire.journal import NOTHING_YET, EntryId

PATIENCE_S = 5.0

FRESH_MS = 5_000  # An engine that has said nothing for longer is gone.

_WITHOUT_PROCESS = ("starting", "restarting", "stopped")
_QUERIES = load_queries("status")

app = typer.Typer()


@app.command()
def status(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show how a running venue is doing."""
    found = asyncio.run(status_of(running(data_dir)))
    if as_json:
        print_json(found)
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
    for warning in found["warnings"]:
        typer.echo(f"warning: {warning}")


async def status_of(settings: VenueSettings) -> dict[str, Any]:
    """The state of a venue; what cannot be reached is null."""
    log_says, database_says = await asyncio.gather(_log(settings), _database(settings))
    board: dict[str, dict[str, Any]] = log_says.pop("board")
    lease = log_says.pop("lease")
    cfd = cfd_facts(board)
    first = {"log": log_says.pop("first"), "archive": database_says.pop("archive_first")}
    return {
        "processes": _processes(settings),
        "ids": {**log_says, **database_says},
        "first": first,
        "engines": _engines(board, lease),
        "snapshot": _snapshot(settings),
        "recorder": {"lag_ms": board.get("recorder", {}).get("lag_ms")},
        "prices": _prices(board.get(SPOT, {})),
        "cfd_prices": None if cfd is None else _prices(cfd),
        "warnings": [
            *warnings(board.get("gateway", {}).get("unprotected", {})),
            *stops(board.get("gateway", {}).get("house", {})),
        ],
        "said": board,
    }


def _processes(settings: VenueSettings) -> list[dict[str, object]]:
    venue = read_venue(settings.data_dir)
    if venue is None:
        return []
    up = alive(venue.pid, venue.began)
    found: list[dict[str, object]] = [
        {"name": "up", "pid": venue.pid, "state": "running" if up else "gone"}
    ]
    for process in venue.processes:
        here = alive(process.pid, process.began) or process.state in _WITHOUT_PROCESS
        found.append({
            "name": process.name, "pid": process.pid, "state": process.state if here else "gone",
        })
    return found


async def _log(settings: VenueSettings) -> dict[str, Any]:
    try:
        async with (
            RedisLog(settings.redis_url) as log, RedisUpkeep(settings.redis_url) as upkeep,
            asyncio.timeout(PATIENCE_S),
        ):
            return {
                "journal": _text(await log.journal_top()), "engine": _text(await log.top()),
                "board": await log.read(), "lease": await log.lease(),
                "first": _text(await upkeep.oldest()),
            }
    except (LogUnavailable, TimeoutError):
        return {"journal": None, "engine": None, "board": {}, "lease": None, "first": None}


async def _database(settings: VenueSettings) -> dict[str, str | None]:
    reached: dict[str, str | None] = dict.fromkeys(("recorder", "archive", "archive_first"))
    try:
        async with (
            asyncio.timeout(PATIENCE_S),
            Database(settings.database_url, application="status", connections_max=1) as database,
        ):
            for name in reached:
                row = await database.fetch_row(_QUERIES[name])
                reached[name] = None if row is None else _text(EntryId(row["ms"], row["seq"]))
    except (DatabaseUnavailable, TimeoutError):
        return dict.fromkeys(reached)
    return reached


def engines_speaking(board: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of the engines, those that have said something lately: their names and facts."""
    fresh_ms = clock_ms() - FRESH_MS
    return {
        name: board[name] for name in ("engine", "standby")
        if name in board and board[name]["said_ms"] > fresh_ms
    }


def _engines(
    board: dict[str, dict[str, Any]], lease: tuple[str, int] | None
) -> dict[str, object]:
    """Process ids of the engine that leads and of one that follows; null where there is none."""
    token, left_ms = lease or (None, None)
    speaking = engines_speaking(board).values()
    leaders = [each for each in speaking if each["lease_token"] == token]
    others = [each["pid"] for each in speaking if each["lease_token"] != token]
    return {
        "leader": leaders[0]["pid"] if leaders else None,
        "standby": others[0] if others else None,
        "lease_left_ms": left_ms,
        "latency_ms": leaders[0]["latency_ms"] if leaders else None,
    }


def _snapshot(settings: VenueSettings) -> dict[str, object]:
    try:
        newest = max(snapshot_store(settings).ids(), default=NOTHING_YET)
    except DatabaseUnavailable:
        newest = NOTHING_YET
    age_ms = None if newest == NOTHING_YET else clock_ms() - newest.ms
    return {"newest": _text(newest), "age_ms": age_ms}


def _text(entry_id: EntryId) -> str | None:
    return None if entry_id == NOTHING_YET else str(entry_id)


def _prices(facts: Facts) -> dict[str, object]:
    last_ms = facts.get("last_quote_ms")
    return {
        "source": facts.get("source"),
        "simulated": facts.get("simulated"),
        "age_ms": clock_ms() - last_ms if isinstance(last_ms, int) and last_ms else None,
        "merged": facts.get("merged", 0),
        "strays": facts.get("strays", {}),
    }


def _role(pid: int | None, engines: dict[str, Any]) -> str:
    roles = {engines["leader"]: "leads", engines["standby"]: "follows"}
    return roles.get(pid, "") if pid is not None else ""


def _source(prices: dict[str, Any]) -> str:
    simulated = " (simulated)" if prices["simulated"] else ""
    age_ms = prices["age_ms"]
    age = "no quote yet" if age_ms is None else f"last quote {age_ms:,} ms ago"
    merged = f", {prices['merged']:,} quotes merged under load" if prices["merged"] else ""
    strays = "".join(
        f", {symbol} without {' and '.join(feeds)}" for symbol, feeds in prices["strays"].items()
    )
    return f"{prices['source'] or 'none'}{simulated}, {age}{merged}{strays}"


def _ms(milliseconds: int | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:,} ms"
