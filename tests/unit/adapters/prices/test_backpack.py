"""The live feed's client against a server that speaks the protocol, well and badly."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from outcry.adapters.prices.backpack import BackpackPrices
from outcry.ports.prices import Quote
from outcry.runtime.backoff import Backoff

NOW_MS = 1_700_000_000_000
ONE = 10**9

FrameWriter = Callable[[ServerConnection], Awaitable[None]]


class Feed:
    """A server of Backpack's public stream that hands each subscribed connection to the test."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[tuple[ServerConnection, list[str]]] = asyncio.Queue()
        self.url = ""

    async def handle(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                request: dict[str, Any] = msgspec.json.decode(message)
                assert "SUBSCRIBE" == request["method"]
                await self.connections.put((connection, request["params"]))
        except ConnectionClosed:
            return


@asynccontextmanager
async def running_feed() -> AsyncGenerator[Feed, None]:
    feed = Feed()
    async with serve(feed.handle, "127.0.0.1", 0) as server:
        feed.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield feed


def frame(kind: str, symbol: str, at_ms: int, **members: object) -> str:
    data = {"e": kind, "E": at_ms * 1000, "s": symbol, "T": at_ms * 1000, **members}
    return msgspec.json.encode({"stream": f"{kind}.{symbol}", "data": data}).decode()


def book(bid: str | None, ask: str | None, *, u: int, at_ms: int = NOW_MS) -> str:
    return frame("bookTicker", "SOL_USDC", at_ms, b=bid, B="1", a=ask, A="2", u=u)


def ticker(last: str, *, at_ms: int = NOW_MS) -> str:
    return frame(
        "ticker", "SOL_USDC", at_ms, o="1", c=last, h="1", l="1", v="0.5", V="0.5", n=3
    )


def quote(bid: int, ask: int, source_ms: int = NOW_MS) -> Quote:
    """A quote in hundredths."""
    return Quote("SOL_USDC", bid * ONE // 100, ask * ONE // 100, source_ms)


@asynccontextmanager
async def prices_from(
    feed: Feed, *, silence_s: float = 10.0, clock_ms: int = NOW_MS + 60_000
) -> AsyncGenerator[tuple[BackpackPrices, AsyncGenerator[Quote, None]], None]:
    prices = BackpackPrices(
        feed.url, silence_s=silence_s, clock_ms=lambda: clock_ms,
        backoff=Backoff(first_s=0.001, longest_s=0.01),
    )
    prices.watch("SOL_USDC", None)
    async with aclosing(prices.quotes()) as quotes:
        yield prices, quotes


async def take(quotes: AsyncGenerator[Quote, None], count: int) -> list[Quote]:
    return [await anext(quotes) for _ in range(count)]


async def said(frames: list[str], expected: list[Quote], **options: Any) -> None:
    """Have the server say frames, then a last quote; what came must be as expected."""
    async with running_feed() as feed, prices_from(feed, **options) as (_, quotes):
        taking = asyncio.create_task(take(quotes, len(expected) + 1))
        connection, _ = await feed.connections.get()
        for text in frames:
            await connection.send(text)
        await connection.send(book("999", "999", u=10**9, at_ms=NOW_MS + 50_000))
        came = await taking
        assert expected == came[:-1]
        assert quote(99_900, 99_900, NOW_MS + 50_000) == came[-1]


async def test_it_subscribes_to_price_and_liveness_of_each_symbol() -> None:
    """One connection asks for bookTicker and ticker; a symbol watched later is asked for too."""
    async with running_feed() as feed, prices_from(feed) as (prices, quotes):
        taking = asyncio.create_task(take(quotes, 1))
        connection, streams = await feed.connections.get()
        assert ["bookTicker.SOL_USDC", "ticker.SOL_USDC"] == streams
        prices.watch("BTC_USDC", None)
        _, streams = await feed.connections.get()
        assert ["bookTicker.BTC_USDC", "ticker.BTC_USDC"] == streams
        await connection.send(book("1", "2", u=1))
        await taking


async def test_a_book_ticker_is_a_quote_with_the_feeds_time() -> None:
    """Decimals become integers without floats; the time is the feed's, in milliseconds."""
    await said(
        [book("141.07", "141.09", u=1, at_ms=NOW_MS + 5)],
        [quote(14107, 14109, NOW_MS + 5)],
    )


async def test_the_ticker_repeats_the_quote_and_stands_in_for_it() -> None:
    """Before the first quote, or with one side empty, the last trade is the price."""
    await said(
        [
            ticker("141.00"),
            book("141.07", "141.09", u=1),
            ticker("150", at_ms=NOW_MS + 1000),
            book(None, "141.09", u=2),
            ticker("140", at_ms=NOW_MS + 2000),
        ],
        [
            quote(14100, 14100), quote(14107, 14109), quote(14107, 14109, NOW_MS + 1000),
            quote(14000, 14000, NOW_MS + 2000),
        ],
    )


async def test_an_update_id_that_does_not_increase_is_an_old_quote() -> None:
    """A frame that repeats or goes back is passed over."""
    await said(
        [
            book("141", "142", u=7), book("1", "2", u=7), book("1", "2", u=6),
            book("142", "143", u=8),
        ],
        [quote(14100, 14200), quote(14200, 14300)],
    )


@pytest.mark.parametrize("garbage", [
    "", "{", "[]", "null", "42", '{"data":42}', '{"error":{"code":4002,"message":"Parse error"}}',
    '{"stream":"x","data":{"e":"bookTicker","s":"SOL_USDC","u":5,"a":"1e9","b":"1","E":1}}',
    book("NaN", "2", u=5), book("142", "141", u=5), book("0", "1", u=5), book("-1", "1", u=5),
    book("1", "2", u=5, at_ms=-1), book("1" * 50, "2" * 50, u=5),
    book("1.1234567891", "2", u=5),
    frame("bookTicker", "SOL_USDC", NOW_MS, a={"x": 1}, b="1", u=5),
    frame("bookTicker", "DOGE_USDC", NOW_MS, a="1", b="1", u=5),
    frame("liquidation", "SOL_USDC", NOW_MS),
    "\N{SNOWMAN}" * 1000,
])
async def test_garbage_is_passed_over(garbage: str) -> None:
    """No frame stops the feed, nor turns into a quote."""
    await said(
        [book("141", "142", u=1), garbage, book("142", "143", u=6)],
        [quote(14100, 14200), quote(14200, 14300)],
    )


async def test_a_time_ahead_of_ours_is_taken_as_now() -> None:
    """A feed from the future must not make all later quotes look old."""
    await said(
        [book("141", "142", u=1, at_ms=NOW_MS + 10**9)],
        [quote(14100, 14200, NOW_MS + 50_000)],
        clock_ms=NOW_MS + 50_000,
    )


async def close_politely(connection: ServerConnection) -> None:
    await connection.close(1001)


async def drop(connection: ServerConnection) -> None:
    connection.transport.abort()


async def half_a_frame(connection: ServerConnection) -> None:
    connection.transport.write(b"\x81\x7e\x01\x00" + b'{"stream":"bookTic')
    connection.transport.close()


async def half_a_message(connection: ServerConnection) -> None:
    connection.transport.write(b"\x01\x05" + b'{"str')
    connection.transport.close()


async def not_utf_8(connection: ServerConnection) -> None:
    connection.transport.write(b"\x81\x02\xff\xfe")


async def no_websocket_at_all(connection: ServerConnection) -> None:
    connection.transport.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")


async def silence(_: ServerConnection) -> None:
    """Say nothing; the client must notice."""


@pytest.mark.parametrize("mishap", [
    close_politely, drop, half_a_frame, half_a_message, not_utf_8, no_websocket_at_all, silence,
])
async def test_it_comes_back_after_any_mishap(mishap: FrameWriter) -> None:
    """It connects and subscribes again, and takes update ids that count anew."""
    async with running_feed() as feed, prices_from(feed, silence_s=0.3) as (prices, quotes):
        taking = asyncio.create_task(take(quotes, 2))
        connection, _ = await feed.connections.get()
        await connection.send(book("141", "142", u=500))
        await mishap(connection)
        connection, streams = await feed.connections.get()
        assert ["bookTicker.SOL_USDC", "ticker.SOL_USDC"] == streams
        await connection.send(book("142", "143", u=1))
        assert [quote(14100, 14200), quote(14200, 14300)] == await taking
        assert 2 == prices.facts()["connections"]


async def test_a_message_in_pieces_is_read_whole() -> None:
    """A message may come in as many fragments and packets as the network likes."""
    async with running_feed() as feed, prices_from(feed) as (_, quotes):
        taking = asyncio.create_task(take(quotes, 1))
        connection, _ = await feed.connections.get()
        text = book("141", "142", u=1)
        await connection.send([text[i:i + 7] for i in range(0, len(text), 7)])
        assert [quote(14100, 14200)] == await taking


async def test_a_feed_that_is_not_there_yet_is_found_when_it_comes() -> None:
    """Refused connections are tried again, and the facts say what is wrong meanwhile."""
    async with running_feed() as gone:
        url = gone.url
    prices = BackpackPrices(url, backoff=Backoff(first_s=0.001, longest_s=0.01))
    prices.watch("SOL_USDC", None)
    async with aclosing(prices.quotes()) as quotes:
        taking = asyncio.create_task(take(quotes, 1))
        await asyncio.wait([taking], timeout=0.1)
        assert prices.facts()["trouble"]
        assert ["SOL_USDC"] == prices.facts()["silent"]
        feed = Feed()
        async with serve(feed.handle, "127.0.0.1", int(url.rpartition(":")[2])):
            connection, _ = await feed.connections.get()
            await connection.send(ticker("141"))
            (came,) = await taking
            assert (141 * ONE, 141 * ONE) == (came.bid, came.ask)
            assert [] == prices.facts()["silent"]
            await quotes.aclose()
