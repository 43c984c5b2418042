"""A client that knows the other design's documents only: streams, a list, channels and SQL.

It never asks the gateway. The bridge is killed in the middle of its commands.
"""

import asyncio
import json
import random
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from outcry.runtime.config import settings_of_running_venue
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, running_venue
from twin.cfd_prices import CfdPrices, cfd_prices, quiet_feed

LONG = {"asset": "SOL_USDC", "direction": "LONG", "margin": 1000, "leverage": 100}
KILLS = 3
COMMANDS = 240


@pytest.fixture(scope="module")
def bridged() -> Iterator[Venue]:
    with tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory, running_venue(
        Path(directory) / "data", "--bridge", "--no-maker", "--no-standby", "--prices",
        quiet_feed(Path(directory)),
    ) as venue:
        yield venue


class Backend:
    """A backend of the other design, with a consumer group of its own on each stream."""

    def __init__(self, server: Any, database: Any) -> None:
        self.server = server
        self.database = database
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []

    async def send(self, command: str, order_id: str | None = None, **fields: Any) -> str:
        """Write a command as the fields of an entry."""
        order_id = order_id or str(uuid.uuid4())
        await self.server.xadd("backend-to-engine", {
            "orderId": order_id, "command": command, **fields
        })
        return order_id

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        return await self.answer_to(await self.send(command, **fields))

    async def answer_to(self, order_id: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while order_id not in self.answers:
                await self.read("engine_response")
        return self.answers[order_id][0]

    async def event(self, kind: str, trade_id: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events:
                    if (event["eventType"], event["tradeId"]) == (kind, trade_id):
                        return event
                await self.read("engine_events")

    async def read(self, stream: str) -> None:
        """Take what is new, by the group, and acknowledge it."""
        reply = await self.server.xreadgroup("api", "server-1", {stream: ">"}, count=100, block=100)
        for _, entries in reply.items() if isinstance(reply, dict) else reply:
            batch = entries[0] if entries and isinstance(entries[0], list) else entries
            for entry_id, fields in batch:
                found = {**fields, "data": json.loads(fields["data"])}
                if stream == "engine_events":
                    self.events.append(found)
                else:
                    self.answers.setdefault(found["orderId"], []).append(found)
                await self.server.xack(stream, "api", entry_id)

    async def row(self, question: str, *values: object) -> Any:
        """A row, which the recorder writes a moment later."""
        async with asyncio.timeout(PATIENCE_S):
            while (row := await self.database.fetchrow(question, *values)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return row


@asynccontextmanager
async def at(venue: Venue) -> AsyncIterator[tuple[Backend, CfdPrices]]:
    settings = settings_of_running_venue(venue.data_dir)
    server = redis.asyncio.Redis.from_url(settings.redis_url, decode_responses=True)
    database = await asyncpg.connect(settings.database_url)
    for stream in ("engine_response", "engine_events"):
        try:
            await server.xgroup_create(stream, "api", id="0", mkstream=True)
        except redis.ResponseError as error:
            assert "BUSYGROUP" in str(error)  # noqa: PT017 - another test made it.
    try:
        async with cfd_prices(venue) as prices:
            yield Backend(server, database), prices
    finally:
        await database.close()
        await server.aclose()


async def test_a_trade_from_its_command_to_its_liquidation(bridged: Venue) -> None:
    async with at(bridged) as (backend, prices):
        email = "ann@example.org"
        opened = await backend.ask("CREATE_ACCOUNT", email=email)
        assert ("success", {"email": email, "initialUsdBalance": 5000, "assets": ["USD"]}) == (
            opened["status"], opened["data"]
        )
        await prices.quote("SOL_USDC", "200")
        answer = await backend.ask("CREATE_TRADE", email=email, **LONG)
        assert "success" == answer["status"], answer
        trade_id = answer["data"]["tradeId"]
        assert {
            "email": email, "tradeId": trade_id, "entryPrice": 200, "liquidationPrice": 180,
            "margin": 1000, "leverage": 10,
        } == answer["data"]
        told = await backend.event("TRADE_OPENED", trade_id)
        assert answer["orderId"] == told["orderId"]
        balance = await backend.ask("GET_BALANCE", email=email)
        assert {"email": email, "balances": {"USD": 4000}} == balance["data"]
        await prices.quote("SOL_USDC", "180")
        event = await backend.event("TRADE_LIQUIDATED", trade_id)
        assert (180, -1000, 0, "LONG") == tuple(
            event["data"][name] for name in ("closePrice", "pnl", "totalReturn", "direction")
        )
        late = await backend.ask("CLOSE_TRADE", email=email, tradeId=trade_id)
        assert ("error", None, "Trade not found") == (
            late["status"], late["data"], late["message"]
        )
        trade = await backend.row(
            'SELECT t.*, u.id AS owner FROM trades AS t JOIN users AS u ON u.id = t."userId"'
            " WHERE t.\"tradeId\" = $1 AND t.status = 'LIQUIDATED'", trade_id,
        )
        assert (email, "SOL_USDC", "LONG", 180_000_000, 6, -1_000_000_000, trade["owner"]) == tuple(
            trade[name] for name in (
                "email", "asset", "direction", "exitPrice", "exitPriceDecimals", "pnl", "userId",
            )
        )
        order = await backend.row('SELECT * FROM orders WHERE "orderId" = $1', answer["orderId"])
        assert ("CREATE_TRADE", "SUCCESS", trade_id, 1_000_000_000, 100) == tuple(
            order[name] for name in ("command", "status", "tradeId", "amount", "leverage")
        )
        close = await backend.row('SELECT * FROM trade_closes WHERE "tradeId" = $1', trade_id)
        assert ("LIQUIDATED", email, "SOL_USDC", "LONG") == tuple(
            close[name] for name in ("status", "email", "asset", "direction")
        )


async def test_the_list_and_the_channel_of_its_sender(bridged: Venue) -> None:
    """Messages pushed on the list are answered where their sender waits, in their order."""
    async with at(bridged) as (backend, prices):
        await prices.quote("ETH_USDC", "2000")
        channel = backend.server.pubsub(ignore_subscribe_messages=True)
        await channel.subscribe("server-7")
        email = "bob@example.org"
        messages = [
            {"type": "CREATE_ACCOUNT", "data": {"email": email}},
            {"type": "CREATE_TRADE", "data": {
                "email": email, "asset": "ETH_USDC", "direction": "SHORT", "margin": 1e2,
                "leverage": 20.0, "takeProfitPrice": 1900,
            }},
            {"type": "MAKE_ME_RICH", "data": {"email": email}},
            "no object",
        ]
        for message in messages:
            text = json.dumps({"clientId": "server-7", "message": message})
            await backend.server.lpush("messages", text)
        await backend.server.lpush("messages", "{")
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < 3:
                told = await channel.get_message(timeout=1)
                found += [json.loads(told["data"])] if told else []
        assert ["success", "success", "error"] == [answer["status"] for answer in found]
        assert ("1900", 2) == (
            str(found[1]["data"]["takeProfitPrice"]), found[1]["data"]["leverage"]
        )
        await prices.quote("ETH_USDC", "1900")
        await backend.event("TRADE_TAKE_PROFIT", found[1]["data"]["tradeId"])
        unreadable = [
            answer for answers in backend.answers.values() for answer in answers
            if answer["message"].startswith("parse request payload error")
        ]
        while len(unreadable) < 2:
            await backend.read("engine_response")
            unreadable = [
                answer for answers in backend.answers.values() for answer in answers
                if answer["message"].startswith("parse request payload error")
            ]
        await channel.aclose()


async def test_commands_outlive_the_bridge(bridged: Venue) -> None:
    """Killed while commands come, it does each once and answers each once; so after a repeat."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with at(bridged) as (backend, prices):
        email = "cat@example.org"
        await backend.ask("CREATE_ACCOUNT", email=email)
        await prices.quote("BTC_USDC", "100000")
        sent: list[str] = []

        async def trade() -> None:
            for number in range(COMMANDS):
                order_id = f"order-{number}"
                sent.append(order_id)
                fields = LONG | {"asset": "BTC_USDC", "margin": 1 + number % 7, "email": email}
                await backend.send("CREATE_TRADE", order_id=order_id, **fields)
                if chance.random() < 0.2:  # A sender that is not sure sends it again.
                    await backend.send("CREATE_TRADE", order_id=chance.choice(sent), **fields)
                if number % 20 == 0:
                    await prices.quote("BTC_USDC", "100000")  # It must not become stale.
                await asyncio.sleep(0.02)

        trading = asyncio.create_task(trade())
        for _ in range(KILLS):
            await asyncio.sleep(chance.random())
            await asyncio.to_thread(bridged.kill, "bridge")
        await trading
        for order_id in sent:
            await prices.quote("BTC_USDC", "100000")
            await backend.answer_to(order_id)
        balance = await backend.ask("GET_USD_BALANCE", email=email)
        counts = Counter({order_id: len(backend.answers[order_id]) for order_id in sent})
        assert {1} == set(counts.values()), counts.most_common(3)
        done = [
            backend.answers[order_id][0] for order_id in sent
            if backend.answers[order_id][0]["status"] == "success"
        ]
        assert done
        spent = sum(answer["data"]["margin"] for answer in done)
        assert 5000 - spent == balance["data"]["usdBalance"]
        trades = {answer["data"]["tradeId"] for answer in done}
        assert len(done) == len(trades)
        async with asyncio.timeout(PATIENCE_S):
            while len(trades) != await backend.database.fetchval(  # noqa: ASYNC110
                "SELECT count(*) FROM trades WHERE email = $1", email
            ):
                await asyncio.sleep(0.05)
        opened = [event["tradeId"] for event in backend.events if event["tradeId"] in trades]
        async with asyncio.timeout(PATIENCE_S):
            while len(set(opened)) < len(trades):
                await backend.read("engine_events")
                opened = [e["tradeId"] for e in backend.events if e["tradeId"] in trades]
        ids = [event["eventId"] for event in backend.events]
        assert len(ids) == len(set(ids)), "an event is mirrored once, since that is one transaction"
    facts = bridged.status()["said"]["bridge"]
    until(lambda: bridged.status()["said"]["bridge"]["unfinished"] == 0, "an idle bridge")
    assert facts["state"] == "running"
