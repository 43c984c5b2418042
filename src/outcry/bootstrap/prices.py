"""A prices process: a feed on one side, the journal on the other.

One process feeds everything; or one feeds the spot markets, and another feeds CFDs from a source
of its own.
"""

import asyncio
import secrets
from contextlib import AsyncExitStack
from functools import partial

import structlog

from outcry.adapters.prices.choice import (
    SimulationRefused,
    SourceSettings,
    UnknownPriceSource,
    price_source,
)
from outcry.adapters.prices.redis_stream import RedisPriceWriter
from outcry.adapters.prices.tape import TapeUnreadable
from outcry.adapters.valkey.streams import RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.engine.events import Outcome
from outcry.engine.units import RATE_ONE, is_symbol
from outcry.log.command_writer import CommandWriter
from outcry.log.follower import EventConsumer
from outcry.log.starting_point import starting_point
from outcry.ports.prices import PriceSource
from outcry.processes.prices.loop import PriceLoop
from outcry.processes.prices.own_books import OWN, BadOwnRules, OwnBooks, own_rules
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError
from outcry.runtime.process import run_process
from outcry.runtime.stopping import unless_stopped
from outcry.wire.journal import EventsEntry

structured_log = structlog.get_logger()


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    run_process("prices", partial(_run, settings))


async def _run(settings: Settings, stop: asyncio.Event, resources: AsyncExitStack) -> None:
    source = _source(settings)
    log = await resources.enter_async_context(RedisLog(settings.log_server))
    command_writer = CommandWriter(log, session=secrets.randbits(63))
    writer = None
    if settings.price_stream is not None and settings.prices_for != "spot":
        writer = await resources.enter_async_context(
            RedisPriceWriter(settings.log_server, settings.price_stream)
        )
    prices = PriceLoop(
        source, command_writer, log, feeds=settings.prices_for,
        writer=writer,
        interval_ms=settings.price_interval, symbols=_symbols(settings),
    )
    follower = await unless_stopped(
        stop, _caught_up(settings, log, source, prices, command_writer)
    )
    if follower is not None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follower.run(stop))
            tasks.create_task(command_writer.run(stop))
            tasks.create_task(prices.run(stop))


async def _caught_up(
    settings: Settings, log: RedisLog, source: PriceSource, prices: PriceLoop,
    command_writer: CommandWriter,
) -> EventConsumer:
    """A follower that has read everything published so far."""

    def on_entries(entries: list[tuple[EventsEntry, Outcome]]) -> None:
        if isinstance(source, OwnBooks):
            source.on_entries(entries)
        prices.on_entries(entries)
        for entry, outcome in entries:
            command_writer.on_entry(entry, outcome)

    position, image = starting_point(snapshot_store(settings), not_above=await log.top())
    prices.restore(image)
    if isinstance(source, OwnBooks):
        source.restore(image)
    follower = EventConsumer(log, position, on_entries)
    structured_log.info(
        "prices begin", source=source.facts()["source"], feeds=settings.prices_for
    )
    await follower.catch_up()
    return follower


def check(settings: Settings) -> None:
    """Raise `OperatorError` unless the settings of a venue name price sources."""
    for one_process in settings_of_processes(settings):
        _source(one_process)
    _symbols(settings)


def settings_of_processes(settings: Settings) -> list[Settings]:
    """Settings of each prices process that a venue has: one, or two with sources of their own."""
    if settings.cfd_prices is None:
        return [settings.model_copy(update={"prices_for": "all"})]
    return [
        settings.model_copy(update={"prices_for": "spot"}),
        settings.model_copy(update={"prices_for": "cfd", "prices": settings.cfd_prices}),
    ]


def _symbols(settings: Settings) -> frozenset[str] | None:
    """The symbols to follow; None is all of them. Raises `OperatorError`."""
    if settings.assets is None:
        return None
    symbols = frozenset(symbol.strip() for symbol in settings.assets.split(","))
    for symbol in symbols:
        if not is_symbol(symbol):
            raise OperatorError(
                f"--assets: {symbol!r} is no symbol; write symbols like SOL_USDC,ETH_USDC"
            )
    return symbols


def _source(settings: Settings) -> PriceSource:
    """The source of one process; raises `OperatorError`."""
    kind, _, options = settings.prices.partition("?")
    if kind == OWN:
        if settings.prices_for != "cfd":
            raise OperatorError(
                "own books can price CFDs only: set --cfd-prices own, and another --prices"
            )
        try:
            return OwnBooks(own_rules(options))
        except BadOwnRules as error:
            raise OperatorError(f"prices: {error}") from None
    try:
        return price_source(settings.prices, source_settings(settings))
    except (UnknownPriceSource, SimulationRefused, TapeUnreadable) as error:
        raise OperatorError(f"prices: {error}") from None


def source_settings(settings: Settings) -> SourceSettings:
    """The settings of all price sources."""
    return SourceSettings(
        stream_url=settings.backpack_stream_url, seed=settings.prices_seed,
        stray_rate=int(settings.prices_stray * RATE_ONE), production=settings.mode == "production",
    )
