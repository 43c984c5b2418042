"""Reference price messages on a Redis stream: read as a price source, and written for others.

Only messages written while it listens count, and of those only recent ones: a writer that makes up
for lost time must not close positions at prices of an hour ago. No message on the stream stops this
source, and a lost server is asked again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

import redis
import structlog

from outcry.adapters.prices.unreadable_frames import UnreadableFrames
from outcry.adapters.valkey.connections import AsyncConnection, LogClient, answered, connect
from outcry.api.broker.price_message import (
    AssetPrice,
    BadPriceMessage,
    PriceMessage,
    decode_price_message,
    encode_price_message,
    scaled_price,
)
from outcry.ports.log import LogUnavailable
from outcry.ports.prices import QUOTE_DECIMALS, Quote
from outcry.runtime.backoff import Backoff
from outcry.runtime.clock import clock_ms

STREAM: Final = "price_stream"
ENTRIES_MAX: Final = 10_000  # About as many stay on a written stream.
AGE_MAX_MS: Final = 5_000  # An older message is no current price.
SILENCE_MAX_S: Final = 5.0  # A symbol without a price for longer is silent.
SOURCE: Final = "outcry"  # The name of this source in messages.

_BLOCK_MS: Final = 1_000
_COUNT: Final = 100

log = structlog.get_logger(__name__)

Fields = Mapping[bytes, bytes]


class RedisPrices:
    """Quotes from the price messages on a stream. One price is both bid and ask."""

    def __init__(
        self, url: str, stream: str = STREAM, *, clock_ms: Callable[[], int] = clock_ms,
        monotonic_s: Callable[[], float] = time.monotonic, backoff: Backoff | None = None,
    ) -> None:
        """Raises `ValueError` when the URL is none; the server need not be there yet."""
        self._client = connect(url, connections=1)
        self._url = _without_password(url, stream)
        self._stream = stream
        self._clock_ms = clock_ms
        self._monotonic_s = monotonic_s
        self._backoff = backoff or Backoff()
        self._heard_at_s: dict[str, float | None] = {}  # By symbol that is watched.
        self._unreadable = UnreadableFrames(monotonic_s)
        self._connected = False
        self._connections = 0
        self._trouble = ""

    def watch(self, symbol: str, mark: int | None) -> None:
        """Take this asset's prices too; others are passed over."""
        self._heard_at_s.setdefault(symbol, None)

    async def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes without end, also after the server was away."""
        try:
            while True:
                try:
                    async with aclosing(self._messages()) as messages:
                        async for fields in messages:
                            for quote in self._read(fields):
                                yield quote
                except (LogUnavailable, redis.RedisError) as error:
                    self._trouble = str(error) or type(error).__name__
                self._connected = False
                wait_s = self._backoff.next_s()
                log.warning(
                    "price stream lost", url=self._url, why=self._trouble, again_in_s=wait_s
                )
                await asyncio.sleep(wait_s)
        finally:
            await self._client.aclose()

    def facts(self) -> Mapping[str, object]:
        """Address of the stream, whether it can be read, and its silent symbols."""
        now_s = self._monotonic_s()
        return {
            "source": "redis",
            "simulated": False,
            "url": self._url,
            "connected": self._connected,
            "connections": self._connections,
            "trouble": self._trouble,
            "unreadable_frames": self._unreadable.frames,
            "silent": [
                symbol for symbol, heard_at_s in self._heard_at_s.items()
                if heard_at_s is None or now_s - heard_at_s > SILENCE_MAX_S
            ],
        }

    async def _messages(self) -> AsyncGenerator[Fields, None]:
        """Entries as they are written, from now on; raises when the server cannot be asked."""
        async with answered():
            newest = await self._client.xrevrange(self._stream, count=1)
        after = newest[0][0] if newest else b"0-0"
        self._connected, self._trouble = True, ""
        self._connections += 1
        self._backoff.reset()
        log.info("price stream open", url=self._url)
        while True:
            async with answered():
                reply = await self._client.xread(
                    {self._stream: after}, count=_COUNT, block=_BLOCK_MS
                )
            for entry_id, fields in _entries(reply):
                after = entry_id
                yield fields

    def _read(self, fields: Fields) -> list[Quote]:
        """The quotes of a message that are wanted: all of them, or none if one is wrong."""
        try:
            message = decode_price_message(fields)
            now_ms = self._clock_ms()
            if message.time_ms < now_ms - AGE_MAX_MS:
                raise BadPriceMessage(f"timestamp is {now_ms - message.time_ms} ms old")
            # A time ahead of ours would make every later quote look old.
            source_ms = min(message.time_ms, now_ms)
            quotes = []
            for each in message.prices:
                if each.asset in self._heard_at_s:
                    price = scaled_price(each, QUOTE_DECIMALS)
                    quotes.append(Quote(each.asset, price, price, source_ms))
        except BadPriceMessage as error:
            self._unreadable.note(error, str(dict(fields)))
            return []
        for quote in quotes:
            self._heard_at_s[quote.symbol] = self._monotonic_s()
        return quotes


class RedisPriceWriter(LogClient):
    """Writes price messages to a stream, of which it keeps the newest ones."""

    def __init__(self, url: str, stream: str = STREAM) -> None:
        super().__init__(url, connections=1)
        self._line = AsyncConnection(self._client)
        self._stream = stream

    async def write(self, prices: Sequence[AssetPrice], time_ms: int) -> None:
        """Write prices of one moment; raises `LogUnavailable` when they cannot be written."""
        fields = encode_price_message(PriceMessage(SOURCE, time_ms, tuple(prices)))
        flat = [text for field in fields.items() for text in field]
        try:
            await self._line.ask(
                "XADD", self._stream, "MAXLEN", "~", ENTRIES_MAX, "*", *flat
            )
        except redis.ResponseError as error:  # Such as a key of that name that is no stream.
            raise LogUnavailable(str(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._line.drop()
        await super().close()


def _without_password(url: str, stream: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}?stream={stream}"


def _entries(reply: Any) -> list[tuple[bytes, Fields]]:
    """Entries in an XREAD reply on one stream, as newer and older servers put it."""
    if not reply:
        return []
    if isinstance(reply, dict):
        [batches] = reply.values()
        return [entry for batch in batches for entry in batch]
    [(_, entries)] = reply
    return list(entries)
