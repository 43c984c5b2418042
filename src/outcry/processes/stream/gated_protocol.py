"""The connections of the WebSocket server, counted from the moment they are accepted.

picows bounds the time and the size of a handshake. It does not count the sockets that have not
begun one, which would use up the files of the process.
"""

import logging
from asyncio import Transport
from collections.abc import Callable
from typing import Final, TypeAlias

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from outcry.runtime.connections import ConnectionGate

HANDSHAKE_S: Final = 5.0
BUFFER_BYTES: Final = 2_048

_picows: Final = logging.getLogger("picows.stream")

Factory: TypeAlias = Callable[[WSUpgradeRequest], WSUpgradeResponseWithListener]


class GatedProtocol(WSProtocol):  # type: ignore[misc]
    """A WebSocket connection of a client, unless there are too many."""

    def __init__(
        self, accept: Factory, gate: ConnectionGate, *, frame_bytes: int
    ) -> None:
        # The connection handles pings: picows would answer a client that pings and never reads
        # until memory runs out. Nor does picows ping, so the three values after are not used.
        super().__init__(
            None, None, False, accept, _picows, True, HANDSHAKE_S, False, 0, 0,
            WSAutoPingStrategy.PING_WHEN_IDLE, False, frame_bytes, None, BUFFER_BYTES,
        )
        self._gate = gate
        self._entered: str | None = None

    def connection_made(self, transport: Transport) -> None:
        """Somebody has connected."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._gate.enter(address):
            transport.abort()
            return
        self._entered = address
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        if self._entered is not None:
            self._gate.leave(self._entered)
            super().connection_lost(exc)
