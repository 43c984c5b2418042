"""Clients that send nonsense, or do not read: the others never notice."""

import asyncio
import gc
import os
import time
from base64 import b64encode

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from outcry.adapters.memory.users import MemorySessions
from outcry.engine.units import BUY, SELL
from outcry.people.cookies import PageOrigins
from outcry.people.sessions import SessionCache
from outcry.people.tokens import TokenSigner
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.merged_depth import MergedDepth
from outcry.processes.stream.requests import Requests
from outcry.processes.stream.server import StreamServer
from outcry.runtime.connections import ConnectionGate
from rigs.live_stream import Client, Venue, streaming
from rigs.memory_users import SECRET
from rigs.patience import PATIENCE_S
from rigs.scripted_log import ALICE, BOB, SOL_USDC, limit, market

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b64encode(b"k" * 16) + b"\r\n\r\n"
)


def masked(payload: bytes, opcode: int = 0x1) -> bytes:
    """A client's frame, with a mask that changes nothing."""
    size = len(payload)
    head = bytes((0x80 | opcode,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 1 << 16:
        head += bytes((0x80 | 126,)) + size.to_bytes(2)
    else:
        head += bytes((0x80 | 127,)) + size.to_bytes(8)
    return head + bytes(4) + payload


async def raw(venue: Venue, *sent: bytes) -> bytes:
    """Send bytes and return all that comes until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("sent", [
    [b"\x00" * 500 + b"\r\n\r\n"],
    [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"],
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    [HANDSHAKE, bytes((0x81, 5)) + b"naked"],  # Not masked.
    [HANDSHAKE, bytes((0x83, 0x80)) + bytes(4)],  # An opcode there is not.
    [HANDSHAKE, bytes((0x81, 0xFF)) + (1 << 40).to_bytes(8) + bytes(4)],
    [HANDSHAKE, bytes((0x09, 0x80)) + bytes(4)],  # A ping in parts.
    [HANDSHAKE, masked(b"{}", 0x0)],  # The rest of nothing.
    [HANDSHAKE, bytes((0x01, 0x81)) + bytes(4) + b"{", masked(b"{}")],  # A message in another.
], ids=[
    "zeros", "post", "no upgrade", "naked", "opcode", "a terabyte", "split ping", "rest", "nested",
])
async def test_what_is_no_websocket_is_shown_the_door(sent: list[bytes]) -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC") as client:
        await raw(venue, *sent)
        await still_served(venue, client)


async def test_a_message_that_is_too_big_ends_the_connection() -> None:
    async with streaming(Limits(frame_bytes=1_000)) as venue, venue.client() as client:
        await client.socket.send("x" * 1_001)
        with pytest.raises(ConnectionClosed) as closed:
            await client.frame()
        assert closed.value.rcvd is not None
        assert 1009 == closed.value.rcvd.code


async def test_nonsense_is_answered_and_does_no_harm() -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC") as client:
        for text in ("", "ping", '{"method":"SUBSCRIBE"}', "[" * 30_000, '{"method":"x"}'):
            await client.socket.send(text)
            assert 4002 == (await client.frame())["error"]["code"]
        await client.socket.send(b"\xff\x00")
        assert 4002 == (await client.frame())["error"]["code"]
        await still_served(venue, client)


async def still_served(venue: Venue, client: Client) -> None:
    venue.write(limit(ALICE, SELL, 1, at=100), market(BOB, BUY, 1))
    assert 1 == (await client.data("trade.SOL_USDC"))["t"]


class Flood:
    """A server without a log, that can be made to say a great deal."""

    def __init__(self, limits: Limits) -> None:
        self.hub = Hub()
        sessions = SessionCache(MemorySessions(), TokenSigner(SECRET), clock_ms=lambda: 0)
        self.server = StreamServer(
            self.hub,
            Requests(
                self.hub, self, sessions, limits, now_ms=lambda: 0,
                spawn=lambda work: work.close(), exists=lambda _: True,
            ),
            limits, gate=ConnectionGate(10_000), pages=PageOrigins(None, ()),
            now_s=time.monotonic, now_us=lambda: 0,
        )
        self.port = 0

    def known(self, _: str) -> None:
        return None

    async def find(self, _: str) -> None:
        return None

    async def sleepers(self, count: int, *streams: str) -> list[asyncio.StreamWriter]:
        """Clients that subscribe and never read again."""
        before = len(self.server.connections)
        names = ",".join(f'"{stream}"' for stream in streams)
        writers = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1_024)
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            request = f'{{"method":"SUBSCRIBE","params":[{names}]}}'
            writer.write(masked(request.encode()) + masked(b"is it done?"))
            await reader.readuntil(b"Parse error")
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writers.append(writer)
        assert count == len(self.server.connections) - before
        return writers

    async def say(self, stream: str, message: bytes, times: int) -> None:
        """Say something so many times, letting the sockets work in between."""
        for turn in range(times):
            channel = self.hub.channel(stream)
            if channel is not None:
                self.hub.publish(channel, message)
                self.hub.flush()
            if turn % 20 == 0:
                await asyncio.sleep(0)


MESSAGE = b'"' + b"x" * 10_000 + b'"'
async def test_memory_stays_flat_whatever_slow_readers_leave_unread() -> None:
    """Ten readers sleep through 100 MB each; one that may not miss anything is cut off."""
    flood = Flood(Limits(unread_bytes=64 * 1024, waiting_bytes=256 * 1024, goodbye_s=0.1))
    flood.port = await flood.server.listen("127.0.0.1", 0)
    ticker = await flood.sleepers(10, "ticker.SOL_USDC")
    trades = await flood.sleepers(10, "trade.SOL_USDC")
    await flood.say("ticker.SOL_USDC", MESSAGE, 200)
    before = _memory()
    await flood.say("ticker.SOL_USDC", MESSAGE, 10_000)
    await flood.say("trade.SOL_USDC", MESSAGE, 10_000)
    grown = _memory() - before
    assert grown < 16 << 20, f"memory grew by {grown >> 20} MB"
    assert 10 == len(flood.server.connections)  # Tickers may be missed,
    assert 10 == flood.server.slow_readers  # trades may not.

    for writer in (*ticker, *trades):
        writer.transport.abort()
    await flood.server.close()


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_others_miss_nothing_while_slow_readers_are_cut_off(compression: str | None) -> None:
    """Under a flow that is more than the slow ones may leave unread, many times over."""
    total = 3_000
    flood = Flood(Limits(unread_bytes=64 * 1024, waiting_bytes=1 << 20, goodbye_s=0.1))
    flood.port = await flood.server.listen("127.0.0.1", 0)
    venue = Venue()
    venue.port = flood.port
    sleepers = await flood.sleepers(5, "trade.SOL_USDC", "ticker.SOL_USDC")
    async with venue.client("trade.SOL_USDC", compression=compression) as reader:
        before = _memory()
        deepest = 0
        for number in range(total):
            await flood.say("trade.SOL_USDC", f'[{number},"{"x" * 5_000}"]'.encode(), 1)
            waiting = [one._waiting_bytes for one in flood.server.connections]
            deepest = max(deepest, *waiting)
            assert number == (await reader.frame())["data"][0]
        assert 500_000 < deepest <= 1 << 20, "nothing waited, or more than may"
        assert 5 == flood.server.slow_readers
        assert 1 == len(flood.server.connections)
        grown = _memory() - before
        assert grown < 16 << 20, f"memory grew by {grown >> 20} MB"
    for writer in sleepers:
        writer.transport.abort()
    await flood.server.close()


async def test_who_wakes_up_gets_the_latest() -> None:
    """Of depth that is put together, everything; of a ticker, how it is now."""
    limits = Limits(unread_bytes=32 * 1024, goodbye_s=0.1)
    flood = Flood(limits)
    flood.port = await flood.server.listen("127.0.0.1", 0)
    venue = Venue()
    venue.port = flood.port
    venue.script.open_market()
    instrument = venue.script.engine.state.books[SOL_USDC].instrument.listed
    async with venue.client(
        "ticker.SOL_USDC", "depth.200ms.SOL_USDC", max_queue=1, ping_interval=None
    ) as client:
        last = 2_000
        for seq in range(1, last + 1):
            merged = MergedDepth(instrument)
            merged.add(bids=[(seq % 50 + 1, seq)], asks=[], first_seq=seq, last_seq=seq,
                       changed_ms=0)
            channel = flood.hub.channel("depth.200ms.SOL_USDC")
            ticker = flood.hub.channel("ticker.SOL_USDC")
            assert channel is not None
            assert ticker is not None
            flood.hub.publish_merged(channel, merged, 0)
            flood.hub.publish(ticker, str(seq).encode() + b" " * 1_000)
            flood.hub.flush()
            if seq % 20 == 0:
                await asyncio.sleep(0)
        frames = []
        book_at, ticker_at = 0, 0
        while book_at < last or ticker_at < last:
            frame = await client.frame()
            frames.append(frame)
            if frame["stream"] == "ticker.SOL_USDC":
                ticker_at = frame["data"]
            else:
                assert book_at + 1 == frame["data"]["U"]
                book_at = frame["data"]["u"]
        assert len(frames) < 2 * last, "nothing was left out: the reader was not slow"
    await flood.server.close()


async def test_a_client_that_pings_and_never_reads_costs_nothing() -> None:
    many = 1 << 40  # Else it would be closed for the pings alone.
    limits = Limits(
        unread_bytes=32 * 1024, goodbye_s=0.1, frames_per_second=many, bytes_per_second=many
    )
    flood = Flood(limits)
    flood.port = await flood.server.listen("127.0.0.1", 0)
    (writer,) = await flood.sleepers(1, "ticker.SOL_USDC")
    before = _memory()
    pings = masked(b"p" * 125, opcode=0x9) * 1_000
    for _ in range(200):  # 26 MB
        writer.write(pings)
        await writer.drain()
    grown = _memory() - before
    assert grown < 16 << 20, f"memory grew by {grown >> 20} MB"
    writer.transport.abort()
    await flood.server.close()


async def test_a_client_whose_handshake_comes_too_late_holds_no_end_up() -> None:
    flood = Flood(Limits(goodbye_s=0.1))
    flood.port = await flood.server.listen("127.0.0.1", 0)
    reader, late = await asyncio.open_connection("127.0.0.1", flood.port)
    late.write(HANDSHAKE[:20])  # Accepted, and not a client yet.
    (early,) = await flood.sleepers(1, "ticker.SOL_USDC")
    closing = asyncio.create_task(flood.server.close())
    await asyncio.sleep(0)
    late.write(HANDSHAKE[20:])
    async with asyncio.timeout(PATIENCE_S):
        await reader.read()
        await closing
    assert not flood.server.connections
    early.transport.abort()
    late.close()


def _memory() -> int:
    gc.collect()
    return int(psutil.Process(os.getpid()).memory_info().rss)
