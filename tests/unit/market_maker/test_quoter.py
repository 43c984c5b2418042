"""A market stays quoted whatever the venue does, and no quote outlives its mark."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from outcry.client import (
    Balance,
    ClientError,
    MarkUpdate,
    Order,
    OrderRequest,
    OrderUpdate,
    PlacedOrder,
    Refused,
    RefusedOrder,
    Unreachable,
)
from outcry.market_maker.holdings import Holdings
from outcry.market_maker.market_view import MarketView
from outcry.market_maker.quoter import Quoter
from outcry.market_maker.quoting import QuotingParameters, Rules
from outcry.runtime.backoff import Backoff

RULES = Rules(
    symbol="SOL_USDC", base="SOL", quote="USDC", tick_size=Decimal("0.01"),
    lot_size=Decimal("0.01"), unit_value=0.0001, price_max=10_000_000, quantity_min=1,
    quantity_max=100_000_000,
)


class Venue:
    """One market's open orders, with the REST calls a quoter makes.

    `fault` is asked before and after each call what should go wrong there.
    """

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.calls: list[str] = []
        self.fault: Callable[[str], Exception | None] = lambda _: None
        self.called = asyncio.Event()
        self._last_id = 0

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        assert "SOL_USDC" == symbol
        return await self._call("list", lambda: list(self.orders.values()))

    async def place_orders(
        self, orders: Sequence[OrderRequest]
    ) -> list[PlacedOrder | RefusedOrder]:
        return await self._call("place", lambda: [self._place(order) for order in orders])

    async def cancel_order(self, symbol: str, *, order_id: str) -> None:
        def cancel() -> None:
            if self.orders.pop(order_id, None) is None:
                raise Refused(404, "RESOURCE_NOT_FOUND", "Not Found")

        await self._call("cancel", cancel)

    async def cancel_orders(self, symbol: str) -> list[Order]:
        def cancel() -> list[Order]:
            canceled = list(self.orders.values())
            self.orders.clear()
            return canceled

        return await self._call("cancel all", cancel)

    async def balances(self) -> dict[str, Balance]:
        return {
            asset: Balance(available=Decimal(10**6), locked=Decimal(0)) for asset in ("SOL", "USDC")
        }

    async def _call(self, name: str, act: Callable[[], Any]) -> Any:
        self.calls.append(name)
        self.called.set()
        await asyncio.sleep(0)
        for moment in (name, f"after {name}"):
            if moment == f"after {name}":
                answer = act()
            if problem := self.fault(moment):
                raise problem
        return answer

    def _place(self, request: OrderRequest) -> PlacedOrder | RefusedOrder:
        assert request.post_only
        others = [o.price for o in self.orders.values() if o.side != request.side]
        assert request.price is not None
        for price in others:
            assert price is not None
            if (request.price >= price) if request.side == "Bid" else (request.price <= price):
                return RefusedOrder(code="INVALID_ORDER", message="would take")
        self._last_id += 1
        placed = PlacedOrder(
            id=str(self._last_id), symbol=request.symbol, side=request.side, order_type="Limit",
            status="New", executed_quantity=Decimal(0), executed_quote_quantity=Decimal(0),
            time_in_force="GTC", created_at=0, quantity=request.quantity, price=request.price,
        )
        self.orders[placed.id] = placed
        return placed

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looking after each call and a little later."""
        while not holds():
            self.called.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await self.called.wait()


class Scene:
    """A quoter of SOL at 140.00 on a venue of its own."""

    def __init__(self) -> None:
        self.venue = Venue()
        self.now_s = 1000.0
        self.market = MarketView(RULES, monotonic_s=lambda: self.now_s)
        self.holdings = Holdings()
        rest: Any = self.venue
        self.quoter = Quoter(
            rest, self.market, self.holdings, QuotingParameters(), random=Random(1), share=1.0,
            pause_s=0, backoff=Backoff(first_s=0.001, longest_s=0.01),
        )

    def mark(self, price: str, *, age_s: float = 0.0) -> None:
        sent_us = int(self.now_s * 1e6)
        self.market.on_mark(MarkUpdate(
            symbol="SOL_USDC", price=Decimal(price), sent_us=sent_us,
            source_us=sent_us - int(age_s * 1e6),
        ))
        self.quoter.wake()

    def update(self, order: Order, *, status: str, executed: str = "0") -> OrderUpdate:
        return OrderUpdate(
            event="orderFill" if executed != "0" else "orderAccepted", symbol="SOL_USDC",
            order_id=order.id, side=order.side, order_type="LIMIT", time_in_force="GTC",
            status=status, quantity=order.quantity or Decimal(0), price=order.price,
            executed_quantity=Decimal(executed), executed_quote_quantity=Decimal(0), time_us=0,
        )

    @property
    def quoted(self) -> bool:
        return 20 == len(self.venue.orders) == len(self.quoter.orders)

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[None]:
        rest: Any = self.venue
        await self.holdings.refresh(rest)
        running = asyncio.create_task(self.quoter.run())
        try:
            yield
        finally:
            running.cancel()

    def prices(self, side: str) -> list[Decimal]:
        return [o.price for o in self.venue.orders.values() if o.side == side and o.price]


async def test_the_market_is_quoted_around_the_mark_and_follows_it() -> None:
    """Ten orders a side; after the mark moved, they are around the new one."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        assert max(scene.prices("Bid")) < 140 < min(scene.prices("Ask"))
        scene.now_s += 1
        scene.mark("142")
        await scene.venue.until(
            lambda: scene.quoted and max(scene.prices("Bid"), default=Decimal(0)) > 141
        )
        assert max(scene.prices("Bid")) < 142 < min(scene.prices("Ask"))


async def test_orders_of_an_earlier_run_are_taken_over() -> None:
    """What is still in the book after a crash is kept where it fits; nothing is doubled."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        before = set(scene.venue.orders)
        again = Scene()
        again.venue = scene.venue
        rest: Any = scene.venue
        again.quoter = Quoter(
            rest, again.market, scene.holdings, QuotingParameters(), random=Random(2), share=1.0,
            pause_s=0,
        )
        again.mark("140")
        running = asyncio.create_task(again.quoter.run())
        scene.venue.calls.clear()
        await scene.venue.until(lambda: "place" in scene.venue.calls and again.quoted)
        running.cancel()
        assert "list" == scene.venue.calls[0]
        assert 10 <= len(before & set(scene.venue.orders))


async def test_a_stale_mark_takes_every_quote_out_of_the_book() -> None:
    """A source that went silent, told by the age the stream states."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        scene.mark("140", age_s=6.0)
        await scene.venue.until(lambda: not scene.venue.orders)
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)


async def test_a_stream_that_went_silent_is_a_stale_mark_too() -> None:
    """No news at all for longer than marks may take."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        scene.now_s += 6
        await scene.venue.until(lambda: not scene.venue.orders)


async def test_when_the_outcome_is_in_doubt_the_list_is_asked_for() -> None:
    """Orders that were placed without our hearing of it are found, not doubled."""
    scene = Scene()
    problems: list[ClientError] = [Unreachable("gone"), Refused(503, "TIMEOUT", "?")]

    def fault(moment: str) -> Exception | None:
        return problems.pop() if moment == "after place" and problems else None
    async with scene.playing():
        scene.venue.fault = fault
        scene.mark("140")
        await scene.venue.until(lambda: not problems and scene.quoted)
        assert 20 == len(scene.venue.orders)
        assert scene.venue.calls.count("list") >= 3


async def test_a_venue_that_is_down_is_tried_until_it_is_back() -> None:
    """Every call fails for a while; then the market is quoted again."""
    scene = Scene()
    failures = iter(range(5))

    def fault(moment: str) -> Exception | None:
        return Unreachable(moment) if next(failures, None) is not None else None
    async with scene.playing():
        scene.venue.fault = fault
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)


async def test_an_eaten_quote_is_replaced_at_once() -> None:
    """A fill on the stream wakes the quoter; a level that is gone is placed anew."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        order = next(iter(scene.venue.orders.values()))
        del scene.venue.orders[order.id]
        scene.quoter.on_order(scene.update(order, status="Filled", executed=str(order.quantity)))
        await scene.venue.until(lambda: scene.quoted)
        assert order.id not in scene.venue.orders
        assert 1 == scene.quoter.counts["filled"]


async def test_withdrawing_leaves_nothing_behind() -> None:
    """What the runner does when it is told to stop."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        scene.venue.fault = lambda moment: Unreachable("stopped") if moment == "place" else None
        await scene.quoter.withdraw()
        assert {} == scene.venue.orders


async def test_the_book_is_stable_when_nothing_happens() -> None:
    """With the mark standing still, ten more looks replace less than a tenth each time."""
    scene = Scene()
    async with scene.playing():
        scene.mark("140")
        await scene.venue.until(lambda: scene.quoted)
        placed = scene.quoter.counts["placed"]
        for _ in range(10):
            scene.quoter.wake()
            for _ in range(50):
                await asyncio.sleep(0)
        assert scene.quoter.counts["placed"] - placed < 20


def test_an_update_and_an_answer_may_come_in_any_order() -> None:
    """An order that the stream says is done is not taken for open because of a late answer."""
    scene = Scene()
    order = msgspec.json.decode(
        b'{"id":"1","symbol":"SOL_USDC","side":"Bid","orderType":"Limit","status":"New",'
        b'"executedQuantity":"0","executedQuoteQuantity":"0","timeInForce":"GTC","createdAt":0,'
        b'"quantity":"2","price":"140"}',
        type=Order,
    )
    scene.quoter.on_order(scene.update(order, status="Filled", executed="2"))
    scene.quoter.on_order(scene.update(order, status="New"))
    assert 0 == len(scene.quoter.orders)
