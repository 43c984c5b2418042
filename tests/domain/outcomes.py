"""Outcomes as tests look at them: one command's answer, and what all of them together say."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from outcry.engine.commands import PlaceOrder
from outcry.engine.events import (
    CommandRejected,
    Event,
    InstrumentChanged,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    Outcome,
    QuoteSet,
    Traded,
    TriggerFailed,
)
from outcry.engine.image import OrderImage, StateImage
from outcry.engine.rejects import CANCEL_NAMES, REJECT_NAMES
from outcry.engine.units import BUY, SELL


class Answer:
    """What became of one command."""

    def __init__(self, events: Sequence[Event]) -> None:
        assert events, "a command was not answered"
        self.events = events

    @property
    def rejected(self) -> str | None:
        """The reason's name in small letters; None when the command was accepted."""
        first = self.events[0]
        if not isinstance(first, CommandRejected):
            return None
        return REJECT_NAMES[first.reason].lower()

    @property
    def order_id(self) -> int:
        """The new order's id, or the id of the first order when its client id was used again."""
        first = self.events[0]
        assert isinstance(first, OrderAccepted | OrderWaiting | OrderReplaced | CommandRejected)
        return first.order_id

    @property
    def accepted(self) -> list[int]:
        """Ids of the orders that became active, in order: the new one, and those that fired."""
        return [event.order_id for event in self.events if isinstance(event, OrderAccepted)]

    @property
    def waiting(self) -> list[int]:
        """Ids of the orders that were let wait, in order: the new one, and exits."""
        return [event.order_id for event in self.events if isinstance(event, OrderWaiting)]

    @property
    def failed(self) -> list[tuple[int, str]]:
        """(order id, reason) of each order that was refused when its trigger fired."""
        return [
            (event.order_id, REJECT_NAMES[event.reason].lower())
            for event in self.events
            if isinstance(event, TriggerFailed)
        ]

    @property
    def trades(self) -> list[Traded]:
        return [event for event in self.events if isinstance(event, Traded)]

    @property
    def fills(self) -> str:
        """`3 @ 101, 2 @ 102`: what traded, in order."""
        return ", ".join(f"{trade.quantity} @ {trade.price}" for trade in self.trades)

    @property
    def makers(self) -> list[int]:
        """Ids of the resting orders that traded, in order."""
        return [trade.maker_order_id for trade in self.trades]

    @property
    def taker_fees(self) -> int:
        return sum(trade.taker_fee for trade in self.trades)

    @property
    def maker_fees(self) -> int:
        return sum(trade.maker_fee for trade in self.trades)

    @property
    def canceled(self) -> list[tuple[int, str]]:
        """(order id, reason) of each order that ended unfilled, in order."""
        return [
            (event.order_id, CANCEL_NAMES[event.reason].lower())
            for event in self.events
            if isinstance(event, OrderCanceled)
        ]

    @property
    def ended(self) -> str | None:
        """Why the new order itself ended before it was filled; None when it did not."""
        return dict(self.canceled).get(self.order_id)

    def __repr__(self) -> str:
        return f"Answer({', '.join(map(repr, self.events))})"


class Fold:
    """What somebody knows who only reads outcomes."""

    def __init__(self) -> None:
        self.balances: dict[tuple[int, int], tuple[int, int]] = {}
        # (instrument, side) → price → lots.
        self.levels: dict[tuple[int, int], dict[int, int]] = {}
        self.seqs: dict[int, int] = {}
        self.open: dict[int, int] = {}  # Order id → lots remaining, of those that rest.
        self.terms: dict[int, PlaceOrder] = {}  # Order id → terms, of those that rest or wait.
        self.waiting: dict[int, int] = {}  # Order id → the order whose exit it is, or 0.
        self.instruments: dict[int, InstrumentListed] = {}
        self.quotes: dict[int, QuoteSet] = {}

    def fold(self, outcome: Outcome) -> None:
        for events in outcome.answers:
            for event in events:
                self._fold_event(event)
        for balance in outcome.balances:
            self.balances[balance.account_id, balance.asset_id] = (balance.free, balance.locked)
        for book in outcome.books:
            assert self.seqs.get(book.instrument_id, 0) + 1 == book.seq, "a gap in a book's counter"
            self.seqs[book.instrument_id] = book.seq
            for side, changed in ((BUY, book.bids), (SELL, book.asks)):
                levels = self.levels.setdefault((book.instrument_id, side), {})
                for price, quantity in changed:
                    levels[price] = quantity
                    if quantity == 0:
                        del levels[price]

    def _fold_event(self, event: Event) -> None:
        match event:
            case OrderWaiting():
                self.terms[event.order_id] = event.order
                self.waiting[event.order_id] = event.related_order_id
            case OrderAccepted():
                self.waiting.pop(event.order_id, None)
                self.terms[event.order_id] = replace(event.order, quantity=event.quantity)
                self.open[event.order_id] = event.quantity
                self._fill(event.order_id, 0)
            case OrderReplaced():
                self.terms[event.order_id] = replace(
                    self.terms[event.order_id], price=event.price, quantity=event.quantity
                )
                self.open[event.order_id] = event.remaining
            case Traded():
                self._fill(event.taker_order_id, event.quantity)
                self._fill(event.maker_order_id, event.quantity)
            case OrderCanceled():
                # Of an order by amount everything it came to has traded: nothing of it is open.
                left = self.open.pop(event.order_id, 0)
                terms = self.terms.pop(event.order_id, None)
                if event.order_id in self.waiting:
                    assert terms is not None
                    left = terms.quantity
                    del self.waiting[event.order_id]
                assert event.remaining == left
            case TriggerFailed():
                del self.waiting[event.order_id], self.terms[event.order_id]
            case InstrumentListed():
                self.instruments[event.instrument_id] = event
            case InstrumentChanged():
                self.instruments[event.instrument.instrument_id] = event.instrument
            case QuoteSet():
                self.quotes[event.instrument_id] = event

    def _fill(self, order_id: int, quantity: int) -> None:
        self.open[order_id] -= quantity
        assert self.open[order_id] >= 0
        if self.open[order_id] == 0:
            del self.open[order_id], self.terms[order_id]

    def agrees_with(self, image: StateImage) -> None:
        """Assert that the state says the same."""
        balances = {
            (account.account_id, balance.asset_id): (balance.free, balance.locked)
            for account in image.accounts
            for balance in account.balances
            if balance.free or balance.locked
        }
        assert {key: held for key, held in self.balances.items() if any(held)} == balances
        resting = [order for book in image.books for order in (*book.bids, *book.asks)]
        waiting = [order for book in image.books for order in book.waiting]
        assert self.waiting == {order.order_id: order.related_order_id for order in waiting}
        assert self.open == {order.order_id: _left(order) for order in resting}
        assert self.terms == {order.order_id: order.order for order in (*resting, *waiting)}
        assert list(self.instruments.values()) == image.instruments
        on_contracts = {contract.listed.instrument_id for contract in image.contracts}
        assert {
            key: quote for key, quote in self.quotes.items() if key not in on_contracts
        } == {quote.instrument_id: quote for quote in image.quotes}
        levels: dict[tuple[int, int], dict[int, int]] = {}
        for order in resting:
            terms = order.order
            level = levels.setdefault((terms.instrument_id, terms.side), {})
            level[terms.price] = level.get(terms.price, 0) + _left(order)
        assert {key: found for key, found in self.levels.items() if found} == levels
        assert self.seqs == {book.instrument_id: book.seq for book in image.books if book.seq}


def _left(order: OrderImage) -> int:
    return order.order.quantity - order.filled


def numbers_in(outcome: Outcome) -> Iterator[int]:
    """Every integer an outcome states."""
    yield from _numbers_in(msgspec.to_builtins(outcome))


def _numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbers_in(part)
