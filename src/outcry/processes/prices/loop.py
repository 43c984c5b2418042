"""Writes outside prices into the journal: the newest quote of each symbol, a few times a second.

Between two sends only the newest quote of a symbol counts. A quote that has not changed is repeated
once a second, and only if the feed has repeated it. A silent feed therefore sends nothing, which
tells a dead feed from a quiet market.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol, assert_never

import structlog

from outcry.api.broker.price_message import AssetPrice
from outcry.engine import events
from outcry.engine.commands import Command, SetQuote
from outcry.engine.events import CommandRejected, ContractListed, Event, Outcome, QuoteSet
from outcry.engine.image import StateImage
from outcry.engine.rejects import REJECT_NAMES
from outcry.engine.units import InstrumentId, div_ceil, div_floor
from outcry.log.command_writer import OutcomeUnknown, Overloaded
from outcry.ports.log import LogUnavailable
from outcry.ports.price_facts import Feeds, process_of
from outcry.ports.prices import QUOTE_DECIMALS, PriceSource, Quote
from outcry.ports.status_board import StatusBoard
from outcry.processes.prices.band import PriceBand
from outcry.runtime.clock import clock_ms
from outcry.wire.decimals import format_decimal
from outcry.wire.journal import EventsEntry

REPEAT_MS = 1_000
PAUSE_S = 0.2  # Between two sends.
STALE_MS = 5_000  # The status board shows an older quote as stale.

log = structlog.get_logger(__name__)


class CommandSink(Protocol):
    """The destination of commands; a `CommandWriter` is one."""

    async def submit(self, *commands: Command) -> Sequence[Sequence[Event]]:
        """Submit commands and wait for their answers; raises `OutcomeUnknown` and `Overloaded`."""


class PriceWriter(Protocol):
    """The destination of the prices of CFDs, for readers of price messages."""

    async def write(self, prices: Sequence[AssetPrice], time_ms: int) -> None:
        """Write the prices of one moment; raises `LogUnavailable`."""


class QuoteConflation:
    """Keeps the newest quote of each symbol until it is taken."""

    def __init__(self) -> None:
        self.dropped = 0  # Quotes that were invalid, or older than one before them.
        self.newest: dict[str, Quote] = {}
        self._waiting: dict[str, Quote] = {}
        self._sent: dict[str, tuple[Quote, int]] = {}

    def offer(self, quote: Quote) -> None:
        """Take in a quote; one that is invalid, or older than the last, is dropped."""
        before = self.newest.get(quote.symbol)
        late = before is not None and quote.source_ms < before.source_ms
        if late or not 0 < quote.bid <= quote.ask:
            self.dropped += 1
            return
        self.newest[quote.symbol] = quote
        self._waiting[quote.symbol] = quote

    def take(self, now_ms: int) -> list[Quote]:
        """The quotes to send now: those that changed, and those repeated for a second."""
        due = [quote for quote in self._waiting.values() if self._is_due(quote, now_ms)]
        for quote in due:
            del self._waiting[quote.symbol]
            self._sent[quote.symbol] = (quote, now_ms)
        return due

    def _is_due(self, quote: Quote, now_ms: int) -> bool:
        if quote.symbol not in self._sent:
            return True
        sent, sent_ms = self._sent[quote.symbol]
        changed = (quote.bid, quote.ask) != (sent.bid, sent.ask)
        return changed or now_ms - sent_ms >= REPEAT_MS


class PriceLoop:
    """One price source, feeding the instruments and contracts that follow its symbols.

    `feeds` leaves out the instruments or the contracts. Quotes of contracts that the engine has
    accepted also go to `writer`.
    """

    def __init__(
        self, source: PriceSource, commands: CommandSink, board: StatusBoard,
        *, feeds: Feeds = "all", band: PriceBand | None = None,
        writer: PriceWriter | None = None,
        clock_ms: Callable[[], int] = clock_ms,
        pause_s: float = PAUSE_S, post_every_s: float = 1.0,
    ) -> None:
        self._source = source
        self._commands = commands
        self._board = board
        self._feeds = feeds
        self._writer = writer
        self._band = band or PriceBand(0)
        self._clock_ms = clock_ms
        self._pause_s = pause_s
        self._post_every_s = post_every_s
        self._followers: dict[str, dict[InstrumentId, int]] = {}  # By symbol: decimals of each.
        self._contracts: dict[InstrumentId, ContractListed] = {}
        self._marks: dict[InstrumentId, int] = {}
        self._conflation = QuoteConflation()
        self._offered = asyncio.Event()
        self._watching = False
        self._sent = 0
        self._refused: dict[str, int] = {}
        self._unanswered = 0
        self._written = 0
        self._unwritten = 0

    def restore(self, image: StateImage) -> None:
        """Start from an engine snapshot."""
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
            await stop.wait()
            for task in running:
                task.cancel()

    def facts(self) -> dict[str, object]:
        """Facts for the status board: of the source, of the quotes sent, and of each symbol."""
        now_ms = self._clock_ms()
        newest = self._conflation.newest
        return {
            **self._source.facts(),
            "feeds": self._feeds,
            "last_quote_ms": max((quote.source_ms for quote in newest.values()), default=0),
            "symbols": {symbol: _symbol_facts(quote, now_ms) for symbol, quote in newest.items()},
            "unquoted": sorted(self._followers.keys() - newest.keys()),
            "sent": self._sent,
            "refused": dict(self._refused),
            "unanswered": self._unanswered,
            "written": self._written,
            "unwritten": self._unwritten,
            "dropped": self._conflation.dropped,
            "held": self._band.held,
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
                | events.QuoteRulesSet() | events.QuoteDoubted() | events.SessionChanged()
            ):
                pass  # The name and the decimals that an instrument was listed with stay.
            case events.InstrumentListed():
                if self._feeds != "cfd":
                    self._follow(event.symbol, event.instrument_id, event.mark_decimals)
            case events.ContractListed():
                if self._feeds != "spot":
                    self._contracts[event.instrument_id] = event
                    self._follow(event.underlying, event.instrument_id, event.price_decimals)
            case _:
                assert_never(event)

    def _follow(self, symbol: str, instrument_id: InstrumentId, decimals: int) -> None:
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
                if self._band.takes(quote):
                    self._conflation.offer(quote)
                    self._offered.set()
        log.warning("the price source has ended")

    async def _send(self) -> None:
        while True:
            await self._offered.wait()
            self._offered.clear()
            # One entry at a time, so that no quote ever overtakes an older one.
            commands = self._commands_for(self._conflation.take(self._clock_ms()))
            if commands:
                taken = await self._submit(commands)
                if self._writer is not None:
                    await self._write(self._writer, taken)
            await asyncio.sleep(self._pause_s)  # Quotes that come meanwhile are conflated.

    def _commands_for(self, quotes: Iterable[Quote]) -> list[SetQuote]:
        commands = []
        for quote in quotes:
            for instrument_id, decimals in self._followers.get(quote.symbol, {}).items():
                scale = 10 ** (QUOTE_DECIMALS - decimals)
                commands.append(SetQuote(
                    instrument_id=instrument_id,
                    bid=div_floor(quote.bid, scale),
                    ask=div_ceil(quote.ask, scale),
                    source_ms=quote.source_ms,
                ))
        return commands

    async def _submit(self, commands: Sequence[SetQuote]) -> list[QuoteSet]:
        """Submit quotes; returns those that the engine has accepted."""
        try:
            answers = await self._commands.submit(*commands)
        except (OutcomeUnknown, Overloaded, LogUnavailable) as error:
            # The next quotes replace these.
            self._unanswered += len(commands)
            log.warning("quotes not answered", why=type(error).__name__)
            return []
        self._sent += len(commands)
        taken = []
        for answer in answers:
            for event in answer:
                if isinstance(event, QuoteSet):
                    taken.append(event)
                elif isinstance(event, CommandRejected):
                    reason = REJECT_NAMES[event.reason].lower()
                    self._refused[reason] = self._refused.get(reason, 0) + 1
        return taken

    async def _write(self, writer: PriceWriter, quotes: Iterable[QuoteSet]) -> None:
        """Write the contracts' prices, those of one moment together."""
        moments: dict[int, list[AssetPrice]] = {}
        for quote in quotes:
            contract = self._contracts.get(quote.instrument_id)
            if contract is not None:
                middle = (quote.bid + quote.ask) // 2
                price = AssetPrice(contract.underlying, middle, contract.price_decimals)
                moments.setdefault(quote.source_ms, []).append(price)
        for time_ms, prices in sorted(moments.items()):
            try:
                await writer.write(prices, time_ms)
                self._written += 1
            except LogUnavailable as error:
                self._unwritten += 1
                log.warning("prices not written", why=str(error))

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
