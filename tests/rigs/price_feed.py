"""A stand-in for the live feed on a real socket: it speaks Backpack's stream, well and badly."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from aiohttp import web

from rigs.patience import PATIENCE_S

STEADY_S = 0.1  # Between two words of a steady feed.

T = TypeVar("T")


class Feed:
    """Says what it is told to the newest client that subscribed."""

    def __init__(self) -> None:
        self.url = ""
        self.updates = 0
        self.sockets: list[web.WebSocketResponse] = []
        self.came = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            assert "SUBSCRIBE" == asked["method"]
            if socket not in self.sockets:
                self.sockets.append(socket)
            self.came.set()
        return socket

    async def client(self) -> None:
        """Wait for a client that has subscribed."""
        async with asyncio.timeout(PATIENCE_S):
            await self.came.wait()
        self.came.clear()

    async def say(self, price: str, symbol: str = "SOL_USDC", *, ask: str | None = None) -> None:
        """A price, which is bid and ask unless there is another ask."""
        self.updates += 1
        await self.raw(json.dumps({"stream": f"bookTicker.{symbol}", "data": {
            "e": "bookTicker", "s": symbol, "E": time.time_ns() // 1_000, "a": ask or price,
            "A": "1", "b": price, "B": "1", "u": self.updates,
        }}))

    async def raw(self, text: str) -> None:
        """Any text at all."""
        await self.sockets[-1].send_str(text)

    def cut(self) -> None:
        """Break the connection in the middle of a frame."""
        self._write(b"\x81\x7e\x01\x00{half a fra")

    def drop(self) -> None:
        """Break the connection."""
        self._write(b"")

    def _write(self, last: bytes) -> None:
        transport = self.sockets[-1]._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.write(last)  # type: ignore[attr-defined]
        transport.abort()  # type: ignore[attr-defined]


@asynccontextmanager
async def running_feed() -> AsyncIterator[Feed]:
    """A feed on a port of its own, on this loop."""
    feed = Feed()
    app = web.Application()
    app.router.add_get("/", feed.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        feed.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
        yield feed
    finally:
        await runner.cleanup()


class SteadyFeed:
    """A feed on a thread of its own, which says again and again where each symbol stands."""

    def __init__(self, prices: dict[str, str]) -> None:
        self.prices = prices
        self.silent = False
        self.url = ""
        self._feed: Feed | None = None
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def do(self, act: Callable[[Feed], Coroutine[Any, Any, T]]) -> T:
        """Have the feed do something out of turn."""
        feed = self._feed
        assert feed is not None
        return asyncio.run_coroutine_threadsafe(act(feed), self._loop).result(PATIENCE_S)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def stop(self) -> None:
        """End, and its connections with it."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def _run(self) -> None:
        async with running_feed() as feed:
            self._feed, self.url = feed, feed.url
            self._ready.set()
            while not self._stop.is_set():
                if not self.silent and feed.sockets:
                    for symbol, price in self.prices.items():
                        await self._say(feed, symbol, price)
                await self._pause()

    async def _say(self, feed: Feed, symbol: str, price: str) -> None:
        try:
            await feed.say(price, symbol)
        except (ConnectionError, RuntimeError):  # Whoever listened has gone, or is going.
            return

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(STEADY_S):
                await self._stop.wait()
        except TimeoutError:
            return


@contextmanager
def steady_feed(**prices: str) -> Iterator[SteadyFeed]:
    """A feed that says these prices for as long as the block lasts."""
    feed = SteadyFeed(prices)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()
