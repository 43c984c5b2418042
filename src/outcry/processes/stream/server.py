"""The WebSocket server: accepts connections, enforces their limits, and closes them."""

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog
from picows import (
    WSCloseCode,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

from outcry.people.cookies import PageOrigins, cookie_of
from outcry.processes.stream.connection import ClientConnection
from outcry.processes.stream.deflate import agreed
from outcry.processes.stream.gated_protocol import GatedProtocol
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.requests import Requests
from outcry.runtime.addresses import TrustedProxies, address_group
from outcry.runtime.connections import ConnectionGate

log = structlog.get_logger("stream")


class StreamServer:
    """All connections. Clients' messages go to `Requests`; frames for them come from the hub."""

    def __init__(
        self, hub: Hub, requests: Requests, limits: Limits, *, gate: ConnectionGate,
        pages: PageOrigins, now_s: Callable[[], float], now_us: Callable[[], int],
        proxies: TrustedProxies | None = None,
    ) -> None:
        self.connections: dict[ClientConnection, None] = {}
        self.slow_readers = 0  # The number of clients disconnected for it.
        self._hub = hub
        self._requests = requests
        self._limits = limits
        self._gate = gate
        self._pages = pages
        self._proxies = proxies or TrustedProxies()
        self._now_s = now_s
        self._now_us = now_us
        self._addresses: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._closing = False
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def listen(self, host: str, port: int) -> int:
        """Start accepting connections; returns the port, which is a free one for port 0."""
        assert self._server is None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: GatedProtocol(
                self._connection, self._gate, frame_bytes=self._limits.frame_bytes
            ), host, port,
        )
        return int(self._server.sockets[0].getsockname()[1])

    def opened(self, connection: ClientConnection) -> None:
        """A client has connected."""
        self.connections[connection] = None
        self._nobody.clear()
        connection.address = self._proxies.client(connection.address, connection.forwarded_for)
        group = address_group(connection.address)
        self._addresses[group] += 1
        allowed = self._limits.connections_per_address
        if self._closing:  # Its handshake was under way.
            connection.close(WSCloseCode.GOING_AWAY, "shutting down")
        elif 0 < allowed < self._addresses[group]:
            connection.close(WSCloseCode.POLICY_VIOLATION, "too many connections")

    def heard(self, connection: ClientConnection, message: bytes) -> None:
        """A client sent a message."""
        self._requests.heard(connection, message)

    def closed(self, connection: ClientConnection) -> None:
        """A connection has ended."""
        del self.connections[connection]
        group = address_group(connection.address)
        self._addresses[group] -= 1
        if not self._addresses[group]:
            del self._addresses[group]
        self._hub.drop(connection)
        if not self.connections:
            self._nobody.set()
        if connection.gave_up:
            self.slow_readers += 1
            log.info("slow reader disconnected", address=connection.address)

    def beat(self) -> None:
        """A second has passed."""
        now_s = self._now_s()
        for connection in self.connections:
            connection.beat(now_s)
            self._requests.check_keys(connection)

    async def close(self) -> None:
        """Stop accepting connections, and give the open ones time to close."""
        if self._server is None:
            return
        self._closing = True
        self._server.close()
        for connection in self.connections:
            connection.close(WSCloseCode.GOING_AWAY, "shutting down")
        # Clients that do not answer are disconnected by then.
        await self._nobody.wait()

    def _connection(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        headers = request.headers
        asked = ",".join(headers.getall("Connection", ())).lower().split(",")
        if "upgrade" in [word.strip() for word in asked]:
            # picows expects no list here; Firefox sends `keep-alive, Upgrade`.
            headers["Connection"] = "Upgrade"
        extension = agreed(headers.getall("Sec-WebSocket-Extensions", ()))
        connection = ClientConnection(
            self, self._limits, now_s=self._now_s, now_us=self._now_us,
            deflates=extension is not None,
        )
        # A browser sends the cookie along for any page that opens a socket here.
        connection.forwarded_for = headers.get("x-forwarded-for")
        if self._pages.may_use_cookie(origin=headers.get("origin"), host=headers.get("host")):
            connection.cookie = cookie_of(headers.get("cookie"))
        response = WSUpgradeResponse.create_101_response(
            extra_headers=None if extension is None else {"Sec-WebSocket-Extensions": extension}
        )
        return WSUpgradeResponseWithListener(response, connection)
