"""The stream over real sockets, with an ordinary WebSocket client."""

import asyncio
from base64 import b64encode
from random import Random

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from outcry.engine.commands import Heartbeat
from outcry.engine.units import BUY, SELL
from outcry.ports.log import LogBroken
from outcry.processes.stream.limits import Limits
from outcry.wire.journal import EntryId
from rigs.kept_book import KeptBook
from rigs.live_stream import Running, Venue, signed, streaming
from rigs.patience import PATIENCE_S
from rigs.scripted_log import ALICE, BOB, SOL_USDC, cancel, limit, market
from rigs.venue_log import RandomCommands


async def test_a_book_kept_from_frames_is_the_engines_book() -> None:
    """Ids follow each other without a gap, whatever happens in the market."""
    async with streaming() as venue, venue.client("depth.SOL_USDC") as client:
        chance = Random(5)
        traffic = RandomCommands(chance, venue.script, 2, [SOL_USDC])
        for _ in range(300):
            commands = [traffic.command() for _ in range(3)]
            venue.write(*commands, after_ms=chance.choice((0, 1, 30)))
        image = venue.script.image().books[0]
        book = KeptBook({}, {}, 0)
        while book.last_id < image.seq:
            frame = await client.data("depth.SOL_USDC")
            assert (book.last_id + 1, frame["U"]) == (frame["u"], frame["u"])
            book.take(frame)
        bids: dict[str, int] = {}
        for order in image.bids:
            price = f"{order.order.price / 100:.2f}"
            bids[price] = bids.get(price, 0) + order.order.quantity - order.filled
        assert {price: f"{lots / 100:.2f}" for price, lots in bids.items()} == book.bids


async def test_all_public_streams_speak() -> None:
    streams = (
        "depth.SOL_USDC", "depth.200ms.SOL_USDC", "bookTicker.SOL_USDC", "trade.SOL_USDC",
        "ticker.SOL_USDC", "kline.1s.SOL_USDC", "markPrice.SOL_USDC",
    )
    async with streaming() as venue, venue.client(*streams) as client:
        venue.write(limit(ALICE, SELL, 2, at=100), market(BOB, BUY, 1))
        venue.write(venue.quote(1_000_000))
        missing = set(streams)
        while missing:
            missing.discard((await client.frame())["stream"])


async def test_a_quiet_book_still_sends_empty_depth_frames() -> None:
    """ccxt waits for several before it believes in a book."""
    async with streaming() as venue, venue.client("depth.SOL_USDC") as client:
        for _ in range(3):
            venue.write(Heartbeat(), after_ms=600)
        frames = [await client.data("depth.SOL_USDC") for _ in range(3)]
        assert [([], [])] * 3 == [(frame["a"], frame["b"]) for frame in frames]
        assert frames[0]["u"] + 2 == frames[2]["u"]


async def test_own_orders_and_balances_need_a_signature_and_come_to_nobody_else() -> None:
    async with streaming() as venue:
        alice, bob = venue.add_key(ALICE, 1), venue.add_key(BOB, 2)
        async with venue.client() as mine, venue.client("trade.SOL_USDC") as other:
            await mine.subscribe("account.orderUpdate", "account.rfqUpdate",
                                 "account.balanceUpdate", signature=signed(alice))
            await other.subscribe("account.orderUpdate", signature=signed(bob))
            venue.write(limit(ALICE, BUY, 5, at=99, client_id=7))
            venue.write(cancel(ALICE, 1))
            first, second = (
                await mine.data("account.orderUpdate"), await mine.data("account.orderUpdate")
            )
            assert [("orderAccepted", "New", 7), ("orderCancelled", "Cancelled", 7)] == [
                (frame["e"], frame["X"], frame["c"]) for frame in (first, second)
            ]
            venue.write(limit(BOB, BUY, 5, at=98))
            assert "2" == (await other.data("account.orderUpdate"))["i"]


async def test_a_wrong_signature_is_refused_and_the_connection_goes_on() -> None:
    async with streaming() as venue:
        key = venue.add_key(ALICE, 1)
        async with venue.client() as client:
            for signature in (
                signed(key, instruction="orderExecute"), signed(key, age_ms=10_000), None,
            ):
                await client.send({
                    "method": "SUBSCRIBE", "params": ["account.orderUpdate"],
                    "signature": signature,
                })
                assert 4001 == (await client.frame())["error"]["code"]
            await client.subscribe("account.orderUpdate", signature=signed(key))
            venue.write(limit(ALICE, BUY, 5, at=98))
            assert "1" == (await client.data("account.orderUpdate"))["i"]


async def test_a_revoked_key_ends_its_connections() -> None:
    async with streaming() as venue:
        key = venue.add_key(ALICE, 1)
        async with venue.client() as client:
            await client.subscribe("account.orderUpdate", signature=signed(key))
            public = bytes(key.verify_key)
            del venue.keys.keys[public]
            venue.keys.changed.put_nowait(public)
            with pytest.raises(ConnectionClosed) as closed:
                await client.frame()
            assert (1008, "API key revoked") == _goodbye(closed.value)


@pytest.mark.parametrize(("offer", "deflates"), [
    (ClientPerMessageDeflateFactory(), True),
    (ClientPerMessageDeflateFactory(server_max_window_bits=12, client_max_window_bits=9), True),
    (ClientPerMessageDeflateFactory(server_no_context_takeover=True), True),
    (ClientPerMessageDeflateFactory(server_max_window_bits=9), False),
])
async def test_frames_are_compressed_for_who_asks(
    offer: ClientPerMessageDeflateFactory, deflates: bool
) -> None:
    """Both ways, and beside one who does not ask; what cannot be honored is declined."""
    async with (
        streaming() as venue,
        venue.client("depth.SOL_USDC", compression=None) as plain,
        venue.client("depth.SOL_USDC", compression=None, extensions=[offer]) as asking,
    ):
        assert deflates == bool(asking.socket.protocol.extensions)
        for price in range(10, 60):
            venue.write(*(limit(ALICE, BUY, 1, at=price + step) for step in range(5)))
        assert [await plain.frame() for _ in range(50)] == [
            await asking.frame() for _ in range(50)
        ]


async def test_aiohttp_reads_compressed_frames() -> None:
    async with (
        streaming() as venue,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://127.0.0.1:{venue.port}/", compress=15) as socket,
    ):
        assert socket.compress == 15
        await socket.send_json({"method": "SUBSCRIBE", "params": ["trade.SOL_USDC"] * 20})
        await socket.send_str("?")
        assert "error" in await socket.receive_json(timeout=PATIENCE_S)
        venue.write(limit(ALICE, SELL, 2, at=100), market(BOB, BUY, 1), market(BOB, BUY, 1))
        trades = [await socket.receive_json(timeout=PATIENCE_S) for _ in range(2)]
        assert [1, 2] == [frame["data"]["t"] for frame in trades]


async def test_who_unsubscribed_hears_no_more() -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC", "depth.SOL_USDC") as client:
        await client.send({"method": "UNSUBSCRIBE", "params": ["trade.SOL_USDC", "what.ever"]})
        assert "Invalid stream" == (await client.frame())["error"]["message"]
        venue.write(limit(ALICE, SELL, 2, at=100), market(BOB, BUY, 1))
        venue.write(limit(ALICE, SELL, 2, at=100))
        frames = [await client.frame() for _ in range(2)]
        assert {"depth.SOL_USDC"} == {frame["stream"] for frame in frames}


async def test_the_log_may_go_away_and_come_back() -> None:
    """Clients stay connected, and miss nothing."""
    async with streaming() as venue, venue.client("depth.SOL_USDC") as client:
        venue.write(limit(ALICE, BUY, 1, at=50))
        before = await client.data("depth.SOL_USDC")
        venue.log.away = True
        venue.write(limit(ALICE, BUY, 1, at=51))
        await asyncio.wait_for(venue.log.refused.wait(), PATIENCE_S)
        venue.log.away = False
        after = await client.data("depth.SOL_USDC")
        assert (before["u"] + 1, [["0.51", "0.01"]]) == (after["u"], after["b"])


async def test_a_log_that_is_another_ends_the_process() -> None:
    venue = Venue()
    venue.script.open_market()
    venue.publish()
    running = Running(venue)
    async with running:
        venue.write(limit(ALICE, BUY, 1, at=50))
        broken = venue.log.events[-1]._replace(
            id=EntryId(venue.script.now_ms + 5, 0), previous=EntryId(1, 1)
        )
        venue.log.publish([broken], after=venue.log.events_top(), token="test", ttl_ms=10**15)
        with pytest.raises(ExceptionGroup) as raised:
            await asyncio.wait_for(asyncio.shield(running.task), PATIENCE_S)
        assert raised.value.subgroup(LogBroken) is not None
        running.expected_to_fail = True


async def test_a_goodbye_when_the_process_ends() -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC") as client:
        venue.stop.set()
        with pytest.raises(ConnectionClosed) as closed:
            await client.frame()
        assert (1001, "shutting down") == _goodbye(closed.value)


async def test_pings_are_answered() -> None:
    async with streaming() as venue, venue.client() as client:
        pong = await client.socket.ping()
        await asyncio.wait_for(pong, PATIENCE_S)


@pytest.mark.parametrize("connection", [
    b"Connection: Upgrade\r\n", b"Connection: keep-alive, Upgrade\r\n",
    b"connection: UPGRADE,keep-alive\r\n", b"Connection: keep-alive\r\nConnection: upgrade\r\n",
])
async def test_a_browser_may_ask_for_more_than_an_upgrade(connection: bytes) -> None:
    """Firefox would have the connection kept alive as well, and one header may come in two."""
    async with streaming() as venue:
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" + connection
            + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b64encode(b"k" * 16)
            + b"\r\n\r\n"
        )
        async with asyncio.timeout(PATIENCE_S):
            assert b"HTTP/1.1 101 Switching Protocols\r\n" == await reader.readline()
        writer.close()


async def test_an_address_may_have_so_many_connections() -> None:
    """One that goes makes room for another."""
    limits = Limits(connections_per_address=2)
    async with streaming(limits) as venue, venue.client("trade.SOL_USDC"):
        async with venue.client("trade.SOL_USDC"), venue.client() as third:
            with pytest.raises(ConnectionClosed) as closed:
                await third.frame()
            assert (1008, "too many connections") == _goodbye(closed.value)
        async with venue.client("trade.SOL_USDC") as fourth:
            venue.write(limit(ALICE, SELL, 2, at=100), market(BOB, BUY, 1))
            assert 1 == (await fourth.data("trade.SOL_USDC"))["t"]


async def test_it_says_how_it_is() -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC", "depth.SOL_USDC"):
        async with asyncio.timeout(PATIENCE_S):
            while (facts := await venue.log.posted.get())["subscriptions"] != 2:
                pass
        assert ["stream"] == list(await venue.log.read())
        assert 1 == facts["connections"]
        assert str(venue.script.top) == facts["reached"]
        assert 1 == facts["pid"]


def _goodbye(closed: ConnectionClosed) -> tuple[int, str]:
    assert closed.rcvd is not None
    return closed.rcvd.code, closed.rcvd.reason


