"""REST, typed: public market data, and with an API key orders and balances."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from outcry.client.errors import Unreadable
from outcry.client.http import HttpClient
from outcry.client.models import (
    Account,
    Balance,
    Deposit,
    Depth,
    Fill,
    Kline,
    Market,
    MarkPrice,
    Order,
    PlacedOrder,
    PublicTrade,
    RefusedOrder,
    Ticker,
    Withdrawal,
)
from outcry.client.requests import (
    Member,
    OrderKind,
    OrderRequest,
    WithdrawalRequest,
    new_terms,
    which_order,
)

BATCH_MAX = 20  # Orders one batch may hold.
PAGE_MAX = 1000  # Rows one page of history may hold.

T = TypeVar("T")


class RestClient(HttpClient):
    """A client of the REST API. Use it as `async with RestClient(url) as rest:`.

    Every method raises `Refused` when the venue refuses the request, `Unreachable` when no answer
    came, and `Unreadable` when the answer is not in the API's form. No request is repeated: after
    `Unreachable`, look the order up by its `client_id`.
    """

    # Market data.

    async def time_ms(self) -> int:
        """The venue's clock."""
        return await self.get("/api/v1/time", int)

    async def markets(self) -> list[Market]:
        """Everything that can be traded."""
        return await self.get("/api/v1/markets", list[Market])

    async def ticker(self, symbol: str) -> Ticker:
        """The last day of a market."""
        return await self.get("/api/v1/ticker", Ticker, symbol=symbol)

    async def tickers(self) -> list[Ticker]:
        """The last day of every market."""
        return await self.get("/api/v1/tickers", list[Ticker])

    async def depth(self, symbol: str, *, limit: int = 1000) -> Depth:
        """The book, at most `limit` levels a side: 5, 10, 20, 50, 100, 500 or 1000."""
        return await self.get("/api/v1/depth", Depth, symbol=symbol, limit=limit)

    async def trades(self, symbol: str, *, limit: int = 100) -> list[PublicTrade]:
        """The latest trades, newest first."""
        return await self.get("/api/v1/trades", list[PublicTrade], symbol=symbol, limit=limit)

    async def klines(
        self, symbol: str, interval: str, *, start_s: int, end_s: int | None = None
    ) -> list[Kline]:
        """Candles of an interval, as `1m` or `1h`, oldest first; times in seconds."""
        query: dict[str, str | int] = {
            "symbol": symbol, "interval": interval, "startTime": start_s,
        }
        if end_s is not None:
            query["endTime"] = end_s
        return await self.get("/api/v1/klines", list[Kline], **query)

    async def mark_prices(self) -> list[MarkPrice]:
        """Outside prices."""
        return await self.get("/api/v1/markPrices", list[MarkPrice])

    # The account behind the key.

    async def account(self) -> Account:
        """The account's fees."""
        return await self.signed("GET", "/api/v1/account", "accountQuery", Account)

    async def balances(self) -> dict[str, Balance]:
        """Balances by asset."""
        return await self.signed("GET", "/api/v1/capital", "balanceQuery", dict[str, Balance])

    async def place_order(self, order: OrderRequest) -> Order:
        """Place an order; the answer is how it stands after it met the book."""
        return await self.signed(
            "POST", "/api/v1/order", "orderExecute", Order, order.members()
        )

    async def place_orders(
        self, orders: Sequence[OrderRequest]
    ) -> list[PlacedOrder | RefusedOrder]:
        """Place up to `BATCH_MAX` orders at once, each on its own; answers in the same order."""
        assert 0 < len(orders) <= BATCH_MAX
        batch = [order.members() for order in orders]
        answers = await self.signed(
            "POST", "/api/v1/orders", "orderExecute", list[PlacedOrder | RefusedOrder], batch
        )
        if len(answers) != len(orders):
            raise Unreadable(f"{len(answers)} answers to {len(orders)} orders")
        return answers

    async def order(
        self, symbol: str, *, order_id: str | None = None, client_id: int | None = None
    ) -> Order:
        """An open order by its id or by our own; `Refused` with 404 when there is none."""
        return await self.signed(
            "GET", "/api/v1/order", "orderQuery", Order, which_order(symbol, order_id, client_id)
        )

    async def cancel_order(
        self, symbol: str, *, order_id: str | None = None, client_id: int | None = None
    ) -> Order | None:
        """Cancel an open order; None when the venue took note and will do it."""
        return await self.signed_or_noted(
            "DELETE", "/api/v1/order", "orderCancel", Order,
            which_order(symbol, order_id, client_id),
        )

    async def replace_order(
        self, symbol: str, *, order_id: str | None = None, client_id: int | None = None,
        price: Decimal | None = None, quantity: Decimal | None = None,
    ) -> Order:
        """Give a resting order another price or quantity, which includes the filled part.

        It keeps its id, and its place in the queue when only the quantity falls.
        """
        which = which_order(symbol, order_id, client_id)
        return await self.signed(
            "PATCH", "/api/v1/order", "orderReplace", Order, which | new_terms(price, quantity)
        )

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Open orders, of one market or of all."""
        return await self.signed(
            "GET", "/api/v1/orders", "orderQueryAll", list[Order],
            {} if symbol is None else {"symbol": symbol},
        )

    async def cancel_orders(self, symbol: str, kind: OrderKind | None = None) -> list[Order]:
        """Cancel all open orders of a market: those that rest, those that wait for a trigger, or
        both. Empty when the venue took note and will do it.
        """
        which: dict[str, Member] = {"symbol": symbol}
        if kind is not None:
            which["orderType"] = kind
        canceled = await self.signed_or_noted(
            "DELETE", "/api/v1/orders", "orderCancelAll", list[Order], which
        )
        return canceled or []

    # History.

    async def order_history(
        self, symbol: str | None = None, *, order_id: str | None = None, limit: int = 100,
        offset: int = 0, oldest_first: bool = False,
    ) -> list[Order]:
        """A page of all orders, open ones too; newest first unless told otherwise."""
        filters = {"symbol": symbol, "orderId": order_id}
        query = _page(limit, offset, filters, oldest_first=oldest_first)
        return await self.signed(
            "GET", "/wapi/v1/history/orders", "orderHistoryQueryAll", list[Order], query
        )

    async def fill_history(
        self, symbol: str | None = None, *, order_id: str | None = None,
        from_ms: int | None = None, to_ms: int | None = None, limit: int = 100, offset: int = 0,
        oldest_first: bool = False,
    ) -> list[Fill]:
        """A page of fills, newest first unless told otherwise."""
        filters = {"symbol": symbol, "orderId": order_id, "from": from_ms, "to": to_ms}
        query = _page(limit, offset, filters, oldest_first=oldest_first)
        return await self.signed(
            "GET", "/wapi/v1/history/fills", "fillHistoryQueryAll", list[Fill], query
        )

    def every_order(
        self, symbol: str | None = None, *, page: int = PAGE_MAX
    ) -> AsyncGenerator[Order, None]:
        """All orders there are, oldest first, asked for page by page."""
        return _pages(page, lambda offset: self.order_history(
            symbol, limit=page, offset=offset, oldest_first=True
        ))

    def every_fill(
        self, symbol: str | None = None, *, from_ms: int | None = None, to_ms: int | None = None,
        page: int = PAGE_MAX,
    ) -> AsyncGenerator[Fill, None]:
        """All fills there are, oldest first, asked for page by page."""
        return _pages(page, lambda offset: self.fill_history(
            symbol, from_ms=from_ms, to_ms=to_ms, limit=page, offset=offset, oldest_first=True
        ))

    # Money in and out.

    async def deposits(
        self, *, from_ms: int | None = None, to_ms: int | None = None, limit: int = 100,
        offset: int = 0,
    ) -> list[Deposit]:
        """A page of deposits, newest first."""
        query = _page(limit, offset, {"from": from_ms, "to": to_ms})
        return await self.signed(
            "GET", "/wapi/v1/capital/deposits", "depositQueryAll", list[Deposit], query
        )

    async def withdrawals(
        self, *, from_ms: int | None = None, to_ms: int | None = None, limit: int = 100,
        offset: int = 0,
    ) -> list[Withdrawal]:
        """A page of withdrawals, newest first."""
        query = _page(limit, offset, {"from": from_ms, "to": to_ms})
        return await self.signed(
            "GET", "/wapi/v1/capital/withdrawals", "withdrawalQueryAll", list[Withdrawal], query
        )

    async def withdraw(self, withdrawal: WithdrawalRequest) -> Withdrawal:
        """Take money out."""
        return await self.signed(
            "POST", "/wapi/v1/capital/withdrawals", "withdraw", Withdrawal, withdrawal.members()
        )


def _page(
    limit: int, offset: int, filters: Mapping[str, Member | None], *, oldest_first: bool = False
) -> dict[str, Member]:
    query: dict[str, Member] = {"limit": limit, "offset": offset}
    query |= {name: value for name, value in filters.items() if value is not None}
    if oldest_first:
        query["sortDirection"] = "Asc"
    return query


async def _pages(
    page: int, ask: Callable[[int], Awaitable[Sequence[T]]]
) -> AsyncGenerator[T, None]:
    """Rows of one page after the other. New rows come at the end, so none is missed."""
    offset = 0
    while True:
        rows = await ask(offset)
        for row in rows:
            yield row
        if len(rows) < page:
            return
        offset += len(rows)
