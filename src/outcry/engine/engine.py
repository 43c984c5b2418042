"""The exchange as a function: a journal entry goes in, its outcome comes out.

Same entries, same outcomes, on any machine: nothing here reads a clock, a network, a disk or a
random number. Bytes in and bytes out, so that the boundary between compiled and interpreted code is
crossed once an entry.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import msgspec

from outcry.engine.accounts import create_account, deposit, withdraw
from outcry.engine.calendars import set_calendar
from outcry.engine.cfd.handlers import add_margin, change_position, close_position, open_position
from outcry.engine.cfd.house import resume_house, set_house_limits
from outcry.engine.commands import (
    AddMargin,
    Batch,
    CancelOrder,
    CancelOrders,
    ChangeContract,
    ChangeInstrument,
    ChangePosition,
    ClosePosition,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    ListContract,
    ListInstrument,
    OpenPosition,
    OpenVenue,
    PlaceOrder,
    ReplaceOrder,
    ResumeHouse,
    SetCalendar,
    SetContractTerms,
    SetHouseLimits,
    SetQuote,
    SetQuoteRules,
    SetSession,
    UseRules,
    Withdraw,
)
from outcry.engine.events import (
    BalanceAfter,
    BookAfter,
    ClockTicked,
    Event,
    Outcome,
)
from outcry.engine.listing import (
    change_contract,
    change_instrument,
    list_asset,
    list_contract,
    list_instrument,
    open_venue,
    set_contract_terms,
)
from outcry.engine.quotes import set_quote, set_quote_rules, set_session
from outcry.engine.refusal import refused
from outcry.engine.rejects import RejectReason
from outcry.engine.rules import RULES_KNOWN, require_rules, use_rules
from outcry.engine.spot.book import Book
from outcry.engine.spot.handlers import cancel_order, cancel_orders, place_order, replace_order
from outcry.engine.state import WRITER_KEPT_MS, State, WriterSession

QUIET_BOOK_MS: Final = 500  # A book without changes for this long has its counter moved.

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_BalanceAfter: Final = BalanceAfter


class Engine:
    """The state, and the one way to change it."""

    def __init__(self, state: State, *, rules: Collection[int] = RULES_KNOWN) -> None:
        """`rules` are the versions it has; raises `VersionUnknown` when the state's is not one."""
        require_rules(rules, state.rules)
        self.state = state
        self.index = 0  # Place in the entry of the command that is being applied.
        self._decoder = msgspec.msgpack.Decoder(Batch)
        self._encoder = msgspec.msgpack.Encoder()
        self._apply: dict[Any, Callable[[State, Any], list[Event]]] = {
            OpenVenue: open_venue,
            PlaceOrder: place_order,
            CancelOrder: cancel_order,
            CancelOrders: cancel_orders,
            ReplaceOrder: replace_order,
            CreateAccount: create_account,
            Deposit: deposit,
            Withdraw: withdraw,
            ListAsset: list_asset,
            ListInstrument: list_instrument,
            SetQuote: set_quote,
            SetQuoteRules: set_quote_rules,
            SetSession: set_session,
            SetCalendar: set_calendar,
            ChangeInstrument: change_instrument,
            ListContract: list_contract,
            ChangeContract: change_contract,
            SetContractTerms: set_contract_terms,
            SetHouseLimits: set_house_limits,
            ResumeHouse: resume_house,
            OpenPosition: open_position,
            ClosePosition: close_position,
            ChangePosition: change_position,
            AddMargin: add_margin,
            Heartbeat: _tick,
            UseRules: partial(use_rules, rules),
        }

    @property
    def handled(self) -> list[Any]:
        """The types of command this engine applies."""
        return list(self._apply)

    def apply(
        self, *, entry_ms: int, writer: int, number: int, commands: bytes, quarantined: list[int]
    ) -> bytes:
        """Apply a journal entry and return its encoded `Outcome`.

        `quarantined` are the places of commands that made an engine fail before: they are answered
        and not applied. After an exception the state must be thrown away, and `index` joins the
        quarantined places unless the exception is `VersionUnknown`. It names the command even if
        only its events could not be written.
        """
        state = self.state
        assert entry_ms >= state.now_ms
        state.now_ms = entry_ms
        try:
            batch = self._decoder.decode(commands)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return self._encode([refused(RejectReason.MALFORMED)])
        refusal = self._refusal(writer, number, batch.deadline_ms)
        if refusal != 0:
            return self._encode([refused(refusal) for _ in batch.commands])
        handlers = self._apply
        answers: list[list[Event]] = []
        self.index = 0
        for command in batch.commands:
            if quarantined and self.index in quarantined:
                events = refused(RejectReason.ENGINE_ERROR)
            else:
                events = handlers[type(command)](state, command)
                assert events
            answers.append(events)
            self.index += 1
        return self._encode(answers)

    def _refusal(self, writer: int, number: int, deadline_ms: int) -> int:
        """Why the entry as a whole is not applied, a `RejectReason`; 0 is no reason."""
        state = self.state
        session = state.writers.pop(writer, None)
        if session is None:
            session = WriterSession(0, 0)
        state.writers[writer] = session  # Most recently seen last.
        session.seen_ms = state.now_ms
        if number <= session.number:
            return RejectReason.DUPLICATE
        session.number = number
        if 0 < deadline_ms < state.now_ms:
            return RejectReason.TOO_LATE
        return 0

    def _encode(self, answers: list[list[Event]]) -> bytes:
        """State the touched balances and books as they are now, and mark them as untouched."""
        ledger = self.state.ledger
        balances: list[BalanceAfter] = []
        for balance in ledger.touched:
            balance.touched = False
            balances.append(
                _BalanceAfter(balance.account_id, balance.asset_id, balance.free, balance.locked)
            )
        ledger.touched = []
        books = [self._book_after(book) for book in self.state.touched_books]
        self.state.touched_books = []
        try:
            return self._encoder.encode(Outcome(answers=answers, balances=balances, books=books))
        except OverflowError:
            self._blame(answers)
            raise

    def _blame(self, answers: list[list[Event]]) -> None:
        """Let `index` name the first command with an event that cannot be written.

        All answers are written together because that is cheaper; only a failure looks at each.
        """
        for index, events in enumerate(answers):
            self.index = index
            self._encoder.encode(events)

    def _book_after(self, book: Book) -> BookAfter:
        book.touched = False
        book.seq += 1
        book.moved_ms = self.state.now_ms
        return BookAfter(
            instrument_id=book.instrument.instrument_id,
            seq=book.seq,
            bids=book.bids.take_touched(),
            asks=book.asks.take_touched(),
        )


def _tick(state: State, command: Heartbeat) -> list[Event]:
    """Move the counters of quiet books, and forget the sessions of writers that have gone."""
    now_ms = state.now_ms
    for book in state.books.values():
        if now_ms - book.moved_ms >= QUIET_BOOK_MS:
            state.touch_book(book)
    idle: list[int] = []
    for writer, session in state.writers.items():
        if session.seen_ms > now_ms - WRITER_KEPT_MS:
            break
        idle.append(writer)
    for writer in idle:
        del state.writers[writer]
    return [ClockTicked()]
