"""The venue as clients see it: all views of one process, folded together from events."""

from collections.abc import Iterable
from typing import NamedTuple, Self, assert_never

from outcry.engine import events
from outcry.engine.events import Event, Outcome
from outcry.engine.image import StateImage
from outcry.engine.units import InstrumentId
from outcry.projections.accounts import Accounts
from outcry.projections.cfd import CfdView, PositionUpdate
from outcry.projections.contract_terms import ContractTerms
from outcry.projections.depth import Depth
from outcry.projections.history import TradeRow, trade_of
from outcry.projections.house import HousePurses
from outcry.projections.listing import Listing
from outcry.projections.orders import Orders, OrderTransition
from outcry.projections.quote_gates import QuoteGates
from outcry.projections.quotes import Quotes
from outcry.projections.tape import Tape
from outcry.projections.ticker import Tickers
from outcry.wire.journal import NOTHING_YET, EntryId


class ViewChanges(NamedTuple):
    """The changes of an entry, beyond the balances and books that its outcome states."""

    orders: list[OrderTransition]
    trades: list[TradeRow]
    quotes: list[events.QuoteSet]
    listed: list[events.InstrumentListed]
    changed: list[events.InstrumentListed]  # Instruments whose rules or state have changed.
    positions: list[PositionUpdate]
    # Contracts and instruments with which clients can deal again, or no longer.
    gated: list[InstrumentId]


class VenueView:
    """All views at one entry, `reached`.

    Listing, accounts, orders, depth, quotes and CFDs start from an engine snapshot. Tape and
    tickers start from history, which may hold up to an earlier or a later entry. They skip the
    trades that they have, so fold all entries above the earlier of the two.
    """

    def __init__(self, *, spans: Iterable[str] = ("1d",)) -> None:
        self.reached = NOTHING_YET
        self.now_ms = 0
        self.rules = 1  # Version of the engine's rules in force.
        self.listing = Listing()
        self.accounts = Accounts()
        self.orders = Orders(self.listing)
        self.depth: dict[InstrumentId, Depth] = {}
        self.quotes = Quotes()
        self.gates = QuoteGates()
        self.calendars: dict[InstrumentId, str] = {}  # Of contracts that have one.
        self.cfd = CfdView()
        self.terms = ContractTerms()
        self.house = HousePurses()
        self.tape = Tape()
        self.tickers = Tickers(spans)

    @classmethod
    def from_image(
        cls, image: StateImage, entry_id: EntryId, *, spans: Iterable[str] = ("1d",)
    ) -> Self:
        """The venue at the entry a snapshot was taken at."""
        venue = cls(spans=spans)
        venue.reached = entry_id
        venue._pass_time(entry_id.ms)
        venue.rules = image.rules
        venue.listing = Listing.from_image(image)
        venue.accounts = Accounts.from_image(image)
        venue.orders = Orders.from_image(image, venue.listing)
        venue.depth = {book.instrument_id: Depth.from_image(book) for book in image.books}
        venue.quotes = Quotes.from_image(image)
        venue.gates = QuoteGates.from_image(image)
        venue.calendars = {each.instrument_id: each.calendar for each in image.calendars}
        venue.cfd = CfdView.from_image(image)
        venue.terms = ContractTerms.from_image(image)
        venue.house = HousePurses.from_image(image)
        return venue

    def fold(self, entry_id: EntryId, outcome: Outcome) -> ViewChanges:
        """Take in an entry. Of an entry at or below `reached`, only the trades are folded."""
        changes = ViewChanges([], [], [], [], [], [], [])
        if entry_id <= self.reached:
            for answer in outcome.answers:
                for event in answer:
                    if isinstance(event, events.Traded):
                        self._fold_trade(entry_id, event, changes)
            return changes
        for answer in outcome.answers:
            for event in answer:
                self._fold_event(entry_id, event, answer, changes)
        for balance in outcome.balances:
            self.accounts.fold_balance(balance)
        for book in outcome.books:
            self.depth[book.instrument_id].fold(book)
        self.reached = entry_id
        self._pass_time(entry_id.ms)
        return changes

    def forget(self, up_to: EntryId) -> None:
        """Drop the orders, positions and transfers up to an entry, because history has them."""
        self.orders.forget(up_to)
        self.accounts.forget(up_to)
        self.cfd.forget(up_to)

    def _fold_event(
        self, entry_id: EntryId, event: Event, answer: Iterable[Event], changes: ViewChanges
    ) -> None:
        """Take in one event of a command's answer."""
        match event:
            case events.Traded():
                changes.orders.extend(self.orders.fold_trade(entry_id, event, answer))
                self._fold_trade(entry_id, event, changes)
            case (
                events.OrderAccepted() | events.OrderCanceled() | events.OrderReplaced()
                | events.OrderWaiting() | events.TriggerFailed()
            ):
                changes.orders.append(self.orders.fold(entry_id, event))
            case (
                events.CommandRejected() | events.ClockTicked() | events.OrdersCanceled()
                | events.VenueOpened()
            ):
                pass  # These change nothing that a view shows.
            case events.QuoteSet():
                self.quotes.fold(event)
                self.cfd.fold_quote(event)
                self.gates.fold(event)
                changes.quotes.append(event)
            case events.QuoteDoubted() | events.SessionChanged() | events.QuoteRulesSet():
                if self.gates.fold(event):
                    changes.gated.append(event.instrument_id)
            case events.CalendarSet():
                self.calendars[event.instrument_id] = event.calendar
            case events.PositionOpened() | events.PositionChanged() | events.ShortfallCharged():
                changes.positions.append(self.cfd.fold(entry_id, event))
            case events.PositionClosed():
                changes.positions.append(self.cfd.fold(entry_id, event))
                contract = self.cfd.contracts[event.instrument_id]
                self.house.add(contract.asset_id, entry_id.ms, -event.pnl)
            case events.ContractTermsSet():
                self.terms.fold(event)
            case events.HouseLimitsSet() | events.HouseStopped() | events.HouseResumed():
                self.house.fold(event, entry_id.ms)
            case events.ContractListed() | events.ContractChanged():
                self.cfd.fold_contract(event)
            case events.AccountCreated() | events.Deposited() | events.Withdrawn():
                self.accounts.fold(entry_id, event)
            case events.AssetListed():
                self.listing.fold(event)
            case events.InstrumentListed():
                self.listing.fold(event)
                self.depth[event.instrument_id] = Depth()
                changes.listed.append(event)
            case events.InstrumentChanged():
                self.listing.fold(event)
                changes.changed.append(event.instrument)
            case events.RulesUsed():
                self.rules = event.version
            case _:
                assert_never(event)

    def _fold_trade(self, entry_id: EntryId, event: events.Traded, changes: ViewChanges) -> None:
        trade = trade_of(event, entry_id.ms)
        changes.trades.append(trade)
        self.tape.fold(trade)
        self.tickers.fold(
            entry_id, event.instrument_id, price=event.price, quantity=event.quantity,
            quote_amount=self.listing.quote_amount(
                event.instrument_id, price=event.price, quantity=event.quantity
            ),
        )

    def _pass_time(self, now_ms: int) -> None:
        self.now_ms = max(self.now_ms, now_ms)
        self.tickers.advance(now_ms)
