"""A gateway as a whole: it serves on a real socket, stops cleanly, and ends when the log lies."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import pytest

from outcry.adapters.memory.edge import MemoryUses
from outcry.log.follower import BLOCK_MS
from outcry.ports.log import LogBroken
from outcry.processes.gateway.gateway import KEPT_BEATS, Gateway
from outcry.processes.gateway.shared_limits import LimitSharing
from outcry.runtime.connections import ConnectionGate
from outcry.wire.journal import NOTHING_YET
from rigs.gateway_venue import MemoryVenue, Trader, open_venue
from rigs.patience import PATIENCE_S

ORDER = "/api/v1/order"
BID = {
    "symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "100.05", "quantity": "1.5",
}


LONGER_THAN_A_READ_S = BLOCK_MS / 1000 + 0.2


class Service(NamedTuple):
    """A gateway that serves."""

    venue: MemoryVenue
    gateway: Gateway
    running: "asyncio.Task[None]"
    stop: asyncio.Event
    ann: Trader


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    """A gateway on a free port; the venue's own tasks are the gateway's here."""
    async with open_venue(followed=False) as venue:
        listening = socket.create_server(("127.0.0.1", 0))
        gateway = Gateway(
            views=venue.views, follower=venue.follower, keys=venue.ring,
            sessions=venue.sessions, history=venue.history, trail=venue.trail,
            board=venue.log, application=venue.application, listening=listening,
            gate=ConnectionGate(100), pid=42, clock_ms=lambda: venue.now_ms,
            sharing=LimitSharing(venue.limits, MemoryUses(), clock_ms=lambda: venue.now_ms),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(gateway.run(stop))
        venue.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=PATIENCE_S
        )
        try:
            ann = await venue.trader(USDC=10_000_000_000)
            yield Service(venue, gateway, running, stop, ann)
        finally:
            stop.set()
            if not running.done():
                await running


async def test_it_serves_until_it_is_told_to_stop() -> None:
    async with serving() as (venue, _, running, stop, ann):
        assert 200 == (await venue.http.get("/api/v1/status")).status_code
        assert "New" == (await ann.place("Bid", "1", at="100"))["status"]
        stop.set()
        await running
        with pytest.raises(httpx.TransportError):
            await venue.http.get("/api/v1/status")


async def test_what_was_begun_is_finished() -> None:
    """A request that waits for its answer when the gateway is stopped still gets it."""
    async with serving() as (venue, __, running, stop, ann):
        venue.engine.answering = False
        entries = len(venue.log.journal)
        asking = asyncio.create_task(ann.post(ORDER, BID))
        async with asyncio.timeout(PATIENCE_S):
            while len(venue.log.journal) == entries:  # noqa: ASYNC110
                await asyncio.sleep(0)
        stop.set()
        done, _ = await asyncio.wait({running}, timeout=LONGER_THAN_A_READ_S)
        assert not done
        venue.engine.answering = True
        venue.engine.step()
        assert 200 == (await asking).status_code
        await running


async def test_it_ends_when_the_log_is_broken() -> None:
    """An entry that does not follow the one before it is not this venue's."""
    async with serving() as (venue, _, running, __, ___):
        good = venue.log.events[-1]
        venue.log.events.append(good._replace(
            id=good.id._replace(ms=good.id.ms + 1), previous=good.id._replace(seq=99),
        ))
        venue.log._published.set()
        with pytest.raises(LogBroken, match="follows"):
            await running


async def test_it_says_how_it_is() -> None:
    async with serving() as (venue, _, __, ___, ____):
        async with asyncio.timeout(PATIENCE_S):
            while not (facts := (await venue.log.read()).get("gateway")):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert (42, "running", 0.0) == (facts["pid"], facts["state"], facts["log_fullness"])


async def test_it_forgets_what_was_recorded_a_while_ago() -> None:
    """Not at once: somebody may still wait for an answer that held up to less."""
    async with serving() as (venue, gateway, _, __, ann):
        venue.history.catch_up()
        accounts = venue.views.venue.accounts
        for _ in range(KEPT_BEATS - 1):
            await gateway._forget()
        assert accounts.transfers_above(ann.account_id, NOTHING_YET)
        for _ in range(KEPT_BEATS):
            await gateway._forget()
        assert not accounts.transfers_above(ann.account_id, NOTHING_YET)
