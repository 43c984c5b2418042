"""The order routes: place, find, replace and cancel. Each is one signed request and one answer.

Nothing here waits for a database, and what is submitted in one turn of the loop shares an entry.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from outcry.api.backpack.bodies import Members, parse_batch, parse_members
from outcry.api.backpack.errors import ApiError, invalid, not_found
from outcry.api.backpack.markets import market_named
from outcry.api.backpack.orders import (
    BATCH_MAX,
    read_cancel,
    read_cancel_all,
    read_order,
    read_order_named,
    read_replace,
)
from outcry.api.backpack.private import NotPlaced
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
from outcry.processes.gateway.http import (
    Answer,
    Application,
    Call,
    Receive,
    Scope,
    Send,
    error_answer,
    json_answer,
    read_call,
    send_answer,
    unexpected,
)
from outcry.processes.gateway.shapes import LiveOrder, PlacedOrder, live_order, placed_order
from outcry.processes.gateway.sign_in import SignIn, address_of, query_of
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views
from outcry.projections.history import OPEN, WAITING, OrderRow

ORDER: Final = "/api/v1/order"
ORDERS: Final = "/api/v1/orders"
LIMITED: Final = ("/api/", "/wapi/")  # The terminal's own files are not counted.

log = structlog.get_logger()


class OrderRoutes:
    """An ASGI application that answers the order routes itself and hands on everything else."""

    def __init__(self, otherwise: Application, *, views: Views, sign_in: SignIn) -> None:
        self._otherwise = otherwise
        self._views = views
        self._sign_in = sign_in
        self._routes: dict[tuple[str, str], Callable[[Call], Awaitable[Answer]]] = {
            (ORDER, "POST"): self._place,
            (ORDER, "GET"): self._find,
            (ORDER, "PATCH"): self._replace,
            (ORDER, "DELETE"): self._cancel,
            (ORDERS, "POST"): self._place_batch,
            (ORDERS, "GET"): self._list_open,
            (ORDERS, "DELETE"): self._cancel_all,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._otherwise(scope, receive, send)
            return
        path: str = scope["path"]
        route = self._routes.get((path, scope["method"]))
        answer: Answer | None = None
        try:
            if path.startswith(LIMITED):
                self._sign_in.admit(address_of(scope))
            if route is not None:
                answer = await route(await read_call(scope, receive))
        except ApiError as error:
            answer = error_answer(error)
        except Exception:
            log.exception("request failed", path=path, method=scope["method"])
            answer = error_answer(unexpected())
        if answer is None:
            await self._otherwise(scope, receive, send)
        else:
            await send_answer(send, answer)

    async def _place(self, call: Call) -> Answer:
        members = parse_members(call.body)
        key = await self._sign_in.check(call.caller, "orderExecute", (members,), trades=True)
        command = read_order(members, account_id=key.account_id, markets=self._views.markets)
        [events] = await submit(self._views, command)
        return json_answer(self._live(self._ordered(events)))

    async def _place_batch(self, call: Call) -> Answer:
        batch = parse_batch(call.body)
        key = await self._sign_in.check(call.caller, "orderExecute", batch, trades=True)
        if not 0 < len(batch) <= BATCH_MAX:
            raise invalid(f"A batch has 1 to {BATCH_MAX} orders")
        read = [self._read_element(members, key.account_id) for members in batch]
        commands = [command for command in read if isinstance(command, PlaceOrder)]
        answers = iter(await submit(self._views, *commands) if commands else ())
        return json_answer([
            self._element(next(answers)) if isinstance(command, PlaceOrder)
            else _not_placed(command)
            for command in read
        ])

    async def _find(self, call: Call) -> Answer:
        query = query_of(call.query)
        key = await self._sign_in.check(call.caller, "orderQuery", (query,))
        named = read_order_named(query, self._views.markets)
        orders = self._views.venue.orders
        if named.order_id is not None:
            order = orders.order(named.order_id)
        else:
            assert named.client_id is not None
            order = orders.by_client_id(key.account_id, named.client_id)
        if (
            order is None or order.account_id != key.account_id
            or order.status not in (OPEN, WAITING)
            or order.instrument_id != named.market.instrument.instrument_id
        ):
            raise not_found()
        return json_answer(live_order(named.market, order))

    async def _list_open(self, call: Call) -> Answer:
        query = query_of(call.query)
        key = await self._sign_in.check(call.caller, "orderQueryAll", (query,))
        instrument_id = None
        if query.get("symbol"):
            market = market_named(self._views.markets, query["symbol"])
            instrument_id = market.instrument.instrument_id
        if query.get("marketType", "SPOT") != "SPOT":
            return json_answer([])
        orders = self._views.venue.orders.open_of(key.account_id, instrument_id)
        return json_answer([self._live(order) for order in orders])

    async def _cancel(self, call: Call) -> Answer:
        members = parse_members(call.body)
        key = await self._sign_in.check(call.caller, "orderCancel", (members,), trades=True)
        command = read_cancel(members, account_id=key.account_id, markets=self._views.markets)
        [events] = await submit(self._views, command)
        return json_answer(self._live(self._ordered(events)))

    async def _replace(self, call: Call) -> Answer:
        members = parse_members(call.body)
        key = await self._sign_in.check(call.caller, "orderReplace", (members,), trades=True)
        command = read_replace(members, account_id=key.account_id, markets=self._views.markets)
        [events] = await submit(self._views, command)
        return json_answer(self._live(self._ordered(events)))

    async def _cancel_all(self, call: Call) -> Answer:
        members = parse_members(call.body)
        key = await self._sign_in.check(call.caller, "orderCancelAll", (members,), trades=True)
        command = read_cancel_all(members, account_id=key.account_id, markets=self._views.markets)
        [events] = await submit(self._views, command)
        raise_if_rejected(events[0])
        return json_answer([
            self._live(self._order(event.order_id))
            for event in events
            if isinstance(event, OrderCanceled) and event.reason == CancelReason.BY_OWNER
        ])

    def _read_element(self, members: Members, account_id: AccountId) -> PlaceOrder | ApiError:
        try:
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
    return NotPlaced(code=error.code.value, message=error.message)
