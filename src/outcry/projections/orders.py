"""Open orders, and orders that changed recently with their fills, as rows of history.

An order that ended is kept until `forget` reports that history has it, so that each order is found
in one of the two at any moment.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple, Self, assert_never

import msgspec

from outcry.engine.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    Traded,
    TriggerFailed,
)
from outcry.engine.image import OrderImage, StateImage
from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.projections.history import (
    OPEN,
    WAITING,
    FillRow,
    OrderChange,
    OrderRow,
    changed,
    fills_of,
    order_of,
    row_of,
    waited,
    waiting_order_of,
)
from outcry.projections.listing import Listing
from outcry.projections.recent import RecentItems
from outcry.wire.journal import EntryId


class UpdateKind(StrEnum):
    """The kinds of change of an order."""

    ACCEPTED = "accepted"  # It is active: a new one, or one whose trigger fired.
    FILL = "fill"
    CANCELED = "canceled"
    WAITING = "waiting"
    FAILED = "failed"
    REPLACED = "replaced"


_KIND_OF: Final = {
    OrderCanceled: UpdateKind.CANCELED, OrderReplaced: UpdateKind.REPLACED,
    TriggerFailed: UpdateKind.FAILED,
}


class OrderTransition(NamedTuple):
    """The change of one order by one event: the order after it, and the fill if there was one."""

    kind: UpdateKind
    order: OrderRow
    fill: FillRow | None = None

    @property
    def is_new(self) -> bool:
        """Whether the order is a new one."""
        if self.kind is UpdateKind.ACCEPTED:
            return self.order.triggered_ms == 0
        return self.kind is UpdateKind.WAITING


class Orders:
    """Orders by id, by account and by client order id."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._orders: dict[OrderId, OrderRow] = {}
        self._open: dict[AccountId, dict[OrderId, None]] = {}  # Oldest first.
        self._client_ids: dict[tuple[AccountId, int], OrderId] = {}
        self._fills: RecentItems[AccountId, FillRow] = RecentItems()
        # Entry of each order's latest change, oldest change first; by account the ids only.
        self._changed: dict[OrderId, EntryId] = {}
        self._changed_of: dict[AccountId, dict[OrderId, None]] = {}

    @classmethod
    def from_image(cls, image: StateImage, listing: Listing) -> Self:
        """The orders that are open in a snapshot: those in its books, and those that wait."""
        orders = cls(listing)
        found = [
            _row_of(order, status)
            for book in image.books
            for side, status in ((book.bids, OPEN), (book.asks, OPEN), (book.waiting, WAITING))
            for order in side
        ]
        found.sort(key=lambda order: order.order_id)
        for order in found:
            orders._keep(order)
        return orders

    def fold(
        self, entry_id: EntryId,
        event: OrderAccepted | OrderCanceled | OrderReplaced | OrderWaiting | TriggerFailed,
    ) -> OrderTransition:
        """Take in an event of one order."""
        ms = entry_id.ms
        match event:
            case OrderAccepted():
                if waited(event):
                    order = self._change(entry_id, OrderChange.triggered(event, ms))
                else:
                    order = self._add(entry_id, order_of(event, ms))
                return OrderTransition(UpdateKind.ACCEPTED, order)
            case OrderWaiting():
                order = self._add(entry_id, waiting_order_of(event, ms))
                return OrderTransition(UpdateKind.WAITING, order)
            case OrderCanceled() | OrderReplaced() | TriggerFailed():
                order = self._change(entry_id, OrderChange.of(event, ms))
                return OrderTransition(_KIND_OF[type(event)], order)
            case _:
                assert_never(event)

    def fold_trade(
        self, entry_id: EntryId, event: Traded, answer: Iterable[Event]
    ) -> tuple[OrderTransition, OrderTransition]:
        """Take in a trade; `answer` are the events of the command that it is one of.

        A market order by quote amount can trade all the lots it came to and yet be canceled
        because its money is not spent. It is open, not filled, until that event.
        """
        taker_change, maker_change = OrderChange.of_trade(event, entry_id.ms)
        taker = changed(self._orders[event.taker_order_id], taker_change)
        maker = changed(self._orders[event.maker_order_id], maker_change)
        if taker.ended and any(
            isinstance(later, OrderCanceled) and later.order_id == taker.order_id
            for later in answer
        ):
            taker = msgspec.structs.replace(taker, status=OPEN)
        instrument = self._listing.instruments[event.instrument_id]
        taker_fill, maker_fill = fills_of(
            event, entry_id.ms,
            base_asset_id=instrument.base_asset_id, quote_asset_id=instrument.quote_asset_id,
            taker_client_id=taker.client_id, maker_client_id=maker.client_id,
        )
        for order, fill in ((taker, taker_fill), (maker, maker_fill)):
            self._replace(entry_id, order)
            self._fills.add(entry_id, order.account_id, fill)
        return (
            OrderTransition(UpdateKind.FILL, taker, taker_fill),
            OrderTransition(UpdateKind.FILL, maker, maker_fill),
        )

    def order(self, order_id: OrderId) -> OrderRow | None:
        """An order that is open, or ended and is not forgotten yet."""
        return self._orders.get(order_id)

    def by_client_id(self, account_id: AccountId, client_id: int) -> OrderRow | None:
        """The latest order with this client order id that is open, or ended recently."""
        order_id = self._client_ids.get((account_id, client_id))
        return None if order_id is None else self._orders[order_id]

    def open_of(
        self, account_id: AccountId, instrument_id: InstrumentId | None = None
    ) -> list[OrderRow]:
        """Open orders of an account, waiting ones included, oldest first."""
        orders = [self._orders[order_id] for order_id in self._open.get(account_id, ())]
        if instrument_id is None:
            return orders
        return [order for order in orders if order.instrument_id == instrument_id]

    def changed_above(self, account_id: AccountId, entry_id: EntryId) -> list[OrderRow]:
        """Orders of an account that changed after an entry, open or not, by order id."""
        order_ids: list[OrderId] = []
        for order_id in reversed(self._changed_of.get(account_id, {})):
            if self._changed[order_id] <= entry_id:
                break
            order_ids.append(order_id)
        return [self._orders[order_id] for order_id in sorted(order_ids)]

    def fills_above(self, account_id: AccountId, entry_id: EntryId) -> list[FillRow]:
        """Fills of an account after an entry, newest first."""
        return self._fills.above(account_id, entry_id)

    def forget(self, up_to: EntryId) -> None:
        """Drop the fills up to an entry, and the orders that ended and last changed by then."""
        self._fills.forget(up_to)
        done: list[OrderId] = []
        for order_id, entry_id in self._changed.items():
            if entry_id > up_to:
                break
            done.append(order_id)
        for order_id in done:
            del self._changed[order_id]
            order = self._orders[order_id]
            of_account = self._changed_of[order.account_id]
            del of_account[order_id]
            if not of_account:
                del self._changed_of[order.account_id]
            if order.ended:
                self._drop(order)

    def _add(self, entry_id: EntryId, order: OrderRow) -> OrderRow:
        self._keep(order)
        self._touch(entry_id, order)
        return order

    def _change(self, entry_id: EntryId, change: OrderChange) -> OrderRow:
        order = changed(self._orders[change.order_id], change)
        self._replace(entry_id, order)
        return order

    def _keep(self, order: OrderRow) -> None:
        self._orders[order.order_id] = order
        self._open.setdefault(order.account_id, {})[order.order_id] = None
        if order.client_id is not None:
            self._client_ids[order.account_id, order.client_id] = order.order_id

    def _replace(self, entry_id: EntryId, order: OrderRow) -> None:
        self._orders[order.order_id] = order
        self._touch(entry_id, order)
        if order.ended:
            open_orders = self._open[order.account_id]
            del open_orders[order.order_id]
            if not open_orders:
                del self._open[order.account_id]

    def _touch(self, entry_id: EntryId, order: OrderRow) -> None:
        """Mark an order as the latest that changed."""
        order_id = order.order_id
        self._changed.pop(order_id, None)
        self._changed[order_id] = entry_id
        of_account = self._changed_of.setdefault(order.account_id, {})
        of_account.pop(order_id, None)
        of_account[order_id] = None

    def _drop(self, order: OrderRow) -> None:
        del self._orders[order.order_id]
        if order.client_id is None:
            return
        key = (order.account_id, order.client_id)
        if self._client_ids.get(key) == order.order_id:
            del self._client_ids[key]


def _row_of(order: OrderImage, status: int) -> OrderRow:
    """An open order's row. A snapshot does not say when it last changed."""
    row = row_of(
        order.order, order_id=order.order_id, quantity=order.order.quantity,
        created_ms=order.created_ms, status=status, related_order_id=order.related_order_id,
    )
    return msgspec.structs.replace(
        row, filled=order.filled, quote_filled=order.quote_filled,
        triggered_ms=order.triggered_ms,
    )
