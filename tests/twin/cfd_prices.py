"""Prices of contracts, set to the digit, at a venue whose own feed says nothing about them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import aiohttp

from outcry.bootstrap.running_venue import venue_connection
from outcry.engine.commands import SetQuote
from outcry.engine.events import QuoteSet
from outcry.log.command_writer import CommandWriter
from outcry.projections.venue import VenueView
from outcry.runtime.config import settings_of_running_venue
from rigs.patience import PATIENCE_S
from rigs.unbounded import remove_bounds
from rigs.venues import Venue


def quiet_feed(folder: Path) -> str:
    """A price source that plays what nobody follows, over and over."""
    tape = folder / "quiet.csv"
    tape.write_text("time_ms,symbol,bid,ask\n0,NOBODY_USDC,1,1\n60000,NOBODY_USDC,1,1\n")
    return f"tape:{tape}?loop=true"


class CfdPrices:
    """Says where a contract stands."""

    def __init__(
        self, view: VenueView, command_writer: CommandWriter, url: str,
        session: aiohttp.ClientSession,
    ) -> None:
        self._view = view
        self._command_writer = command_writer
        self._url = url
        self._session = session

    async def quote(self, asset: str, bid: str, ask: str | None = None) -> None:
        """Set a quote, bid and ask alike unless both are given; the gateway knows of it then."""
        contract = self._view.cfd.contract(asset)
        assert contract is not None
        one = 10**contract.price_decimals
        now_ms = time.time_ns() // 1_000_000
        [[event, *_]] = await self._command_writer.submit(SetQuote(
            instrument_id=contract.instrument_id, bid=int(Decimal(bid) * one),
            ask=int(Decimal(ask or bid) * one), source_ms=now_ms,
        ))
        assert isinstance(event, QuoteSet), event
        async with asyncio.timeout(PATIENCE_S):
            while await self._told(asset) != now_ms:  # noqa: ASYNC110 - another process.
                await asyncio.sleep(0.005)

    async def _told(self, asset: str) -> int | None:
        async with self._session.get(f"{self._url}/api/v1/cfd/contracts") as answer:
            [told] = [each["sourceMs"] for each in await answer.json() if each["asset"] == asset]
            return int(told) if told else None


@contextlib.asynccontextmanager
async def cfd_prices(venue: Venue) -> AsyncIterator[CfdPrices]:
    """Prices of a running venue, for as long as it takes."""
    async with (
        venue_connection(settings_of_running_venue(venue.data_dir)) as (view, command_writer),
        aiohttp.ClientSession() as session,
    ):
        await remove_bounds(view, command_writer)  # A test's prices jump as it likes.
        yield CfdPrices(view, command_writer, venue.url, session)
