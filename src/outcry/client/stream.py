"""The WebSocket stream: subscriptions that survive reconnects, and books that are kept exact.

A subscription is either read (`async for trade in stream.trades("SOL_USDC")`) or has a callback.
After a lost connection everything is subscribed to again; the messages in between are gone, except
in books, which start again from a snapshot. `on_connected` tells when to ask REST for them.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, Literal, Self, TypeVar

import msgspec
import structlog

from outcry.api.backpack.stream import PARSE_ERROR
from outcry.client.book import OrderBook
from outcry.client.errors import FellBehind
from outcry.client.frames import (
    BalanceUpdate,
    DepthUpdate,
    KlineUpdate,
    MarkUpdate,
    OrderUpdate,
    TickerUpdate,
    TopUpdate,
    TradeUpdate,
)
from outcry.client.keys import ApiKey
from outcry.client.live_book import LiveBook
from outcry.client.rest import RestClient
from outcry.client.socket import ReconnectingSocket
from outcry.runtime.backoff import Backoff

WAITING_MAX = 10_000  # Messages a subscription may be behind.

_MARK = '{"method": "MARK", "params": []}'  # No request: the venue refuses it in its turn.

DepthWindow = Literal["200ms", "600ms", "1000ms"]

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Subscription(Generic[T]):
    """Messages of one stream, as an endless async iterator. `close` it to unsubscribe."""

    def __init__(
        self, stream: str, message: type[T], callback: Callable[[T], None] | None,
        on_close: Callable[["Subscription[Any]"], None],
    ) -> None:
        self.stream = stream
        self._decoder = msgspec.json.Decoder(message)
        self._callback = callback
        self._on_close = on_close
        self._waiting: deque[T] = deque()
        self._arrived = asyncio.Event()
        self._closed = False
        self._fell_behind = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._fell_behind:
                raise FellBehind(f"{self.stream}: more than {WAITING_MAX} messages were waiting")
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def close(self) -> None:
        """Unsubscribe; messages that have come can still be read."""
        if not self._closed:
            self._closed = True
            self._arrived.set()
            self._on_close(self)

    def deliver(self, data: msgspec.Raw) -> None:
        """Take in a message; called by the stream."""
        message = self._decoder.decode(data)
        if self._callback is not None:
            self._callback(message)
            return
        self._waiting.append(message)
        self._arrived.set()
        if len(self._waiting) > WAITING_MAX:
            self._waiting.clear()
            self._fell_behind = True
            self.close()


class _Fault(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Envelope(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw()
    error: _Fault | None = None


class StreamClient:
    """A connection to the stream. Use it as `async with StreamClient(url) as stream:`."""

    def __init__(
        self, url: str, *, key: ApiKey | None = None, rest: RestClient | None = None,
        on_connected: Callable[[], None] | None = None, backoff: Backoff | None = None,
        silence_s: float | None = None,
    ) -> None:
        """`key` is needed for private streams, `rest` for books.

        `on_connected` is called each time the connection stands and everything was subscribed to.
        When nothing comes for `silence_s` the connection is given up for a new one; without it
        that takes an unanswered ping. With a book it can be a few seconds, because a quiet book
        sends twice a second.
        """
        self._key = key
        self._rest = rest
        self._on_connected = on_connected
        self._socket = ReconnectingSocket(
            url, on_open=self._on_open, backoff=backoff, silence_s=silence_s
        )
        self._subscriptions: dict[str, list[Subscription[Any]]] = {}
        self._books: dict[str, LiveBook] = {}
        self._envelope = msgspec.json.Decoder(_Envelope)
        self._marks: deque[asyncio.Future[None]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        for book in self._books.values():
            await book.close()
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    @property
    def connected(self) -> bool:
        """Whether the connection stands right now."""
        return self._socket.connected

    @property
    def connections(self) -> int:
        """How often it was connected."""
        return self._socket.connections

    async def subscribed(self) -> None:
        """Wait until the venue listens to all that was subscribed to so far.

        It acknowledges nothing, but answers in order: so it is sent something that is no request,
        and when that is refused everything before it has been carried out.
        """
        mark: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._marks.append(mark)
        self._socket.send(_MARK)
        await mark

    async def closed(self) -> None:
        """Wait for the end of the stream; raises its cause, such as a callback's error."""
        assert self._running is not None, "use the client within `async with`"
        await asyncio.shield(self._running)

    def trades(
        self, symbol: str, callback: Callable[[TradeUpdate], None] | None = None
    ) -> Subscription[TradeUpdate]:
        """Public trades."""
        return self._subscribe(f"trade.{symbol}", TradeUpdate, callback)

    def tickers(
        self, symbol: str, callback: Callable[[TickerUpdate], None] | None = None
    ) -> Subscription[TickerUpdate]:
        """The last 24 hours, every second."""
        return self._subscribe(f"ticker.{symbol}", TickerUpdate, callback)

    def tops(
        self, symbol: str, callback: Callable[[TopUpdate], None] | None = None
    ) -> Subscription[TopUpdate]:
        """Best bid and ask."""
        return self._subscribe(f"bookTicker.{symbol}", TopUpdate, callback)

    def marks(
        self, symbol: str, callback: Callable[[MarkUpdate], None] | None = None
    ) -> Subscription[MarkUpdate]:
        """The outside price."""
        return self._subscribe(f"markPrice.{symbol}", MarkUpdate, callback)

    def klines(
        self, symbol: str, interval: str, callback: Callable[[KlineUpdate], None] | None = None
    ) -> Subscription[KlineUpdate]:
        """Candles of an interval."""
        return self._subscribe(f"kline.{interval}.{symbol}", KlineUpdate, callback)

    def depths(
        self, symbol: str, window: DepthWindow | None = None,
        callback: Callable[[DepthUpdate], None] | None = None,
    ) -> Subscription[DepthUpdate]:
        """Changes of a book, each by itself or those of a window put together.

        To have the book itself, use `book`.
        """
        stream = f"depth.{symbol}" if window is None else f"depth.{window}.{symbol}"
        return self._subscribe(stream, DepthUpdate, callback)

    def order_updates(
        self, symbol: str | None = None, callback: Callable[[OrderUpdate], None] | None = None
    ) -> Subscription[OrderUpdate]:
        """The user's own orders, of one market or of all."""
        stream = "account.orderUpdate" if symbol is None else f"account.orderUpdate.{symbol}"
        return self._subscribe(stream, OrderUpdate, callback)

    def balance_updates(
        self, callback: Callable[[BalanceUpdate], None] | None = None
    ) -> Subscription[BalanceUpdate]:
        """The user's own balances."""
        return self._subscribe("account.balanceUpdate", BalanceUpdate, callback)

    def book(
        self, symbol: str, on_change: Callable[[OrderBook], None] | None = None
    ) -> LiveBook:
        """The book of a market, kept exact from now on.

        `on_change` is called after each change while it is exact; only the first call for a market
        can set it.
        """
        if self._rest is None:
            raise ValueError("books need a REST client for their snapshots")
        if symbol not in self._books:
            book = LiveBook(symbol, self._rest, on_change=on_change)
            self._books[symbol] = book
            self._subscribe(f"depth.{symbol}", DepthUpdate, book.on_update)
            if self._socket.connected:
                book.reset()
        return self._books[symbol]

    def _subscribe(
        self, stream: str, message: type[T], callback: Callable[[T], None] | None
    ) -> Subscription[T]:
        if _is_private(stream) and self._key is None:
            raise ValueError(f"{stream} needs an API key")
        subscription = Subscription(stream, message, callback, self._unsubscribe)
        others = self._subscriptions.setdefault(stream, [])
        others.append(subscription)
        if len(others) == 1:
            self._socket.send(self._request("SUBSCRIBE", [stream]))
        return subscription

    def _unsubscribe(self, subscription: Subscription[Any]) -> None:
        others = self._subscriptions[subscription.stream]
        others.remove(subscription)
        if not others:
            del self._subscriptions[subscription.stream]
            self._socket.send(self._request("UNSUBSCRIBE", [subscription.stream]))

    def _request(self, method: str, streams: list[str]) -> str:
        request: dict[str, object] = {"method": method, "params": streams}
        if self._key is not None and any(_is_private(stream) for stream in streams):
            request["signature"] = self._key.subscription()
        return msgspec.json.encode(request).decode()

    def _on_open(self) -> list[str]:
        public = [stream for stream in self._subscriptions if not _is_private(stream)]
        private = [stream for stream in self._subscriptions if _is_private(stream)]
        requests = [
            self._request("SUBSCRIBE", streams) for streams in (public, private) if streams
        ]
        return requests + [_MARK] * len(self._marks)

    def _after_open(self) -> None:
        for book in self._books.values():
            book.reset()
        if self._on_connected is not None:
            self._on_connected()

    async def _run(self) -> None:
        async for text in self._socket.messages(self._after_open):
            self._deliver(text)

    def _deliver(self, text: str) -> None:
        try:
            envelope = self._envelope.decode(text)
            if envelope.error is not None:
                self._refused(envelope.error)
            if envelope.stream:
                for subscription in tuple(self._subscriptions.get(envelope.stream, ())):
                    subscription.deliver(envelope.data)
        except msgspec.DecodeError as error:
            log.warning("unreadable message", why=str(error), message=text[:200])

    def _refused(self, fault: _Fault) -> None:
        if fault.code != PARSE_ERROR or not self._marks:
            log.warning("the stream refused a request", code=fault.code, why=fault.message)
            return
        mark = self._marks.popleft()
        if not mark.done():  # Else nobody waits for it any more.
            mark.set_result(None)


def _is_private(stream: str) -> bool:
    return stream.startswith("account.")
