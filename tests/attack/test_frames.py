"""Floods of WebSocket frames of every kind: they end their connection, and nobody else waits."""

import asyncio
import os
from base64 import b64encode

import psutil
import pytest

from outcry.engine.units import BUY, SELL
from outcry.processes.stream.limits import Limits
from outcry.runtime.connections import ConnectionGate
from rigs.edge_venue import ATTACKER, Attack, attack_from
from rigs.live_stream import Client, Venue, streaming
from rigs.patience import PATIENCE_S, soon
from rigs.scripted_log import ALICE, BOB, limit, market

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b64encode(b"k" * 16) + b"\r\n\r\n"
)
FIVE_MEGABYTES = 5_000_000
QUICK = Limits(goodbye_s=0.2)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """A short frame of a client, with a mask that changes nothing."""
    assert len(payload) < 126
    return bytes((0x80 * fin | opcode, 0x80 | len(payload))) + bytes(4) + payload


# What begins the flood, and what it then repeats.
FLOODS = {
    "pings": (b"", frame(0x9)), "large pings": (b"", frame(0x9, b"p" * 125)),
    "pongs": (b"", frame(0xA)), "empty texts": (b"", frame(0x1)), "texts": (b"", frame(0x1, b"{}")),
    "empty parts": (frame(0x1, fin=False), frame(0x0, fin=False)),
    "requests": (b"", frame(0x1, b'{"method":"SUBSCRIBE","params":["trade.SOL_USDC"]}')),
}


async def connected(venue: Venue) -> Attack:
    """An attacker whose handshake is done."""
    attack = await attack_from(ATTACKER, venue.port)
    await attack.send(HANDSHAKE)
    await attack.reader.readuntil(b"\r\n\r\n")
    return attack


async def still_served(venue: Venue, client: Client) -> None:
    venue.write(limit(ALICE, SELL, 1, at=100), market(BOB, BUY, 1))
    assert await client.data("trade.SOL_USDC")


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_of_frames_ends_its_connection(kind: str) -> None:
    """Of five megabytes a small part is read. What that costs is far below a second."""
    start, repeated = FLOODS[kind]
    async with streaming(QUICK) as venue, venue.client("trade.SOL_USDC") as client:
        attack = await connected(venue)
        before = psutil.Process(os.getpid()).cpu_times().user
        await attack.send(start)
        for _ in range(FIVE_MEGABYTES // 60_000):
            if not await attack.send(repeated * (60_000 // len(repeated))):
                break
        await attack.end()
        used_s = psutil.Process(os.getpid()).cpu_times().user - before
        print(f"{kind}: {used_s:.2f} s of processor time")
        assert used_s < 1.0
        await still_served(venue, client)


async def test_a_client_within_the_limits_is_not_turned_away() -> None:
    """Pings, parts and requests as good clients send them, at once."""
    async with streaming() as venue:
        attack = await connected(venue)
        for _ in range(40):
            await attack.send(frame(0x9, b"hello"))
            await attack.send(frame(0x1, b"{", fin=False) + frame(0x0, b"}"))
        received = b""
        async with asyncio.timeout(PATIENCE_S):
            while received.count(b"Parse error") < 40 or received.count(b"hello") < 40:
                received += await attack.reader.read(65_536)
        attack.writer.transport.abort()


async def test_sockets_without_a_handshake_keep_nobody_out() -> None:
    async with streaming() as venue:
        venue.gate._most = 20
        venue.gate._per_address = 10
        silent = [await attack_from(ATTACKER, venue.port) for _ in range(50)]
        await soon(lambda: venue.gate.refused >= 40)
        async with venue.client("trade.SOL_USDC") as client:
            await still_served(venue, client)
        for each in silent:
            each.writer.transport.abort()


async def test_the_gate_counts_those_that_left() -> None:
    async with streaming() as venue:
        gate: ConnectionGate = venue.gate
        for _ in range(5):
            async with venue.client("trade.SOL_USDC"):
                assert 1 == gate.open
            await soon(lambda: gate.open == 0)


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
    b"GET /" + b"y" * 100_000,
], ids=["headers", "header", "path"])
async def test_a_handshake_has_a_bound(head: bytes) -> None:
    async with streaming() as venue, venue.client("trade.SOL_USDC") as client:
        attack = await attack_from(ATTACKER, venue.port)
        await attack.send(head)
        assert b"101 Switching" not in await attack.end()
        await still_served(venue, client)


@pytest.mark.parametrize("name", [
    "trade.NOTHING", "depth.NOTHING", "kline.1m.NOTHING", "ticker.NOTHING", "cfdQuote.NOTHING",
    "markPrice." + "A" * 10_000,
])
async def test_a_stream_of_no_market_is_refused(name: str) -> None:
    """Nothing of it is kept."""
    async with streaming() as venue, venue.client() as client:
        await client.send({"method": "SUBSCRIBE", "params": [name, "trade.SOL_USDC"]})
        fault = (await client.frame())["error"]
        assert (4006, "Invalid stream: no such market") == (fault["code"], fault["message"])
        await client.send({"method": "x", "params": []})
        await client.frame()
        await still_served(venue, client)
