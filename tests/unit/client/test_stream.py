"""The stream client keeps its subscriptions and its books across everything a venue does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from nacl.signing import VerifyKey
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from outcry.api.backpack.signing import check_signature, read_public_key
from outcry.api.backpack.stream import Request, StreamError, parse_request
from outcry.client import ApiKey, Depth, FellBehind, StreamClient, Unreachable
from outcry.client.stream import WAITING_MAX
from outcry.runtime.backoff import Backoff

KEY = ApiKey(
    "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)
TRADE = {"e": "trade", "E": 1, "s": "SOL_USDC", "p": "141.07", "q": "2", "b": "1", "a": "2",
         "t": 3, "T": 1, "m": False}
ORDER = {"e": "orderFill", "E": 1, "s": "SOL_USDC", "S": "Bid", "o": "LIMIT", "f": "GTC", "q": "5",
         "p": "141.07", "X": "PartiallyFilled", "i": "12", "t": 3, "l": "2", "L": "141", "m": True,
         "n": "0.1", "N": "SOL", "z": "2", "Z": "282", "V": "RejectTaker", "T": 1, "O": "USER",
         "r": False, "y": True}


class Venue:
    """A stream server that reads requests as the venue does, and says what the test wants."""

    def __init__(self) -> None:
        self.requests: asyncio.Queue[tuple[ServerConnection, Request]] = asyncio.Queue()
        self.nonsense: asyncio.Queue[bytes] = asyncio.Queue()
        self.url = ""

    async def handle(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                text = message if isinstance(message, bytes) else message.encode()
                try:
                    await self.requests.put((connection, parse_request(text)))
                except StreamError:
                    await self.nonsense.put(text)
        except ConnectionClosed:
            return

    async def asked(self) -> tuple[ServerConnection, list[str]]:
        connection, request = await self.requests.get()
        assert not request.faults
        private = any(stream.text.startswith("account.") for stream in request.streams)
        assert private == (request.signature is not None)
        if request.signature is not None:
            key = VerifyKey(read_public_key(request.signature.api_key))
            check_signature(key, request.signature, "subscribe", [{}])
        verb = "" if request.subscribe else "-"
        return connection, [verb + stream.text for stream in request.streams]


class Snapshots:
    """Stands in for REST: hands out depth snapshots the test puts in, or fails."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[Depth | Exception] = asyncio.Queue()

    async def depth(self, symbol: str) -> Depth:
        assert "SOL_USDC" == symbol
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def connected(
    *, rest: Any = None, **options: Any
) -> AsyncGenerator[tuple[Venue, StreamClient], None]:
    venue = Venue()
    async with serve(venue.handle, "127.0.0.1", 0) as server:
        venue.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with StreamClient(
            venue.url, key=KEY, rest=rest, backoff=Backoff(first_s=0.001, longest_s=0.01),
            **options,
        ) as stream:
            yield venue, stream


async def tell(connection: ServerConnection, stream: str, data: dict[str, Any]) -> None:
    await connection.send(msgspec.json.encode({"stream": stream, "data": data}).decode())


def diff(first: int, last: int, bid: str, quantity: str) -> dict[str, Any]:
    return {"e": "depth", "E": 1, "s": "SOL_USDC", "a": [], "b": [[bid, quantity]], "U": first,
            "u": last, "T": 1}


def snapshot(last_id: int, bid: str = "140") -> Depth:
    return Depth(
        asks=[], bids=[(Decimal(bid), Decimal(1))], last_update_id=str(last_id), timestamp=1
    )


async def test_public_and_private_messages_are_typed() -> None:
    """One subscription is read, the other has a callback; the private one is signed."""
    async with connected() as (venue, stream):
        fills: asyncio.Queue[Any] = asyncio.Queue()
        trades = stream.trades("SOL_USDC")
        stream.order_updates(callback=fills.put_nowait)
        connection, streams = await venue.asked()
        assert ["trade.SOL_USDC"] == streams
        assert (connection, ["account.orderUpdate"]) == await venue.asked()
        await tell(connection, "trade.SOL_USDC", TRADE)
        await tell(connection, "account.orderUpdate", ORDER)
        trade = await anext(trades)
        assert (Decimal("141.07"), Decimal(2), 3) == (
            trade.price, trade.quantity, trade.trade_id
        )
        fill = await fills.get()
        assert (Decimal("141"), True, "SOL", True) == (
            fill.fill_price, fill.is_maker, fill.fee_symbol, fill.is_open
        )


async def test_an_order_that_waits_and_its_exits_are_typed() -> None:
    async with connected() as (venue, stream):
        updates = stream.order_updates("SOL_USDC")
        connection, _ = await venue.asked()
        await tell(connection, "account.orderUpdate.SOL_USDC", {
            **ORDER, "e": "triggerPlaced", "X": "TriggerPending", "P": "90", "B": "MarkPrice",
            "Y": "80%", "I": "11", "a": "120", "j": "119.5", "d": "LastPrice", "b": "80",
            "g": "MarkPrice",
        })
        update = await anext(updates)
        assert (True, False, Decimal(90), "MarkPrice", "80%", "11") == (
            update.is_waiting, update.is_open, update.trigger_price, update.trigger_by,
            update.trigger_quantity, update.related_order_id,
        )
        assert (Decimal(120), Decimal("119.5"), "LastPrice") == (
            update.take_profit_trigger_price, update.take_profit_limit_price,
            update.take_profit_trigger_by,
        )
        assert (Decimal(80), None, "MarkPrice") == (
            update.stop_loss_trigger_price, update.stop_loss_limit_price,
            update.stop_loss_trigger_by,
        )


async def test_a_connection_on_which_nothing_comes_is_given_up() -> None:
    """Long before a ping would tell."""
    async with connected(silence_s=0.05) as (venue, stream):
        stream.trades("SOL_USDC")
        for _ in range(3):
            await venue.asked()
        assert stream.connections >= 3


async def test_everything_is_subscribed_to_again_after_a_lost_connection() -> None:
    """Iterators go on, and whoever asked is told that something may have been missed."""
    times: asyncio.Queue[None] = asyncio.Queue()
    async with connected(on_connected=lambda: times.put_nowait(None)) as (venue, stream):
        trades = stream.trades("SOL_USDC")
        stream.order_updates(callback=lambda _: None)
        for _ in range(3):
            connection, streams = await venue.asked()
            assert ["trade.SOL_USDC"] == streams
            await venue.asked()
            await times.get()
            await tell(connection, "trade.SOL_USDC", TRADE)
            assert 3 == (await anext(trades)).trade_id
            connection.transport.abort()


async def test_streams_may_come_and_go_while_connected() -> None:
    """The last reader's leaving unsubscribes; a second reader of the same asks for nothing."""
    async with connected() as (venue, stream):
        first = stream.trades("SOL_USDC")
        await venue.asked()
        second = stream.trades("SOL_USDC")
        first.close()
        stream.tickers("SOL_USDC")
        connection, streams = await venue.asked()
        assert ["ticker.SOL_USDC"] == streams
        await tell(connection, "trade.SOL_USDC", TRADE)
        await anext(second)
        second.close()
        assert (connection, ["-trade.SOL_USDC"]) == await venue.asked()
        with pytest.raises(StopAsyncIteration):
            await anext(second)


async def test_a_message_that_cannot_be_read_is_passed_over() -> None:
    """Garbage, errors and unknown streams do not end a subscription."""
    async with connected() as (venue, stream):
        trades = stream.trades("SOL_USDC")
        connection, _ = await venue.asked()
        for garbage in (
            "", "{", "[]", '{"stream":"trade.SOL_USDC","data":{}}',
            '{"stream":"trade.SOL_USDC"}', '{"stream":"depth.SOL_USDC","data":{"x":1}}',
            '{"id":null,"error":{"code":4002,"message":"Parse error"}}',
        ):
            await connection.send(garbage)
        await tell(connection, "trade.SOL_USDC", TRADE)
        assert 3 == (await anext(trades)).trade_id


async def test_a_reader_that_falls_behind_is_told() -> None:
    """Memory does not grow without bound: the subscription ends with an error."""
    async with connected() as (venue, stream):
        trades = stream.trades("SOL_USDC")
        connection, _ = await venue.asked()
        for _ in range(WAITING_MAX + 1):
            await tell(connection, "trade.SOL_USDC", TRADE)
        assert (connection, ["-trade.SOL_USDC"]) == await venue.asked()
        with pytest.raises(FellBehind):
            await anext(trades)


async def test_what_was_subscribed_to_is_waited_for_across_a_lost_connection() -> None:
    async with connected() as (venue, stream):
        stream.trades("SOL_USDC")
        connection, _ = await venue.asked()
        waiting = [asyncio.create_task(stream.subscribed()) for _ in range(2)]
        assert [b'{"method": "MARK", "params": []}'] * 2 == [
            await venue.nonsense.get() for _ in range(2)
        ]
        await connection.send('{"error": {"code": 4006, "message": "Invalid stream"}}')
        connection.transport.abort()
        connection, _ = await venue.asked()
        assert not any(task.done() for task in waiting)
        for task in waiting:
            await venue.nonsense.get()
            await connection.send('{"error": {"code": 4002, "message": "Parse error"}}')
            await task


async def test_every_change_of_a_book_is_told_while_it_is_exact() -> None:
    rest = Snapshots()
    seen: list[int] = []
    async with connected(rest=rest) as (venue, stream):
        live = stream.book("SOL_USDC", lambda book: seen.append(book.last_id))
        windowed = stream.depths("SOL_USDC", "200ms")
        connection, _ = await venue.asked()
        await tell(connection, "depth.SOL_USDC", diff(4, 4, "141", "1"))
        await tell(connection, "depth.200ms.SOL_USDC", diff(1, 4, "141", "1"))
        assert 4 == (await anext(windowed)).last_id
        assert [] == seen
        rest.answers.put_nowait(snapshot(3))
        await live.ready()
        for last in (5, 7, 8):  # 6 is missing.
            await tell(connection, "depth.SOL_USDC", diff(last, last, "141", "1"))
        await tell(connection, "depth.200ms.SOL_USDC", diff(5, 8, "141", "1"))
        await anext(windowed)
        rest.answers.put_nowait(snapshot(9))
        await live.ready()
        assert [4, 5, 9] == seen
        assert (4, 2, 1) == (live.updates, live.syncs, live.book.gaps)


async def test_a_book_is_exact_across_gaps_and_lost_connections() -> None:
    """A failed or old snapshot is asked for again; a gap and a lost connection start anew."""
    rest = Snapshots()
    times: asyncio.Queue[None] = asyncio.Queue()
    async with connected(
        rest=rest, on_connected=lambda: times.put_nowait(None)
    ) as (venue, stream):
        live = stream.book("SOL_USDC")
        trades = stream.trades("SOL_USDC")
        connection, _ = await venue.asked()
        await tell(connection, "depth.SOL_USDC", diff(5, 5, "141", "1"))
        await tell(connection, "trade.SOL_USDC", TRADE)
        await anext(trades)  # What was said before it has arrived.
        rest.answers.put_nowait(Unreachable("not yet"))
        rest.answers.put_nowait(snapshot(3))
        rest.answers.put_nowait(snapshot(4))
        book = await live.ready()
        assert ((Decimal(141), Decimal(1)), 5) == (book.best_bid, book.last_id)

        await tell(connection, "depth.SOL_USDC", diff(7, 7, "142", "1"))
        await tell(connection, "trade.SOL_USDC", TRADE)
        await anext(trades)
        assert not book.synced
        rest.answers.put_nowait(snapshot(8, "139"))
        book = await live.ready()
        assert ((Decimal(139), Decimal(1)), 8) == (book.best_bid, book.last_id)

        await times.get()
        connection.transport.abort()
        await times.get()
        assert not book.synced
        rest.answers.put_nowait(snapshot(20, "150"))
        assert 20 == (await live.ready()).last_id


async def test_what_a_stream_needs_is_said_at_once() -> None:
    """Private streams need a key, and books a REST client."""
    async with StreamClient("ws://127.0.0.1:1") as stream:
        with pytest.raises(ValueError, match="API key"):
            stream.order_updates()
        with pytest.raises(ValueError, match="REST"):
            stream.book("SOL_USDC")


async def test_an_error_in_a_callback_ends_the_stream_and_is_raised() -> None:
    """A mistake in the reader's code is not swallowed."""
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - leaving the stream raises it again.
        async with connected() as (venue, stream):
            stream.trades("SOL_USDC", callback=lambda _: 1 // 0)  # type: ignore[arg-type,return-value]
            connection, _ = await venue.asked()
            await tell(connection, "trade.SOL_USDC", TRADE)
            with pytest.raises(ZeroDivisionError):
                await stream.closed()
