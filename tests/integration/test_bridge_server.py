"""The bridge's streams and list on a real server: taken once, written once, by one bridge."""

import json
from typing import Any

import pytest
import redis.asyncio

from outcry.adapters.valkey import bridge as adapter
from outcry.adapters.valkey.bridge import RedisBridge
from outcry.ports.bridge import BridgeUpdate, TakenOver
from outcry.ports.log import LogUnavailable
from outcry.wire.journal import EntryId


async def test_a_message_is_pending_until_it_is_finished(fresh_valkey: str) -> None:
    client = redis.asyncio.Redis.from_url(fresh_valkey)
    async with RedisBridge(fresh_valkey) as server, client:
        await client.xadd("backend-to-engine", {"orderId": "before"})
        await server.take_over(token="one", session=7)
        await client.xadd("backend-to-engine", {"orderId": "after"})
        for number in range(3):
            await client.lpush("messages", json.dumps({"orderId": f"pushed-{number}"}))
        await server.move_messages(block_ms=1)
        taken = await server.take(block_ms=1)
        ids = [each.fields.get("orderId") or json.loads(each.fields["data"])["orderId"]
               for each in taken]
        assert ["before", "after", "pushed-0", "pushed-1", "pushed-2"] == ids
        assert [] == await server.take(block_ms=1)
        assert taken == await server.pending()
        await server.write(BridgeUpdate(finished=taken[:4], answered=["before"]))
        assert taken[4:] == await server.pending()
        assert await server.is_answered("before")
        assert not await server.is_answered("after")


async def test_an_update_is_written_once_though_its_answer_is_lost(
    fresh_valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = BridgeUpdate(
        responses=[{"orderId": "1"}], events=[{"eventId": "5-0-0"}],
        reached=(EntryId(5, 0), bytes(32)),
    )
    client = redis.asyncio.Redis.from_url(fresh_valkey)
    async with RedisBridge(fresh_valkey) as server, client:
        assert (7, 1, None) == (await server.take_over(token="one", session=7))[:3]
        real = server._write

        async def lost(**options: Any) -> None:
            await real(**options)
            raise redis.ConnectionError("the answer is lost")

        with monkeypatch.context() as patch:
            patch.setattr(server, "_write", lost)
            with pytest.raises(LogUnavailable):
                await server.write(update)
        await server.write(update)
        assert 1 == await client.xlen("engine_response") == await client.xlen("engine_events")
        await server.write(update)
        assert 2 == await client.xlen("engine_response")
        state = await server.take_over(token="two", session=8)
        assert (7, 2, EntryId(5, 0), bytes(32)) == state


async def test_only_the_newest_bridge_writes(fresh_valkey: str) -> None:
    client = redis.asyncio.Redis.from_url(fresh_valkey)
    async with RedisBridge(fresh_valkey) as old, RedisBridge(fresh_valkey) as new, client:
        await old.take_over(token="one", session=7)
        await new.take_over(token="two", session=8)
        with pytest.raises(TakenOver):
            await old.write(BridgeUpdate(responses=[{"orderId": "1"}]))
        await new.write(BridgeUpdate(responses=[{"orderId": "1"}]))
        assert 1 == await client.xlen("engine_response")


async def test_what_is_kept_is_bounded(
    fresh_valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "ENTRIES_MAX", 500)
    monkeypatch.setattr(adapter, "ANSWERED_MAX", 100)
    client = redis.asyncio.Redis.from_url(fresh_valkey)
    async with RedisBridge(fresh_valkey) as server, client:
        await server.take_over(token="one", session=7)
        for number in range(20):
            ids = [f"{number}-{each}" for each in range(100)]
            await server.write(BridgeUpdate(
                responses=[{"orderId": each} for each in ids], answered=ids
            ))
        assert 500 <= await client.xlen("engine_response") < 1_000, "about so many"
        assert 100 == await client.zcard(adapter.ANSWERED)


async def test_another_group_keeps_its_entries(fresh_valkey: str) -> None:
    """A stream that others read in groups is theirs to trim."""
    client = redis.asyncio.Redis.from_url(fresh_valkey)
    async with RedisBridge(fresh_valkey) as server, client:
        await server.take_over(token="one", session=7)
        await client.xgroup_create("backend-to-engine", "audit", id="0")
        for number in range(300):
            await client.xadd("backend-to-engine", {"orderId": str(number)})
        while taken := await server.take(block_ms=1):
            await server.write(BridgeUpdate(finished=taken))
        await server.trim()
        assert 300 == await client.xlen("backend-to-engine")
        await client.xgroup_destroy("backend-to-engine", "audit")
        await server.trim()
        assert 200 > await client.xlen("backend-to-engine")
