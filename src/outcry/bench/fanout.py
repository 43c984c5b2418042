"""`outcry bench fanout`: one stream process and many listeners of a busy market.

The stream's own server, hub and publisher run in a process of their own and are given entries a
real engine made; this process listens over WebSocket to depth, trades and the top of the book.
Each case has two runs: as fast as everybody reads, for deliveries a second, and so many entries a
second, for the time from when a frame was made to when a listener has it. The ceiling is a server
that only writes ready bytes to as many plain sockets, in pieces of the same size.
"""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from rich.console import Console
from rich.progress import track

from outcry.adapters.memory.log import MemoryLog
from outcry.adapters.memory.users import MemoryKeys, MemorySessions
from outcry.bench.machine import conditions, percentiles, table_of
from outcry.bench.workload import flow, opening, packed
from outcry.people.api_keys import ApiKeyCache
from outcry.people.cookies import PageOrigins
from outcry.people.sessions import SessionCache
from outcry.people.tokens import TokenSigner
from outcry.processes.stream.deflate import inflated
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.publisher import Publisher
from outcry.processes.stream.requests import Requests
from outcry.processes.stream.server import StreamServer
from outcry.projections.venue import VenueView
from outcry.runtime.clock import clock_ms
from outcry.runtime.connections import ConnectionGate, connections_possible
from outcry.testing.engine import MemoryEngine
from outcry.wire.journal import EventsEntry, decode_outcome, encode_commands

SECONDS = 5.0
ENTRIES = 20_000
COMMANDS_PER_ENTRY = 4
PACE = 200  # Entries a second, when latency is measured.
SEED = 7
CASES = ((50, False), (500, False), (500, True))  # Listeners, and whether they compress.
STREAMS = ("depth.SOL_USDC", "trade.SOL_USDC", "bookTicker.SOL_USDC")
UNREAD = Limits().unread_bytes
SAMPLED = 97  # One in so many frames is looked into.
_SUBSCRIBE = msgspec.json.encode({"method": "SUBSCRIBE", "params": STREAMS})
_DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate"}


class ServerReport(NamedTuple):
    """The figures of a serving process at its end."""

    seconds: float
    frames: int
    bytes: int
    writes: int


class Listener(WSListener):
    """Counts frames, and looks at the time some of them were made."""

    def __init__(self, seen: "Deliveries") -> None:
        self._seen = seen

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Ask for everything."""
        transport.send(WSMsgType.TEXT, _SUBSCRIBE)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Count."""
        seen = self._seen
        seen.frames += 1
        if seen.frames % SAMPLED == 0 and frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            if frame.rsv1:
                message = inflated(message, 1 << 20)
            made_us = int(message.partition(b'"E":')[2].partition(b",")[0])
            seen.delays_us.append(time.time_ns() // 1_000 - made_us)


class Deliveries:
    """The frames that reached all listeners."""

    def __init__(self) -> None:
        self.frames = 0
        self.delays_us: list[int] = []


class DiscardingProtocol(asyncio.BufferedProtocol):
    """A plain socket that is read and forgotten."""

    _into = bytearray(1 << 16)

    def get_buffer(self, sizehint: int) -> bytearray:
        """The same for all: nobody looks at it."""
        return self._into

    def buffer_updated(self, nbytes: int) -> None:
        """Forget it."""


def main() -> None:
    """Measure every case and print a table."""
    console = Console()
    console.print(conditions())
    table = table_of(
        "fan-out: one stream process, everybody listening to the same market", "listeners",
        "deliveries/s", "MB/s", "plain sockets, ceiling", "p50", "p99", "longest", words=0,
    )
    for listeners, deflates in track(CASES, description="listening", console=console):
        fast, _ = uvloop.run(_run(listeners, deflates, pace=0))
        _, delays_us = uvloop.run(_run(listeners, deflates, pace=PACE))
        ceiling = uvloop.run(_raw(listeners, fast))
        table.add_row(
            f"{listeners}{' compressed' if deflates else ''}",
            f"{fast.frames / fast.seconds:,.0f}", f"{fast.bytes / fast.seconds / 1e6:,.0f}",
            f"{ceiling:,.0f}/s",
            *(f"{each / 1000:.2f} ms" for each in percentiles(delays_us, 50, 99, 100)),
        )
    console.print(table)
    console.print(
        f"{SECONDS:.0f} s each; {COMMANDS_PER_ENTRY} commands an entry; latency at {PACE} entries "
        f"a second, from when a frame was made; a delivery is a frame that a listener was sent"
    )


async def _run(listeners: int, deflates: bool, *, pace: int) -> tuple[ServerReport, list[int]]:
    """One run of the stream: its report, and the delays of the sampled frames."""
    seen = Deliveries()
    headers = _DEFLATE if deflates else None
    async with _serving("stream", listeners, pace) as (port, done):
        transports = [
            (await ws_connect(
                lambda: Listener(seen), f"ws://127.0.0.1:{port}/", extra_headers=headers
            ))[0]
            for _ in range(listeners)
        ]
        told = await done
        for transport in transports:
            transport.disconnect(graceful=False)
    return told, seen.delays_us


async def _raw(listeners: int, like: ServerReport) -> float:
    """Deliveries a second of a server that writes pieces like those, and does nothing else."""
    loop = asyncio.get_running_loop()
    async with _serving("raw", listeners, like.bytes // like.writes) as (port, done):
        transports = [
            (await loop.create_connection(DiscardingProtocol, "127.0.0.1", port))[0]
            for _ in range(listeners)
        ]
        told = await done
        for transport in transports:
            transport.close()
    return told.bytes / told.seconds / (like.bytes / like.frames)


@asynccontextmanager
async def _serving(
    kind: str, listeners: int, setting: int
) -> AsyncIterator[tuple[int, asyncio.Future[ServerReport]]]:
    """A process that serves: its port, and later its report."""
    serving = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"from outcry.bench.fanout import serve; serve({kind!r}, "
        f"{listeners}, {setting})", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert serving.stdout is not None
    port = int(await serving.stdout.readline())
    output = serving.stdout

    async def done() -> ServerReport:
        return msgspec.json.decode(await output.readline(), type=ServerReport)

    waiting = asyncio.create_task(done())
    try:
        yield port, waiting
    finally:
        waiting.cancel()
        if serving.returncode is None:
            serving.kill()
        await serving.wait()


def serve(kind: str, listeners: int, setting: int) -> None:
    """Serve one run, in the measured process."""
    told = uvloop.run(
        _serve_stream(listeners, setting) if kind == "stream" else _serve_raw(listeners, setting)
    )
    _say(msgspec.json.encode(told).decode())
    sys.stdin.read()  # Until the measuring process has read it.


async def _serve_stream(listeners: int, pace: int) -> ServerReport:
    hub = Hub()
    limits = Limits(connections_per_address=0, waiting_bytes=1 << 30)
    keys = ApiKeyCache(MemoryKeys(), clock=time.monotonic)
    sessions = SessionCache(MemorySessions(), TokenSigner(secrets.token_hex()), clock_ms=lambda: 0)
    requests = Requests(
        hub, keys, sessions, limits, now_ms=lambda: 0, spawn=asyncio.ensure_future,
        exists=lambda _: True,
    )
    server = StreamServer(
        hub, requests, limits, gate=ConnectionGate(connections_possible()),
        pages=PageOrigins(None, ()), now_s=time.monotonic, now_us=_wall_us,
    )
    publisher = Publisher(VenueView(), hub, now_us=_wall_us)
    entries = await _entries()
    publisher.on_entries([(entries[0], decode_outcome(entries[0].outcome))])
    _say(str(await server.listen("127.0.0.1", 0)))
    while hub.subscriptions < listeners * len(STREAMS):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    writes = 0
    started = time.monotonic()
    for number, entry in enumerate(entries[1:]):
        sent = hub.frames_sent
        publisher.on_entries([(entry, decode_outcome(entry.outcome))])
        writes += listeners if hub.frames_sent > sent else 0
        if pace:
            await asyncio.sleep(max(0.0, started + number / pace - time.monotonic()))
        else:
            await asyncio.sleep(0)
            while any(one.paused for one in server.connections):  # noqa: ASYNC110
                await asyncio.sleep(0.0002)
        if time.monotonic() - started > SECONDS:
            break
    return ServerReport(time.monotonic() - started, hub.frames_sent, hub.bytes_sent, writes)


async def _entries() -> list[EventsEntry]:
    """The events of a lively flow, the opening of the venue first."""
    log = MemoryLog(clock_ms)
    log.on_append = MemoryEngine(log).step
    await log.append(writer=1, number=1, commands=encode_commands(opening()))
    commands = flow(ENTRIES * COMMANDS_PER_ENTRY, seed=SEED)
    for number, entry in enumerate(packed(commands, COMMANDS_PER_ENTRY), start=2):
        await log.append(writer=1, number=number, commands=entry)
    return list(log.events)


async def _serve_raw(listeners: int, size: int) -> ServerReport:
    transports: list[asyncio.Transport] = []
    paused: set[Any] = set()

    class Writer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            socket_of = cast("asyncio.Transport", transport)
            socket_of.set_write_buffer_limits(high=UNREAD, low=UNREAD // 4)
            transports.append(socket_of)

        def pause_writing(self) -> None:
            paused.add(self)

        def resume_writing(self) -> None:
            paused.discard(self)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Writer, "127.0.0.1", 0)
    _say(str(server.sockets[0].getsockname()[1]))
    while len(transports) < listeners:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    piece = bytes(size)
    writes = 0
    started = time.monotonic()
    while time.monotonic() - started < SECONDS:
        for transport in transports:
            transport.write(piece)
        writes += listeners
        await asyncio.sleep(0)
        while paused:  # noqa: ASYNC110
            await asyncio.sleep(0.0002)
    return ServerReport(time.monotonic() - started, writes, writes * size, writes)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _wall_us() -> int:
    return time.time_ns() // 1_000
