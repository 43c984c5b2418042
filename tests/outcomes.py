"""Outcomes as tests look at them: one command's answer, and what all of them together say."""

from collections.abc import Iterator, Sequence

from outcry.engine.events import (
    CommandRejected,
    Event,
    OrderAccepted,
    OrderCanceled,
    Outcome,
    Traded,
)
from outcry.engine.image import StateImage
from outcry.engine.rejects import CancelReason, RejectReason
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
        return RejectReason(first.reason).name.lower()

    @property
    def order_id(self) -> int:
        """The new order's id, or the id of the first order when its client id was used again."""
        first = self.events[0]
        assert isinstance(first, OrderAccepted | CommandRejected), self
        return first.order_id

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
            (event.order_id, CancelReason(event.reason).name.lower())
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
        self.open: dict[int, int] = {}  # Order id → lots remaining.

    def fold(self, outcome: Outcome) -> None:
        for events in outcome.answers:
            self._fold_orders(events)
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

    def _fold_orders(self, events: Sequence[Event]) -> None:
        taker = events[0] if isinstance(events[0], OrderAccepted) else None
        remaining = taker.quantity if taker else 0
        for event in events:
            if isinstance(event, Traded):
                assert taker is not None
                assert event.taker_order_id == taker.order_id
                remaining -= event.quantity
                self.open[event.maker_order_id] -= event.quantity
                if self.open[event.maker_order_id] == 0:
                    del self.open[event.maker_order_id]
            elif isinstance(event, OrderCanceled):
                if taker is not None and event.order_id == taker.order_id:
                    assert event.remaining == remaining
                    remaining = 0
                else:
                    assert event.remaining == self.open.pop(event.order_id)
        if taker is not None and remaining > 0:
            self.open[taker.order_id] = remaining

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
        assert self.open == {order.order_id: order.quantity - order.filled for order in resting}
        levels: dict[tuple[int, int], dict[int, int]] = {}
        for order in resting:
            level = levels.setdefault((order.instrument_id, order.side), {})
            level[order.price] = level.get(order.price, 0) + order.quantity - order.filled
        assert {key: found for key, found in self.levels.items() if found} == levels
        assert self.seqs == {book.instrument_id: book.seq for book in image.books if book.seq}


def numbers_in(outcome: Outcome) -> Iterator[int]:
    """Every integer an outcome states."""
    books = [level for book in outcome.books for level in (*book.bids, *book.asks)]
    for level in books:
        yield from level
    structs = [event for events in outcome.answers for event in events]
    for struct in (*structs, *outcome.balances):
        for name in struct.__struct_fields__:
            value = getattr(struct, name)
            if isinstance(value, int):
                yield value
