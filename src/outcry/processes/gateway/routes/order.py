"""The order routes: place, find, replace and cancel. Each is one signed request and one answer.

Nothing here waits for a database. Commands of one turn of the loop share an entry.
"""

from collections.abc import Sequence

import structlog

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.errors import ApiError, invalid, not_found
from outcry.api.backpack.orders import (
    BATCH_MAX,
    CANCEL_ORDER,
    CANCEL_ORDERS,
    FIND_ORDER,
    PLACE_ORDER,
    REPLACE_ORDER,
    read_cancel,
    read_cancel_all,
    read_order,
    read_order_named,
    read_replace,
)
from outcry.api.backpack.private import NotPlaced
from outcry.api.backpack.queries import ANY_SYMBOL, OPEN_ORDERS, is_about_spot
from outcry.api.backpack.shapes import LiveOrder, PlacedOrder, live_order, placed_order
from outcry.engine.commands import PlaceOrder
from outcry.engine.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
)
from outcry.engine.rejects import CancelReason
from outcry.engine.units import AccountId, OrderId
from outcry.log.command_writer import Answers
from outcry.ports.people import TRADE
from outcry.processes.gateway.asgi_routes import AsgiRoutes, asgi_route
from outcry.processes.gateway.call import Call, read_call
from outcry.processes.gateway.declaration import Route, signed
from outcry.processes.gateway.http import (
    Answer,
    Receive,
    Scope,
    error_answer,
    json_answer,
    unexpected,
)
from outcry.processes.gateway.sign_in import SignIn
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views
from outcry.projections.history import OPEN, WAITING, OrderRow

log = structlog.get_logger()


class OrderRoutes(AsgiRoutes):
    """The order routes. A handler returns the answer or raises `ApiError`."""

    tag = "Orders"

    def __init__(self, *, views: Views, sign_in: SignIn) -> None:
        self._views = views
        self._sign_in = sign_in

    async def answer(self, route: Route, scope: Scope, receive: Receive) -> Answer:
        """Answer one request."""
        try:
            call = await read_call(route.declaration, scope, receive, self._sign_in)
            return json_answer(await route.handler(self, call))
        except ApiError as error:
            return error_answer(error)
        except Exception:
            log.exception("request failed", path=route.path, method=route.method)
            return error_answer(unexpected())

    @asgi_route("POST", "/api/v1/order")
    @signed("orderExecute", scope=TRADE, body=PLACE_ORDER, errors=(404,))
    async def place(self, call: Call) -> LiveOrder:
        """Place an order."""
        command = read_order(
            call.members, account_id=call.account_id, markets=self._views.markets
        )
        return self._order_after(await submit(self._views, command))

    @asgi_route("GET", "/api/v1/order")
    @signed("orderQuery", query=FIND_ORDER, errors=(404,))
    async def find(self, call: Call) -> LiveOrder:
        """Find an open order."""
        named = read_order_named(call.members, self._views.markets)
        orders = self._views.venue.orders
        if named.order_id is not None:
            order = orders.order(named.order_id)
        else:
            assert named.client_id is not None
            order = orders.by_client_id(call.account_id, named.client_id)
        if (
            order is None or order.account_id != call.account_id
            or order.status not in (OPEN, WAITING)
            or order.instrument_id != named.market.instrument.instrument_id
        ):
            raise not_found()
        return live_order(named.market, order)

    @asgi_route("PATCH", "/api/v1/order")
    @signed("orderReplace", scope=TRADE, body=REPLACE_ORDER, errors=(404,))
    async def replace(self, call: Call) -> LiveOrder:
        """Replace the price or quantity of an order that rests."""
        command = read_replace(
            call.members, account_id=call.account_id, markets=self._views.markets
        )
        return self._order_after(await submit(self._views, command))

    @asgi_route("DELETE", "/api/v1/order")
    @signed("orderCancel", scope=TRADE, body=CANCEL_ORDER, errors=(404,))
    async def cancel(self, call: Call) -> LiveOrder:
        """Cancel an order."""
        command = read_cancel(
            call.members, account_id=call.account_id, markets=self._views.markets
        )
        return self._order_after(await submit(self._views, command))

    @asgi_route("POST", "/api/v1/orders")
    @signed("orderExecute", scope=TRADE, body=PLACE_ORDER, batch=True)
    async def place_batch(self, call: Call) -> list[PlacedOrder | NotPlaced]:
        """Place up to 20 orders, each taken or refused by itself."""
        if not 0 < len(call.parts) <= BATCH_MAX:
            raise invalid(f"A batch has 1 to {BATCH_MAX} orders")
        read = [self._read_element(members, call.account_id) for members in call.parts]
        commands = [command for command in read if isinstance(command, PlaceOrder)]
        answers = iter(await submit(self._views, *commands) if commands else ())
        return [
            self._element(next(answers)) if isinstance(command, PlaceOrder)
            else _not_placed(command)
            for command in read
        ]

    @asgi_route("GET", "/api/v1/orders")
    @signed("orderQueryAll", query=OPEN_ORDERS)
    async def list_open(self, call: Call) -> list[LiveOrder]:
        """All open orders, oldest first."""
        market = ANY_SYMBOL.of(call.members, self._views.markets)
        if not is_about_spot(call.members):
            return []
        orders = self._views.venue.orders.open_of(
            call.account_id, None if market is None else market.instrument.instrument_id
        )
        return [self._live(order) for order in orders]

    @asgi_route("DELETE", "/api/v1/orders")
    @signed("orderCancelAll", scope=TRADE, body=CANCEL_ORDERS)
    async def cancel_all(self, call: Call) -> list[LiveOrder]:
        """Cancel all orders of a market."""
        [events] = await submit(self._views, read_cancel_all(
            call.members, account_id=call.account_id, markets=self._views.markets
        ))
        raise_if_rejected(events[0])
        return [
            self._live(self._order(event.order_id))
            for event in events
            if isinstance(event, OrderCanceled) and event.reason == CancelReason.BY_OWNER
        ]

    def _order_after(self, answers: Answers) -> LiveOrder:
        """The order that a command was about, as it is after its answer."""
        [events] = answers
        order = self._ordered(events)
        return live_order(self._views.market_of(order.instrument_id), order, events)

    def _read_element(self, members: Members, account_id: AccountId) -> PlaceOrder | ApiError:
        try:
            PLACE_ORDER.refuse_unknown(members)
            return read_order(members, account_id=account_id, markets=self._views.markets)
        except ApiError as error:
            return error

    def _element(self, events: Sequence[Event]) -> PlacedOrder | NotPlaced:
        try:
            order = self._ordered(events)
        except ApiError as error:
            return _not_placed(error)
        return placed_order(self._views.market_of(order.instrument_id), order)

    def _ordered(self, events: Sequence[Event]) -> OrderRow:
        """The order that a command was about; raises `ApiError` when it was refused."""
        first = events[0]
        raise_if_rejected(first)
        assert isinstance(first, OrderAccepted | OrderWaiting | OrderReplaced | OrderCanceled)
        return self._order(first.order_id)

    def _order(self, order_id: OrderId) -> OrderRow:
        """An order as it is now: its entry was folded before its answer was handed out."""
        order = self._views.venue.orders.order(order_id)
        assert order is not None
        return order

    def _live(self, order: OrderRow) -> LiveOrder:
        return live_order(self._views.market_of(order.instrument_id), order)


def _not_placed(error: ApiError) -> NotPlaced:
    return NotPlaced(error.code.value, error.message, error.retryable)
