"""A gateway on a real port, with bounds, for attacks on its edge and an honest client beside them.

All of 127.0.0.0/8 is this machine, so attackers and honest clients have addresses of their own.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from outcry.adapters.memory.edge import MemoryUses
from outcry.processes.gateway.bounded_protocol import HttpBounds
from outcry.processes.gateway.declaration import Route
from outcry.processes.gateway.gateway import Gateway
from outcry.processes.gateway.shared_limits import LimitSharing
from outcry.runtime.connections import ConnectionGate
from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue
from rigs.patience import PATIENCE_S

SERVER = "127.0.0.1"
HONEST = "127.0.0.2"
ATTACKER = "127.0.0.66"
PATH_VALUES = {"{trade_id}": "1"}


def target(route: Route) -> str:
    """A path of a route, with values for its parameters."""
    path = route.path
    for written, value in PATH_VALUES.items():
        path = path.replace(written, value)
    assert "{" not in path, f"say in PATH_VALUES what {path} is to have"
    return path


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


class Attack:
    """A connection of an attacker's, which sends bytes as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> bool:
        """Send bytes; False when the server has ended the connection."""
        if self.writer.is_closing():
            return False
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            return False
        return True

    async def answer(self) -> int:
        """The status of the next answer, which is read whole; 0 for an end without one."""
        try:
            head = await self._patiently(self.reader.readuntil(b"\r\n\r\n"))
            lines = head.decode().lower().split("\r\n")
            [length] = [line for line in lines if line.startswith("content-length:")]
            await self._patiently(self.reader.readexactly(int(length.partition(":")[2])))
        except (ConnectionError, asyncio.IncompleteReadError):
            return 0
        return int(lines[0].split(" ")[1])

    async def end(self) -> bytes:
        """Wait until the server ends the connection; returns all that it sent before."""
        try:
            received: bytes = await self._patiently(self.reader.read())
        except ConnectionError:
            return b""
        return received

    async def _patiently(self, waiting: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return await waiting


async def attack_from(address: str, port: int) -> Attack:
    """Connect from an address."""
    reader, writer = await asyncio.open_connection(SERVER, port, local_addr=(address, 0))
    return Attack(reader, writer)


class Edge:
    """A gateway, its venue, an honest trader, and attackers."""

    def __init__(self, venue: MemoryVenue, port: int, gate: ConnectionGate) -> None:
        self.venue = venue
        self.port = port
        self.gate = gate
        self.honest = httpx.AsyncClient(
            base_url=f"http://{SERVER}:{port}", timeout=PATIENCE_S,
            transport=httpx.AsyncHTTPTransport(local_address=HONEST),
        )
        self._trader: Trader | None = None
        self._attacks: list[Attack] = []

    async def attack(self, address: str = ATTACKER) -> Attack:
        """A new connection of an attacker's."""
        made = await attack_from(address, self.port)
        self._attacks.append(made)
        return made

    async def sent(self, *parts: bytes, address: str = ATTACKER) -> Attack:
        """A connection over which these bytes were sent."""
        made = await self.attack(address)
        for part in parts:
            if not await made.send(part):
                break
        return made

    async def still_trades(self) -> None:
        """An honest trader on a new connection places an order."""
        if self._trader is None:
            self._trader = await self.venue.trader(**RICH)
            self.venue.http = self.honest
        await self._trader.place("Bid", "0.1", at="50")

    async def close(self) -> None:
        """End what is open."""
        for each in self._attacks:
            each.writer.transport.abort()
        await self.honest.aclose()


@asynccontextmanager
async def edge(
    bounds: HttpBounds | None = None, *, connections: int = 1_000, per_address: int = 0,
    **options: Any,
) -> AsyncIterator[Edge]:
    """A gateway on a free port; the venue's own tasks are the gateway's here."""
    async with open_venue(followed=False, **options) as venue:
        listening = socket.create_server((SERVER, 0))
        gate = ConnectionGate(connections, per_address=per_address)
        gateway = Gateway(
            views=venue.views, follower=venue.follower, keys=venue.ring, sessions=venue.sessions,
            history=venue.history, trail=venue.trail, board=venue.log,
            application=venue.application, listening=listening, gate=gate,
            sharing=LimitSharing(venue.limits, MemoryUses(), clock_ms=lambda: venue.now_ms), pid=42,
            clock_ms=lambda: venue.now_ms, bounds=bounds,
        )
        stop = asyncio.Event()
        running = asyncio.create_task(gateway.run(stop))
        opened = Edge(venue, int(listening.getsockname()[1]), gate)
        try:
            yield opened
        finally:
            await opened.close()
            stop.set()
            await running


def request(
    method: str, path: str, body: bytes = b"", *, headers: Sequence[tuple[str, str]] = (),
    length: int | None = None,
) -> bytes:
    """The bytes of a request; `length` is the length that it states."""
    lines = [
        f"{method} {path} HTTP/1.1", f"Host: {SERVER}",
        f"Content-Length: {len(body) if length is None else length}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
