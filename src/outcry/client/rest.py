"""REST, typed: market data for everybody, and orders and balances for who has an API key."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from outcry.client.errors import Refused, Unreachable, Unreadable
from outcry.client.keys import ApiKey
from outcry.client.models import (
    Account,
    Balance,
    Depth,
    Fill,
    Kline,
    Market,
    MarkPrice,
    Order,
    OrderRequest,
    PlacedOrder,
    PublicTrade,
    RefusedOrder,
    Ticker,
)

BATCH_MAX = 20  # Orders one batch may hold.
REQUEST_S_MAX = 15.0

T = TypeVar("T")
Members = Mapping[str, str | int | bool]


class _ErrorBody(msgspec.Struct):
    code: str = ""
    message: str = ""


class RestClient:
    """A client of the REST API. Use it as `async with RestClient(url) as rest:`.

    Every method raises `Refused` when the venue says no, `Unreachable` when no answer came, and
    `Unreadable` when the answer is not the API's. Nothing is tried twice: after `Unreachable`, ask
    for the order by its `client_id`.
    """

    def __init__(
        self, url: str, *, key: ApiKey | None = None, request_s: float = REQUEST_S_MAX
    ) -> None:
        """`url` is the venue's address, as `http://127.0.0.1:3005`."""
        self._url = url.rstrip("/")
        self._key = key
        self._timeout = aiohttp.ClientTimeout(total=request_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # Market data.

    async def time_ms(self) -> int:
        """The venue's clock."""
        return await self._get("/api/v1/time", int)

    async def markets(self) -> list[Market]:
        """Everything that can be traded."""
        return await self._get("/api/v1/markets", list[Market])

    async def ticker(self, symbol: str) -> Ticker:
        """The last day of a market."""
        return await self._get("/api/v1/ticker", Ticker, symbol=symbol)

    async def tickers(self) -> list[Ticker]:
        """The last day of every market."""
        return await self._get("/api/v1/tickers", list[Ticker])

    async def depth(self, symbol: str, *, limit: int = 1000) -> Depth:
        """The book, at most `limit` levels a side: 5, 10, 20, 50, 100, 500 or 1000."""
        return await self._get("/api/v1/depth", Depth, symbol=symbol, limit=limit)

    async def trades(self, symbol: str, *, limit: int = 100) -> list[PublicTrade]:
        """The latest trades, newest first."""
        return await self._get("/api/v1/trades", list[PublicTrade], symbol=symbol, limit=limit)

    async def klines(
        self, symbol: str, interval: str, *, start_s: int, end_s: int | None = None
    ) -> list[Kline]:
        """Candles of an interval, as `1m` or `1h`, oldest first; times in seconds."""
        query: dict[str, str | int] = {
            "symbol": symbol, "interval": interval, "startTime": start_s,
        }
        if end_s is not None:
            query["endTime"] = end_s
        return await self._get("/api/v1/klines", list[Kline], **query)

    async def mark_prices(self) -> list[MarkPrice]:
        """Outside prices."""
        return await self._get("/api/v1/markPrices", list[MarkPrice])

    # The account behind the key.

    async def account(self) -> Account:
        """The account's fees."""
        return await self._signed("GET", "/api/v1/account", "accountQuery", Account)

    async def balances(self) -> dict[str, Balance]:
        """Balances by asset."""
        return await self._signed("GET", "/api/v1/capital", "balanceQuery", dict[str, Balance])

    async def place_order(self, order: OrderRequest) -> Order:
        """Place an order; the answer is how it stands after it met the book."""
        return await self._signed(
            "POST", "/api/v1/order", "orderExecute", Order, order.members()
        )

    async def place_orders(
        self, orders: Sequence[OrderRequest]
    ) -> list[PlacedOrder | RefusedOrder]:
        """Place up to `BATCH_MAX` orders at once, each on its own; answers in the same order."""
        assert 0 < len(orders) <= BATCH_MAX
        batch = [order.members() for order in orders]
        answers = await self._signed(
            "POST", "/api/v1/orders", "orderExecute", list[PlacedOrder | RefusedOrder], batch
        )
        if len(answers) != len(orders):
            raise Unreadable(f"{len(answers)} answers to {len(orders)} orders")
        return answers

    async def order(
        self, symbol: str, *, order_id: str | None = None, client_id: int | None = None
    ) -> Order:
        """An open order by its id or by our own; `Refused` with 404 when there is none."""
        return await self._signed(
            "GET", "/api/v1/order", "orderQuery", Order, _which(symbol, order_id, client_id)
        )

    async def cancel_order(
        self, symbol: str, *, order_id: str | None = None, client_id: int | None = None
    ) -> Order | None:
        """Cancel an open order; None when the venue took note and will do it."""
        which = _which(symbol, order_id, client_id)
        body = await self._signed_bytes("DELETE", "/api/v1/order", "orderCancel", which)
        return _decode(body, Order) if body else None

    async def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Open orders, of one market or of all."""
        return await self._signed(
            "GET", "/api/v1/orders", "orderQueryAll", list[Order],
            {} if symbol is None else {"symbol": symbol},
        )

    async def cancel_orders(self, symbol: str) -> list[Order]:
        """Cancel all open orders of a market; empty when the venue took note and will do it."""
        body = await self._signed_bytes(
            "DELETE", "/api/v1/orders", "orderCancelAll", {"symbol": symbol}
        )
        return _decode(body, list[Order]) if body else []

    async def order_history(
        self, symbol: str | None = None, *, order_id: str | None = None, limit: int = 100,
        offset: int = 0,
    ) -> list[Order]:
        """Orders open and past, newest first."""
        query = _history(symbol, order_id, limit, offset)
        return await self._signed(
            "GET", "/wapi/v1/history/orders", "orderHistoryQueryAll", list[Order], query
        )

    async def fill_history(
        self, symbol: str | None = None, *, order_id: str | None = None, limit: int = 100,
        offset: int = 0,
    ) -> list[Fill]:
        """Fills, newest first."""
        query = _history(symbol, order_id, limit, offset)
        return await self._signed(
            "GET", "/wapi/v1/history/fills", "fillHistoryQueryAll", list[Fill], query
        )

    # How it is sent.

    async def _get(self, path: str, answer: type[T], **query: str | int) -> T:
        return _decode(await self._request("GET", path, params=query), answer)

    async def _signed(
        self, method: str, path: str, instruction: str, answer: type[T],
        content: Members | Sequence[Members] | None = None,
    ) -> T:
        return _decode(await self._signed_bytes(method, path, instruction, content), answer)

    async def _signed_bytes(
        self, method: str, path: str, instruction: str,
        content: Members | Sequence[Members] | None,
    ) -> bytes:
        if self._key is None:
            raise ValueError(f"{path} needs an API key")
        members: Members | Sequence[Members] = content or {}
        requests = [members] if isinstance(members, Mapping) else members
        headers = self._key.headers(instruction, requests)
        if method == "GET":
            return await self._request(method, path, headers=headers, params=members)
        headers["Content-Type"] = "application/json"
        body = msgspec.json.encode(members)
        return await self._request(method, path, headers=headers, data=body)

    async def _request(self, method: str, path: str, **options: Any) -> bytes:
        if self._session is None:
            raise RuntimeError("use the client within `async with`")
        try:
            async with self._session.request(method, self._url + path, **options) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError) as error:  # A TimeoutError is an OSError.
            why = str(error) or type(error).__name__
            raise Unreachable(f"{method} {path}: {why}") from error
        if response.status >= 400:
            raise _refusal(response.status, body)
        return body


def _decode(body: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except msgspec.DecodeError as error:
        raise Unreadable(f"{error}: {body[:200].decode(errors='replace')}") from error


def _refusal(status: int, body: bytes) -> Refused:
    try:
        said = msgspec.json.decode(body, type=_ErrorBody)
    except msgspec.DecodeError:
        # Proxies and parse errors answer in plain text.
        return Refused(status, "", body[:200].decode(errors="replace"))
    return Refused(status, said.code, said.message)


def _which(symbol: str, order_id: str | None, client_id: int | None) -> dict[str, str | int]:
    if (order_id is None) == (client_id is None):
        raise ValueError("name the order by exactly one of order_id and client_id")
    if order_id is not None:
        return {"symbol": symbol, "orderId": order_id}
    assert client_id is not None
    return {"symbol": symbol, "clientId": client_id}


def _history(
    symbol: str | None, order_id: str | None, limit: int, offset: int
) -> dict[str, str | int]:
    query: dict[str, str | int] = {"limit": limit, "offset": offset}
    if symbol is not None:
        query["symbol"] = symbol
    if order_id is not None:
        query["orderId"] = order_id
    return query
