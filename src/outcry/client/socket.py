"""A WebSocket that reconnects by itself.

It does not know the messages on it: its user provides those to send after each connect, and
receives the others. A connection counts as lost when it breaks, when the peer leaves a ping
unanswered, or when nothing at all came for `silence_s`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import aiohttp
import structlog

from outcry.runtime.backoff import Backoff

PING_S = 20.0
CONNECT_S = 10.0
_MESSAGE_BYTES_MAX = 16 * 1024 * 1024

log = structlog.get_logger(__name__)


class ReconnectingSocket:
    """Messages of a WebSocket, across as many connections as it takes."""

    def __init__(
        self, url: str, *, on_open: Callable[[], Sequence[str]], silence_s: float | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """`on_open` is called after each connect; the messages that it returns are sent at once."""
        self.url = url
        self.connections = 0  # How often it has opened.
        self.connected = False
        self.trouble = ""  # Why it is not connected, in words.
        self._on_open = on_open
        self._silence_s = silence_s
        self._backoff = backoff or Backoff()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def send(self, text: str) -> None:
        """Send a message if the socket is open; else the next `on_open` covers it."""
        if self._socket is not None and self.connected:
            task = asyncio.create_task(self._send(self._socket, text))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def messages(
        self, after_open: Callable[[], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Text messages as they come, without end. Close the iterator to close the socket.

        `after_open` is called when the messages of `on_open` have been sent.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
            while True:
                try:
                    async with aclosing(self._one_connection(session, after_open)) as messages:
                        async for message in messages:
                            self._backoff.reset()
                            yield message
                except (aiohttp.ClientError, OSError) as error:  # A TimeoutError is an OSError.
                    self.trouble = str(error) or type(error).__name__
                finally:
                    self.connected = False
                    self._socket = None
                wait_s = self._backoff.next_s()
                log.warning("socket lost", url=self.url, why=self.trouble, again_in_s=wait_s)
                await asyncio.sleep(wait_s)

    async def _one_connection(
        self, session: aiohttp.ClientSession, after_open: Callable[[], None] | None
    ) -> AsyncGenerator[str, None]:
        async with asyncio.timeout(CONNECT_S):
            socket = await session.ws_connect(
                self.url, heartbeat=PING_S, max_msg_size=_MESSAGE_BYTES_MAX,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
        async with socket:
            self._socket = socket
            self.connected = True
            self.connections += 1
            self.trouble = ""
            log.info("socket open", url=self.url, connections=self.connections)
            for text in self._on_open():
                await socket.send_str(text)
            if after_open is not None:
                after_open()
            while True:
                message = await self._receive(socket)
                if message.type is aiohttp.WSMsgType.TEXT:
                    yield message.data
                elif message.type is not aiohttp.WSMsgType.BINARY:
                    self.trouble = self.trouble or f"closed with code {socket.close_code}"
                    return

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
        try:
            return await socket.receive(self._silence_s)
        except TimeoutError:
            self.trouble = f"nothing came for {self._silence_s} s"
            raise aiohttp.ServerTimeoutError(self.trouble) from None

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        try:
            await socket.send_str(text)
        except (aiohttp.ClientError, OSError) as error:
            # The receiving side sees the same loss and mends it; `on_open` sends this anew.
            log.warning("could not send", url=self.url, why=str(error))
