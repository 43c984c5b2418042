"""A bridge that is killed, or loses an answer, at each of its steps: nothing is lost or doubled."""

import json
import random
from collections import Counter

import pytest

from outcry.engine.commands import SetQuote
from outcry.testing.in_memory import InMemoryVenue
from rigs.gateway_venue import START_MS
from rigs.memory_bridge import COMMANDS, BridgeMemory, Life, living
from rigs.patience import soon

ANN = "ann@example.org"
TRADES = 4
ARRIVALS = 30  # Steps of the next bridge: it has sent everything by then.
TRADE = {"command": "CREATE_TRADE", "asset": "SOL_USDC", "direction": "LONG", "email": ANN}


def messages(chance: random.Random, memory: BridgeMemory) -> set[str]:
    """Commands of a user on both ways, repeats among them; returns the ids of all commands."""
    stream = memory.streams[COMMANDS]
    stream.append({"orderId": "account", "command": "CREATE_ACCOUNT", "email": ANN})
    ids = [f"trade-{number}" for number in range(TRADES)]
    for number, order_id in enumerate(ids):
        fields = TRADE | {"orderId": order_id, "margin": str(10 + number), "leverage": "1e2"}
        stream.append(fields)
        if chance.random() < 0.5:
            repeat = chance.choice(ids[: number + 1])
            number_of = ids.index(repeat)
            stream.append(fields | {"orderId": repeat, "margin": str(10 + number_of)})
    stream.append(TRADE | {"orderId": "poor", "margin": "5000", "leverage": "10"})
    stream.append({"orderId": "wrong", "command": "CLOSE_TRADE", "email": ANN, "tradeId": "99"})
    for order_id in ("list-1", "list-2"):
        memory.items.append(json.dumps({"orderId": order_id, "clientId": "server", "message": {
            "type": "GET_USD_BALANCE", "data": {"email": ANN},
        }}))
    return {*ids, "account", "poor", "wrong", "list-1", "list-2"}


async def happened(
    chance: random.Random, *, at: int = 0, loses: bool = False, late_append: int = 0,
    arrives_at: int = 0,
) -> bool:
    """Let something happen to a first bridge; False when it finished everything before."""
    where = f"step {at}, append {late_append}, arrival at {arrives_at}"
    venue = InMemoryVenue(clock_ms=lambda: START_MS, first_user_id=501)
    memory = BridgeMemory()
    async with venue.running():
        contract = venue.views.venue.cfd.contract("SOL_USDC")
        assert contract is not None
        await venue.command_writer.submit(SetQuote(
            instrument_id=contract.instrument_id, bid=200 * 10**6, ask=200 * 10**6,
            source_ms=START_MS,
        ))
        ids = messages(chance, memory)
        first = Life(memory, venue, at=at, loses=loses, late_append=late_append)
        async with living(first, venue) as running:
            await soon(lambda: first.dead.is_set() or memory.is_done or running.done())
        if first.dead.is_set():
            # The next one is killed as well, unless it has an entry to wait for.
            killed_at = 0 if late_append else chance.randrange(1, 60)
            second = Life(memory, venue, at=killed_at, arrives_at=arrives_at)
            async with living(second, venue) as running:
                await soon(lambda: second.dead.is_set() or memory.is_done or running.done())
            await memory.arrive(venue)
            async with living(Life(memory, venue), venue) as running:
                await soon(lambda: running.done() or (memory.is_done and (
                    memory.reached is not None
                    and memory.reached[0] >= venue.log.events_top()
                )))
        assert memory.is_done, f"at {where}: {memory.unfinished}"
        counts = Counter(answer["orderId"] for answer in memory.responses)
        assert dict.fromkeys(ids, 1) == counts, f"at {where}"
        done = {
            answer["orderId"] for answer in memory.responses if answer["status"] == "success"
        }
        assert ids - {"poor", "wrong"} == done, f"at {where}"
        await venue.hear()
        account = venue.views.venue.accounts.account_of_user(501)
        assert account is not None
        held = sorted(position.margin for position in venue.views.venue.cfd.open_of(account))
        assert [(10 + number) * 10**6 for number in range(TRADES)] == held, f"at {where}"
        events = Counter(event["eventId"] for event in memory.events)
        assert [1] * TRADES == list(events.values()), f"at {where}"
        replies = [json.loads(text) for channel, text in memory.published if channel == "server"]
        assert ["list-1", "list-2"] == [each["orderId"] for each in replies]
    return first.dead.is_set() if late_append else first.steps >= at


@pytest.mark.parametrize("loses", [False, True], ids=["killed", "an answer is lost"])
async def test_at_every_step(loses: bool) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    at = 1
    while await happened(random.Random(seed + at), at=at, loses=loses):
        at += 1
    assert at > 50, "there are so many"


async def test_an_entry_on_its_way_arrives_at_any_later_step() -> None:
    """Of every command that a bridge was about to send when it was killed."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    append = 1
    while await happened(random.Random(seed), late_append=append):
        for arrives_at in range(1, ARRIVALS):
            await happened(random.Random(seed), late_append=append, arrives_at=arrives_at)
        append += 1
    assert append > TRADES, "every command is sent once at least"
