"""Reference price messages on a real Redis stream: read, written, and whatever goes wrong there."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis.asyncio

from outcry.adapters.prices.choice import SourceSettings, UnknownPriceSource, price_source
from outcry.adapters.prices.redis_stream import ENTRIES_MAX, RedisPrices, RedisPriceWriter
from outcry.api.broker.price_message import AssetPrice
from outcry.launcher.servers import EmbeddedValkey
from outcry.launcher.servers.child import start, stop
from outcry.ports.log import LogUnavailable
from outcry.ports.prices import Quote
from outcry.runtime.backoff import Backoff
from rigs.patience import PATIENCE_S

STREAM = "price_stream"
ONE = 10**9


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def message(*prices: tuple[str, str, object], **fields: Any) -> dict[str, Any]:
    """As the reference poller writes it."""
    items = [{"asset": asset, "price": price, "decimal": decimal}
             for asset, price, decimal in prices]
    packed = base64.b64encode(json.dumps(items).encode()).decode()
    return {
        "source": "poller", "format": "base64_v1", "timestamp": str(now_ms()), "data": packed,
    } | fields


class Reader:
    """A source that is being read, and what it said."""

    def __init__(self, prices: RedisPrices) -> None:
        self.prices = prices
        self.said: asyncio.Queue[Quote] = asyncio.Queue()

    async def run(self) -> None:
        quotes: AsyncGenerator[Quote, None] = self.prices.quotes()
        async with aclosing(quotes):
            async for quote in quotes:
                self.said.put_nowait(quote)

    async def next(self) -> Quote:
        async with asyncio.timeout(PATIENCE_S):
            return await self.said.get()

    async def until(self, fact: str, value: object) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.prices.facts()[fact] != value:  # noqa: ASYNC110 - another server.
                await asyncio.sleep(0.005)


@asynccontextmanager
async def reading(
    url: str, stream: str = STREAM, *, clock_ms: Callable[[], int] = now_ms
) -> AsyncIterator[Reader]:
    backoff = Backoff(first_s=0.01, longest_s=0.05)
    prices = RedisPrices(url, stream, clock_ms=clock_ms, backoff=backoff)
    prices.watch("SOL_USDC", None)
    prices.watch("BTC_USDC", None)
    reader = Reader(prices)
    running = asyncio.create_task(reader.run())
    try:
        await reader.until("connected", value=True)
        yield reader
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_messages_become_quotes(fresh_valkey: str) -> None:
    """One price is bid and ask; the time is the writer's, and never ahead of ours."""
    async with redis.asyncio.Redis.from_url(fresh_valkey) as client:
        await client.xadd(STREAM, message(("SOL_USDC", "1", 0)))  # type: ignore[arg-type]
        async with reading(fresh_valkey) as reader:
            said_ms = now_ms() - 7
            assert ["SOL_USDC", "BTC_USDC"] == reader.prices.facts()["silent"]
            await client.xadd(STREAM, message(
                ("SOL_USDC", "236140000", 6), ("DOGE_USDC", "1", 12), ("BTC_USDC", "1000000001", 4),
                timestamp=str(said_ms),
            ))
            assert Quote(
                "SOL_USDC", 236_140_000_000, 236_140_000_000, said_ms
            ) == await reader.next(), "what was said before it listened does not count"
            assert 100_000_000_100_000 == (await reader.next()).ask
            assert [] == reader.prices.facts()["silent"]
            ahead = str(now_ms() + 3_600_000)
            await client.xadd(STREAM, message(("SOL_USDC", "1", 0), timestamp=ahead))
            assert (await reader.next()).source_ms <= now_ms()


async def test_nonsense_is_counted_and_passed_over(fresh_valkey: str) -> None:
    """Nothing on the stream stops it or becomes a price, and half of a message is none."""
    nonsense: list[dict[Any, Any]] = [
        {"hello": "world"}, message(("SOL_USDC", "1", 0), format="json"),
        message(("SOL_USDC", "-5", 0)), message(("SOL_USDC", "0", 0)),
        message(("SOL_USDC", "7.5", 0)), message(("SOL_USDC", "1", 12)),
        message(("SOL_USDC", "9" * 30, 0)), message(("SOL_USDC", "1", "6")),
        message(("BTC_USDC", "1", 0), ("SOL_USDC", "0", 0)),
        message(("SOL_USDC", "1", 0), timestamp="now"),
        message(("SOL_USDC", "1", 0), timestamp=str(now_ms() - 6_000)),
        message(data="!"), message(data=b"\xff"),
    ]
    chance = Random(5)
    nonsense += [
        {chance.randbytes(6): chance.randbytes(9), "format": "base64_v1",
         "timestamp": "1", "source": "", "data": chance.randbytes(40)} for _ in range(50)
    ]
    async with redis.asyncio.Redis.from_url(fresh_valkey) as client, reading(
        fresh_valkey
    ) as reader:
        for fields in nonsense:
            await client.xadd(STREAM, fields)
        await client.xadd(STREAM, message(("SOL_USDC", "200", 0)))  # type: ignore[arg-type]
        assert 200 * ONE == (await reader.next()).bid
        assert reader.said.empty()
        assert len(nonsense) == reader.prices.facts()["unreadable_frames"]


async def test_what_is_written_is_read(fresh_valkey: str) -> None:
    """The round trip; and the stream keeps a bounded number of messages."""
    writer = RedisPriceWriter(fresh_valkey, "told")
    async with redis.asyncio.Redis.from_url(fresh_valkey) as client, reading(
        fresh_valkey, "told", clock_ms=lambda: 20
    ) as reader:
        await writer.write([AssetPrice("SOL_USDC", 141_080_000, 6)], 17)
        assert Quote("SOL_USDC", 141_080_000_000, 141_080_000_000, 17) == await reader.next()
        [(_, fields)] = await client.xrange("told")
        assert {b"source", b"format", b"timestamp", b"data"} == fields.keys()
        assert [{"asset": "SOL_USDC", "price": "141080000", "decimal": 6}] == json.loads(
            base64.b64decode(fields[b"data"])
        )
        pipeline = client.pipeline()
        for _ in range(ENTRIES_MAX + 500):
            pipeline.xadd("told", {"a": "b"})
        await pipeline.execute()
        await writer.write([AssetPrice("SOL_USDC", 1, 0)], 18)
        assert await client.xlen("told") < ENTRIES_MAX + 500
        await client.set("text", "no stream")
        other = RedisPriceWriter(fresh_valkey, "text")
        with pytest.raises(LogUnavailable, match="WRONGTYPE"):
            await other.write([AssetPrice("SOL_USDC", 1, 0)], 19)
        await other.close()
    await writer.close()


async def test_a_key_that_is_no_stream_is_told_and_waited_out(fresh_valkey: str) -> None:
    async with redis.asyncio.Redis.from_url(fresh_valkey) as client, reading(
        fresh_valkey
    ) as reader:
        await client.set(STREAM, "no stream")
        await reader.until("connected", value=False)
        assert "WRONGTYPE" in str(reader.prices.facts()["trouble"])
        await client.delete(STREAM)
        await reader.until("connected", value=True)
        await client.xadd(STREAM, message(("SOL_USDC", "200", 0)))  # type: ignore[arg-type]
        assert 200 * ONE == (await reader.next()).bid


async def test_a_server_that_goes_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is asked again until it answers, and says meanwhile what is wrong."""
    valkey = EmbeddedValkey(Path(tmp_path_factory.mktemp("v")) / "v", maxmemory="100mb")
    child = start(valkey)  # And stopped in this thread: see `spawn`.
    try:
        async with reading(valkey.url) as reader:
            stop(child, valkey.stop_signal)
            await reader.until("connected", value=False)
            assert reader.prices.facts()["trouble"]
            child = start(valkey)
            await reader.until("connected", value=True)
            assert 2 == reader.prices.facts()["connections"]
            async with redis.asyncio.Redis.from_url(valkey.url) as client:
                await client.xadd(STREAM, message(("SOL_USDC", "200", 0)))  # type: ignore[arg-type]
            assert 200 * ONE == (await reader.next()).bid
    finally:
        stop(child, valkey.stop_signal)


def test_the_setting_names_server_and_stream() -> None:
    """The password is for the server, not for the status board."""
    source = price_source(
        "redis:redis://:secret@127.0.0.1:1/2?stream=ticks", SourceSettings("unused")
    )
    assert "redis://127.0.0.1:1/2?stream=ticks" == source.facts()["url"]
    for wrong in ("redis:", "redis:127.0.0.1", "redis:redis://a?to=b", "redis:redis://a?stream="):
        with pytest.raises(UnknownPriceSource):
            price_source(wrong, SourceSettings("unused"))
