"""The prices process: an outside or simulated feed on one side, the journal on the other."""

import asyncio
import secrets
import sys

import structlog

from outcry.adapters.prices.choice import UnknownPriceSource, price_source
from outcry.adapters.prices.tape import TapeUnreadable
from outcry.adapters.redis_streams import RedisLog
from outcry.bootstrap.snapshot_store import snapshot_store
from outcry.bootstrap.stopping import told_to_stop
from outcry.config import Settings
from outcry.engine.events import Outcome
from outcry.engine.image import decode_image
from outcry.ports import LogBroken
from outcry.protocol.journal import EventsEntry
from outcry.services.commander import Commander
from outcry.services.follower import START, Follower, LogTrimmed, Position
from outcry.services.price_band import RATE_ONE, PriceBand
from outcry.services.price_loop import PriceLoop
from outcry.services.snapshotter import STOP_FOR_A_PERSON

structured_log = structlog.get_logger()


async def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. A broken log ends the process loudly."""
    assert settings.redis_url is not None, "OUTCRY_REDIS_URL is not set"
    try:
        source = price_source(
            settings.prices, seed=settings.prices_seed, stream_url=settings.backpack_stream_url
        )
    except (UnknownPriceSource, TapeUnreadable) as error:
        sys.exit(f"prices: {error}")
    log = RedisLog(settings.redis_url)
    commander = Commander(log, session=secrets.randbits(63))
    band = PriceBand(int(settings.prices_band * RATE_ONE))
    prices = PriceLoop(source, commander, log, band=band)

    def on_entries(entries: list[tuple[EventsEntry, Outcome]]) -> None:
        prices.on_entries(entries)
        for entry, outcome in entries:
            commander.on_entry(entry, outcome)

    try:
        position = START
        snapshot = snapshot_store(settings).newest(not_above=await log.top())
        if snapshot is not None:
            prices.restore(decode_image(snapshot.state))
            position = Position(snapshot.entry_id, snapshot.digest)
        follower = Follower(log, position, on_entries)
        await follower.catch_up()
        async with told_to_stop() as stop, asyncio.TaskGroup() as tasks:
            tasks.create_task(follower.run(stop))
            tasks.create_task(commander.run(stop))
            tasks.create_task(prices.run(stop))
    except* LogTrimmed:
        # Started again, it begins at a newer snapshot.
        structured_log.exception("the log goes on far above what this process has reached")
        sys.exit(1)
    except* LogBroken:
        structured_log.exception("the log contradicts what this process knows of it")
        sys.exit(STOP_FOR_A_PERSON)
    finally:
        await log.close()
