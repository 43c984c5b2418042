"""The routes about the venue itself, for the terminal and for operators."""

import time
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

import outcry
from outcry.ports.log import LogUnavailable
from outcry.ports.price_facts import SPOT, Facts, cfd_facts
from outcry.ports.status_board import StatusBoard
from outcry.processes.gateway.http import Clock
from outcry.processes.gateway.parts import TheClock, TheViews
from outcry.processes.gateway.venue_status import VenueStatusBody, status_body
from outcry.wire.journal import EntryId

BOARD_LIFE_MS: Final = 500


class PriceSourceBody(msgspec.Struct, frozen=True, rename="camel"):
    """The source of outside prices."""

    source: str
    simulated: bool
    age_ms: int | None  # Of the newest quote.
    merged: int  # Quotes left out because too many waited, since the process started.


class VenueBody(msgspec.Struct, frozen=True, rename="camel"):
    """Mode and version, price sources, the stream's address, and the newest entries."""

    mode: str
    version: str
    prices: PriceSourceBody
    cfd_prices: PriceSourceBody | None  # Null unless the CFD desk has a source of its own.
    stream_url: str | None
    stream_port: int | None
    last_entry: str  # Newest entry of the event stream that was folded here.
    last_recorded: str  # Newest entry that history is known to have.


class VenueDescription(NamedTuple):
    """Facts about the venue that do not change while it runs."""

    mode: str
    stream_url: str | None
    stream_port: int | None


class LogStatusBoard(StatusBoard, Protocol):
    """The status board of a log with the ends of its streams. Raises `LogUnavailable`."""

    async def journal_top(self) -> EntryId:
        """Id of the newest journal entry; `NOTHING_YET` when there is none."""

    async def top(self) -> EntryId:
        """Id of the newest events entry; `NOTHING_YET` when there is none."""


class BoardReading(NamedTuple):
    """A reading of the log server: the facts of every process, and the ends of the streams."""

    facts: Mapping[str, Facts]
    journal: EntryId | None = None  # None while the log is out of reach.
    events: EntryId | None = None


class VenueStatusCache:
    """The newest reading of the log server, at most twice a second."""

    def __init__(self, board: LogStatusBoard, clock_ms: Clock) -> None:
        self._board = board
        self._clock_ms = clock_ms
        self._read_ms = 0
        self._seen = BoardReading({})

    async def look(self) -> BoardReading:
        """The newest reading; empty while the log server is unreachable."""
        now_ms = self._clock_ms()
        if now_ms - self._read_ms > BOARD_LIFE_MS:
            self._read_ms = now_ms
            try:
                # The events first: then they are not ahead of the journal.
                events = await self._board.top()
                self._seen = BoardReading(
                    await self._board.read(), await self._board.journal_top(), events
                )
            except LogUnavailable:
                self._seen = BoardReading({})
        return self._seen


class VenueRoutes(Controller):
    """Our own public routes."""

    path = "/api/v1"
    tags = ("Public",)

    @get("/venue")
    async def venue(
        self, views: TheViews, about: NamedDependency[VenueDescription],
        board: NamedDependency[VenueStatusCache], clock_ms: TheClock,
    ) -> VenueBody:
        """The venue and its price sources."""
        facts, now_ms = (await board.look()).facts, clock_ms()
        cfd = cfd_facts(facts)
        return VenueBody(
            mode=about.mode, version=outcry.__version__,
            prices=_price_source(facts.get(SPOT, {}), now_ms),
            cfd_prices=None if cfd is None else _price_source(cfd, now_ms),
            stream_url=about.stream_url, stream_port=about.stream_port,
            last_entry=str(views.venue.reached), last_recorded=str(views.recorded),
        )

    @get("/venue/status")
    async def venue_status(
        self, views: TheViews, board: NamedDependency[VenueStatusCache], clock_ms: TheClock
    ) -> VenueStatusBody:
        """The state of the venue's processes, their positions and their speed."""
        seen = await board.look()
        return status_body(
            views, seen.facts, journal=seen.journal, events=seen.events, now_ms=clock_ms(),
            now_s=time.monotonic(),
        )


def _price_source(facts: Facts, now_ms: int) -> PriceSourceBody:
    quoted_ms, merged = facts.get("last_quote_ms"), facts.get("merged")
    return PriceSourceBody(
        source=str(facts.get("source", "none")), simulated=facts.get("simulated") is True,
        age_ms=now_ms - quoted_ms if isinstance(quoted_ms, int) and quoted_ms else None,
        merged=merged if isinstance(merged, int) else 0,
    )
