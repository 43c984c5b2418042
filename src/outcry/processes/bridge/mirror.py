"""Follows the log and writes what happens in the words of other designs.

The position moves in the transaction that writes the outcomes up to it, with the answers to the
requests among them. After a kill, the entries above the position are therefore read again, and
they tell which of the unfinished requests were carried out.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import structlog

from outcry.api.backpack.errors import ApiError, rejection
from outcry.api.broker.answers import closed_data, opened_data
from outcry.api.broker.commands import CLOSE_TRADE, CREATE_TRADE
from outcry.api.broker.messages import uuid_text
from outcry.api.broker.mirror import (
    depth_publication,
    failure,
    success,
    trade_event,
    trade_publication,
)
from outcry.api.broker.positions import leverage_allowed, traded_of
from outcry.api.broker.refusals import refused_close, refused_open
from outcry.engine.commands import ClosePosition, Command, OpenPosition
from outcry.engine.events import CommandRejected, Event, Outcome, PositionClosed, PositionOpened
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AccountId
from outcry.log.archive import WholeHistory
from outcry.log.chain import Pair
from outcry.log.command_writer import CommandWriter
from outcry.log.follower import LogPosition
from outcry.ports.bridge import BridgeUpdate
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.log import EventReader, LogBroken, LogUnavailable
from outcry.processes.bridge.addresses import AddressCache
from outcry.processes.bridge.requests import Request, Requests, with_answers
from outcry.projections.venue import VenueView, ViewChanges
from outcry.runtime.backoff import Backoff
from outcry.wire.journal import (
    EntryId,
    EventsEntry,
    JournalEntry,
    decode_commands,
    decode_outcome,
)

BLOCK_MS: Final = 500
RETRY_FIRST_S: Final = 0.05
RETRY_MAX_S: Final = 1.0
MESSAGES: Final = {
    CREATE_TRADE: "Trade created successfully", CLOSE_TRADE: "Trade closed successfully",
}

log = structlog.get_logger()


class _Asked(NamedTuple):
    """A command with the id of a request, and its events."""

    command: OpenPosition | ClosePosition
    events: Sequence[Event]


class _Folded(NamedTuple):
    """An entry that the views have taken in."""

    entry_id: EntryId
    changes: ViewChanges
    outcome: Outcome
    asked: Sequence[_Asked]


class Mirror:
    """The venue at one entry, and everything above the position on its way to the server."""

    def __init__(
        self, *, reader: EventReader, source: WholeHistory, venue: VenueView, at: LogPosition,
        requests: Requests, command_writer: CommandWriter, addresses: AddressCache,
    ) -> None:
        self.venue = venue
        self.at = at
        self.entries = 0
        self._reader = reader
        self._source = source
        self._requests = requests
        self._command_writer = command_writer
        self._addresses = addresses

    async def fold_to(self, entry_id: EntryId) -> None:
        """Read up to an entry without writing anything."""
        while self.at.id < entry_id:
            async for page in self._source.pages(self.at, entry_id):
                for _, entry in page:
                    self.venue.fold(entry.id, decode_outcome(entry.outcome))
                    self.at = LogPosition(entry.id, entry.digest)
                self.venue.forget(self.at.id)
            if self.at.id < entry_id:
                await asyncio.sleep(RETRY_FIRST_S)  # The recorder has yet to archive the rest.

    async def save(self) -> None:
        """Make this the position, for a server that has none."""
        await self._requests.write(BridgeUpdate(reached=self.at))

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until told to stop. Raises `LogBroken` and `TakenOver`."""
        backoff = Backoff(first_s=RETRY_FIRST_S, longest_s=RETRY_MAX_S, spread=0.0)
        connected = True
        while not stop.is_set():
            try:
                if not connected:
                    await self._verify()
                    connected = True
                await self._follow_on()
                backoff.reset()
            except (LogUnavailable, DatabaseUnavailable) as error:
                connected = False
                log.warning("the log is out of reach, trying again", error=str(error))
                await asyncio.sleep(backoff.next_s())

    async def _verify(self) -> None:
        """Compare the entry at the position with the one read before, if the log still has it."""
        for entry in await self._reader.read_range(self.at.id, self.at.id):
            if entry.digest != self.at.digest:
                raise LogBroken(f"events entry {self.at.id} is not the one read before")
        if await self._reader.top() < self.at.id:
            raise LogBroken(f"the log ends before entry {self.at.id}, which was read before")

    async def _follow_on(self) -> None:
        entries = await self._reader.read_after(self.at.id, block_ms=BLOCK_MS)
        if not entries:
            return
        # With their commands; and from the archive, if the log was trimmed to behind the position.
        async for page in self._source.pages(self.at, entries[-1].id):
            await self._mirror(page)

    async def _mirror(self, page: Sequence[Pair]) -> None:
        """Write the outcomes of some entries, and hand out their answers."""
        folded = [self._fold(*pair) for pair in page]
        accounts = {each.command.account_id for one in folded for each in one.asked}
        await self._addresses.learn({self._user_of(account_id) for account_id in accounts})
        written = BridgeUpdate(reached=self.at)
        answered: list[Request] = []
        for one in folded:
            written = self._with_outcomes(written, one)
            for each in one.asked:
                written = self._with_answer(written, each, answered)
        await self._requests.write(written)
        self._requests.finish(answered)
        self.venue.forget(self.at.id)
        self.entries += len(page)

    def _fold(self, commands: JournalEntry, entry: EventsEntry) -> _Folded:
        """Take an entry in, and release who waits for its answers."""
        outcome = decode_outcome(entry.outcome)
        asked = list(_asked(commands.commands, outcome))
        changes = self.venue.fold(entry.id, outcome)
        for each in asked:
            request = self._requests.of(each.command.request_id)
            if request is not None:
                request.answered = True
        self.at = LogPosition(entry.id, entry.digest)
        self._command_writer.on_entry(entry, outcome)
        return _Folded(entry.id, changes, outcome, asked)

    def _with_outcomes(self, written: BridgeUpdate, one: _Folded) -> BridgeUpdate:
        """With the events of trades, and with the trades and depth of the exchange."""
        instruments = self.venue.listing.instruments
        request_ids = {
            id(event): each.command.request_id for each in one.asked for event in each.events
        }
        events = []
        for place, update in enumerate(one.changes.positions):
            request_id = request_ids.get(id(update.event))
            events.append(trade_event(
                update, traded_of(self.venue, update.position.instrument_id),
                entry_id=one.entry_id, place=place,
                user_id=self._user_of(update.position.account_id),
                order_id=None if request_id is None else self._order_id(request_id),
            ))
        published = [
            trade_publication(trade, instruments[trade.instrument_id])
            for trade in one.changes.trades
        ] + [
            depth_publication(book, instruments[book.instrument_id])
            for book in one.outcome.books if book.bids or book.asks
        ]
        return written._replace(
            events=[*written.events, *events], published=[*written.published, *published]
        )

    def _with_answer(
        self, written: BridgeUpdate, asked: _Asked, answered: list[Request]
    ) -> BridgeUpdate:
        """With the answer to a command, whoever sent it."""
        command, [first, *_] = asked
        answer = self._answer(self._order_id(command.request_id), command, first)
        request = self._requests.of(command.request_id)
        if request is None:
            return written._replace(responses=[*written.responses, answer])
        answered.append(request)
        return with_answers(written, [(request, answer)])

    def _order_id(self, request_id: bytes) -> str:
        request = self._requests.of(request_id)
        return uuid_text(request_id) if request is None else request.message.order_id

    def _user_of(self, account_id: AccountId) -> int:
        return self.venue.accounts.user_of_account(account_id) or 0

    def _answer(
        self, order_id: str, command: OpenPosition | ClosePosition, first: Event
    ) -> Mapping[str, str]:
        word = CREATE_TRADE if isinstance(command, OpenPosition) else CLOSE_TRADE
        email = self._addresses.email_of(self._user_of(command.account_id))
        if isinstance(first, PositionOpened):
            traded = traded_of(self.venue, first.instrument_id)
            return success(order_id, word, opened_data(first, traded, email), MESSAGES[word])
        if isinstance(first, PositionClosed):
            traded = traded_of(self.venue, first.instrument_id)
            return success(order_id, word, closed_data(first, traded, email), MESSAGES[word])
        assert isinstance(first, CommandRejected)
        return failure(order_id, word, self._refusal(command, first.reason))

    def _refusal(self, command: OpenPosition | ClosePosition, reason: int) -> ApiError:
        if isinstance(command, OpenPosition):
            if command.instrument_id in self.venue.cfd.contracts:
                return refused_open(
                    reason, command, traded_of(self.venue, command.instrument_id),
                    leverage_allowed(self.venue, command),
                )
            return rejection(reason)
        position = self.venue.cfd.position(command.account_id, command.position_id)
        if position is None:
            return rejection(reason)
        return refused_close(reason, command, traded_of(self.venue, position.instrument_id))


def _asked(packed: bytes, outcome: Outcome) -> Iterator[_Asked]:
    """The commands of an entry that have the id of a request, with their events."""
    for command, events in zip(_commands(packed), outcome.answers, strict=False):
        if not isinstance(command, OpenPosition | ClosePosition) or not command.request_id:
            continue
        first = events[0]
        # The same entry may be sent twice, and is applied once.
        if not isinstance(first, CommandRejected) or first.reason != RejectReason.DUPLICATE:
            yield _Asked(command, events)


def _commands(packed: bytes) -> Sequence[Command]:
    try:
        return decode_commands(packed).commands
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()  # The engine called it malformed, and nothing of it was applied.
