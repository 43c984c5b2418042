"""Writes outside prices into the journal: every quote, in order.

One entry is in flight at a time, so that no quote ever overtakes an older one; the quotes that come
meanwhile are the next entry. A quote that has not changed is repeated once a second, and only if
the feed has repeated it. A silent feed therefore sends nothing, which tells a dead feed from a
quiet market.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol, assert_never

import structlog

from outcry.engine import events
from outcry.engine.commands import Command, SetQuote
from outcry.engine.events import (
    CommandRejected,
    ContractListed,
    Event,
    Outcome,
    QuoteDoubted,
    QuoteSet,
)
from outcry.engine.image import StateImage
from outcry.engine.rejects import REJECT_NAMES
from outcry.engine.units import InstrumentId, div_ceil, div_floor
from outcry.log.command_writer import OutcomeUnknown, Overloaded
from outcry.ports.log import LogUnavailable
from outcry.ports.price_facts import Feeds, process_of
from outcry.ports.prices import QUOTE_DECIMALS, PriceSource, Quote
from outcry.ports.status_board import StatusBoard
from outcry.processes.prices.messages import PriceMessages, PriceWriter
from outcry.processes.prices.quote_queue import QuoteQueue
from outcry.processes.prices.sessions import Sessions
from outcry.runtime.backoff import Backoff
from outcry.runtime.clock import clock_ms
from outcry.wire.decimals import format_decimal
from outcry.wire.journal import EventsEntry

RETRY_FIRST_S = 0.02
RETRY_MAX_S = 0.5
STALE_MS = 5_000  # The status board shows an older quote as stale.

log = structlog.get_logger(__name__)


class CommandSink(Protocol):
    """The destination of commands; a `CommandWriter` is one."""

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        """Submit commands and wait for their answers; raises `OutcomeUnknown` and `Overloaded`."""


class PriceLoop:
    """One price source, feeding the instruments and contracts that follow its symbols.

    `feeds` leaves out the instruments or the contracts, and `symbols` all but its own. Quotes of
    contracts that the engine has accepted also go to `writer`. With an interval, a symbol is
    written so often at most.
    """

    def __init__(
        self, source: PriceSource, commands: CommandSink, board: StatusBoard,
        *, feeds: Feeds = "all", writer: PriceWriter | None = None,
        clock_ms: Callable[[], int] = clock_ms,
        symbols: frozenset[str] | None = None, interval_ms: int = 0, post_every_s: float = 1.0,
    ) -> None:
        self._source = source
        self._commands = commands
        self._board = board
        self._feeds = feeds
        self._symbols = symbols
        self._messages = None if writer is None else PriceMessages(writer)
        self._clock_ms = clock_ms
        self._post_every_s = post_every_s
        self._followers: dict[str, dict[InstrumentId, int]] = {}  # By symbol: decimals of each.
        self._contracts: dict[InstrumentId, ContractListed] = {}
        self._marks: dict[InstrumentId, int] = {}
        self._newest: dict[str, Quote] = {}
        self._dropped = 0
        self._doubted = 0  # By the engine.
        self._queue = QuoteQueue(interval_ms=interval_ms)
        self._sessions = Sessions(commands, clock_ms)
        self._offered = asyncio.Event()
        self._watching = False
        self._sent = 0
        self._refused: dict[str, int] = {}
        self._unanswered = 0

    def restore(self, image: StateImage) -> None:
        """Start from an engine snapshot."""
        self._sessions.restore(image)
        for listed in image.instruments:
            self._fold(listed)
        for contract in image.contracts:
            self._fold(contract.listed)
            if contract.quote is not None:
                self._fold(contract.quote)
        for quote in image.quotes:
            self._fold(quote)

    def on_entries(self, entries: Iterable[tuple[EventsEntry, Outcome]]) -> None:
        """Take in new instruments, new contracts and quotes."""
        for _, outcome in entries:
            for answer in outcome.answers:
                for event in answer:
                    self._fold(event)

    async def run(self, stop: asyncio.Event) -> None:
        """Write prices until told to stop. Call it after the listing has caught up."""
        self._watching = True
        for symbol in self._followers:
            self._watch(symbol)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._read()),
                tasks.create_task(self._send()),
                tasks.create_task(self._post()),
            ]
            if self._feeds != "spot":
                running.append(tasks.create_task(self._sessions.run()))
            if self._messages is not None:
                running.append(tasks.create_task(self._messages.run()))
            await stop.wait()
            for task in running:
                task.cancel()

    def facts(self) -> dict[str, object]:
        """Facts for the status board: of the source, of the quotes sent, and of each symbol."""
        now_ms = self._clock_ms()
        newest, messages = self._newest, self._messages
        return {
            **self._source.facts(),
            "feeds": self._feeds,
            "last_quote_ms": max((quote.source_ms for quote in newest.values()), default=0),
            "symbols": {symbol: _symbol_facts(quote, now_ms) for symbol, quote in newest.items()},
            "closed": self._closed_markets(),
            "unquoted": sorted(self._followers.keys() - newest.keys()),
            "sent": self._sent,
            "refused": dict(self._refused),
            "unanswered": self._unanswered,
            "waiting": len(self._queue),
            "merged": self._queue.merged,
            "thinned": self._queue.thinned,
            "written": 0 if messages is None else messages.written,
            "unwritten": 0 if messages is None else messages.unwritten,
            "dropped": self._dropped,
            "doubted": self._doubted,
        }

    def _fold(self, event: Event) -> None:
        match event:
            case events.QuoteSet():
                self._marks[event.instrument_id] = (event.bid + event.ask) // 2
            case (
                events.OrderAccepted() | events.Traded() | events.OrderCanceled()
                | events.CommandRejected() | events.OrdersCanceled() | events.OrderReplaced()
                | events.OrderWaiting() | events.TriggerFailed() | events.ClockTicked()
                | events.PositionOpened() | events.PositionClosed() | events.PositionChanged()
                | events.Deposited() | events.Withdrawn() | events.AccountCreated()
                | events.AssetListed() | events.VenueOpened() | events.RulesUsed()
                | events.InstrumentChanged() | events.ContractChanged()
                | events.QuoteRulesSet() | events.QuoteDoubted()
                | events.ContractTermsSet() | events.HouseLimitsSet() | events.HouseStopped()
                | events.HouseResumed() | events.ShortfallCharged()
            ):
                pass  # The name and the decimals that an instrument was listed with stay.
            case events.CalendarSet() | events.SessionChanged():
                self._sessions.fold(event)
            case events.InstrumentListed():
                if self._feeds != "cfd":
                    self._follow(event.symbol, event.instrument_id, event.mark_decimals)
            case events.ContractListed():
                if self._feeds != "spot":
                    self._contracts[event.instrument_id] = event
                    self._follow(event.underlying, event.instrument_id, event.price_decimals)
            case _:
                assert_never(event)

    def _closed_markets(self) -> list[str]:
        return sorted(
            contract.underlying for instrument_id, contract in self._contracts.items()
            if self._sessions.is_closed(instrument_id)
        )

    def _follow(self, symbol: str, instrument_id: InstrumentId, decimals: int) -> None:
        if self._symbols is not None and symbol not in self._symbols:
            return
        known = symbol in self._followers
        self._followers.setdefault(symbol, {})[instrument_id] = decimals
        if self._watching and not known:
            self._watch(symbol)

    def _watch(self, symbol: str) -> None:
        """Let the source quote a symbol, starting at its latest mark if there is one."""
        stood = None
        for instrument_id, decimals in self._followers[symbol].items():
            mark = self._marks.get(instrument_id)
            if mark is not None:
                stood = mark * 10 ** (QUOTE_DECIMALS - decimals)
        self._source.watch(symbol, stood)

    async def _read(self) -> None:
        async with aclosing(self._source.quotes()) as quotes:
            async for quote in quotes:
                self._offer(quote)
        log.warning("the price source has ended")

    def _offer(self, quote: Quote) -> None:
        """Queue a quote for its followers; one that is invalid, or older than the last, is not."""
        before = self._newest.get(quote.symbol)
        late = before is not None and quote.source_ms < before.source_ms
        if late or not 0 < quote.bid <= quote.ask:
            self._dropped += 1
            return
        self._newest[quote.symbol] = quote
        now_ms = self._clock_ms()
        for instrument_id, decimals in self._followers.get(quote.symbol, {}).items():
            if self._sessions.is_closed(instrument_id):
                continue
            scale = 10 ** (QUOTE_DECIMALS - decimals)
            self._queue.offer(SetQuote(
                instrument_id=instrument_id,
                bid=div_floor(quote.bid, scale),
                ask=div_ceil(quote.ask, scale),
                source_ms=quote.source_ms,
            ), now_ms)
        self._offered.set()

    async def _send(self) -> None:
        """Send what waits. Quotes without an answer are sent again, before all others.

        That sets no price twice: the engine refuses a quote that is older than the one it has, and
        one that is as old as the writer's patience.
        """
        backoff = Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)
        while True:
            commands = self._queue.take(self._clock_ms())
            if not commands:
                await self._until_due()
                continue
            try:
                answers = await self._commands.submit(*commands)
            except (OutcomeUnknown, Overloaded, LogUnavailable) as error:
                self._queue.put_back(commands)
                self._unanswered += len(commands)
                log.warning("quotes not answered, sending again", why=type(error).__name__)
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            self._sent += len(commands)
            self._note(answers)

    async def _until_due(self) -> None:
        """Wait for a new quote, or until the interval of a waiting one is over."""
        due_ms = self._queue.due_ms()
        wait_s = None if due_ms is None else max(0, due_ms - self._clock_ms()) / 1000
        try:
            async with asyncio.timeout(wait_s):
                await self._offered.wait()
        except TimeoutError:
            return
        self._offered.clear()

    def _note(self, answers: Sequence[Sequence[Event]]) -> None:
        """Count what the engine refused, and hand on what it accepted."""
        accepted = []
        for answer in answers:
            for event in answer:
                if isinstance(event, QuoteSet):
                    accepted.append(event)
                elif isinstance(event, QuoteDoubted):
                    self._doubted += 1
                elif isinstance(event, CommandRejected):
                    reason = REJECT_NAMES[event.reason].lower()
                    self._refused[reason] = self._refused.get(reason, 0) + 1
        if self._messages is not None:
            self._messages.add(accepted, self._contracts)

    async def _post(self) -> None:
        while True:
            try:
                await self._board.post(process_of(self._feeds), self.facts())
            except LogUnavailable as error:
                log.warning("status not posted", why=str(error))
            await asyncio.sleep(self._post_every_s)


def _symbol_facts(quote: Quote, now_ms: int) -> Mapping[str, object]:
    return {
        "bid": format_decimal(quote.bid, QUOTE_DECIMALS),
        "ask": format_decimal(quote.ask, QUOTE_DECIMALS),
        "source_ms": quote.source_ms,
        "stale": now_ms - quote.source_ms > STALE_MS,
    }
