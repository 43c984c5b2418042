"""How the venue is, as anybody may ask."""

from typing import Any

import pytest

from outcry.engine.commands import Heartbeat
from outcry.ports.log import LogUnavailable
from outcry.wire.journal import EntryId, encode_commands
from rigs.gateway_venue import RICH, START_MS, MemoryVenue, Trader


async def status(venue: MemoryVenue) -> Any:
    response = await venue.http.get("/api/v1/venue/status")
    assert response.status_code == 200, response.text
    return response.json()


async def test_processes_are_as_they_say(venue: MemoryVenue) -> None:
    """The leader speaks as `engine`; one that has not been heard of for long is silent."""
    at = f"{START_MS}-0"
    venue.log.report("engine", {
        "pid": 7, "state": "running", "lease_token": "secret", "reached": at, "published": at,
        "snapshot": f"{START_MS - 4_000}-1", "latency_ms": 3, "said_ms": START_MS - 100,
    })
    venue.log.report("standby", {
        "state": "running", "reached": at, "published": at,
        "snapshot": f"{START_MS - 2_000}-9", "said_ms": START_MS - 5_001,
    })
    venue.log.report("recorder", {
        "state": "waiting for the database", "offset": f"{START_MS - 1_000}-0", "lag_ms": 1_000,
    })
    venue.log.report("stream", {
        "state": "running", "reached": at, "age_ms": 12,
        "connections": 2, "frames_per_s": 30, "bytes_per_s": 4_000,
    })
    told = await status(venue)
    assert [
        ("engine", "leader", "running", 100, at),
        ("standby", "standby", "silent", 5_001, at),
        ("stream", None, "running", 0, at),
        ("recorder", None, "waiting for the database", 1_000, f"{START_MS - 1_000}-0"),
    ] == [
        (each["name"], each["role"], each["state"], each["heardMs"], each["reached"])
        for each in told["processes"]
    ]
    assert f"{START_MS - 2_000}-9" == told["reached"]["snapshot"]
    assert {
        "engineMs": 3, "gatewayMs": 0, "streamMs": 12, "recorderMs": 1_000, "snapshotMs": 2_000,
    } == told["lag"]
    assert {"connections": 2, "framesPerS": 30, "bytesPerS": 4_000} == told["stream"]
    assert "secret" not in str(told)


async def test_a_venue_that_says_nothing_of_itself(venue: MemoryVenue) -> None:
    told = await status(venue)
    assert ([], None, None) == (told["processes"], told["stream"], told["lag"]["engineMs"])
    assert str(venue.views.venue.reached) == told["reached"]["gateway"]
    assert told["trouble"] is None
    venue.now_ms += 4_000
    told = await status(venue)
    assert "The engine has not been heard of for 4 seconds" == told["trouble"]
    assert 4_000 == told["lag"]["gatewayMs"]


async def test_the_ends_of_the_log_are_told(venue: MemoryVenue) -> None:
    """What nobody has answered yet is in the journal and not in the events."""
    answered = str(venue.log.journal[-1].id)
    venue.log.beat(writer=99, number=1, commands=encode_commands([Heartbeat()]))
    told = (await status(venue))["reached"]
    assert str(venue.log.journal[-1].id) == told["journal"] != answered
    assert (answered, answered) == (told["events"], told["gateway"])


async def test_while_the_log_is_away_its_ends_are_not_known(
    venue: MemoryVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> EntryId:
        raise LogUnavailable("the test says so")
    monkeypatch.setattr(venue.log, "journal_top", away)
    told = await status(venue)
    assert (None, None, []) == (
        told["reached"]["journal"], told["reached"]["events"], told["processes"]
    )
    assert str(venue.views.venue.reached) == told["reached"]["gateway"]


async def test_orders_and_trades_of_each_second(venue: MemoryVenue, ann: Trader) -> None:
    """An order that is refused is none."""
    other = await venue.trader(**RICH)
    await ann.place("Bid", "1", at="100")
    await ann.place("Bid", "1", at="100")
    await other.place("Ask", "1.5", at="100")
    refused = await ann.post("/api/v1/order", {
        "symbol": "SOL_USDC", "side": "Ask", "orderType": "Limit", "price": "100",
        "quantity": "1000",
    })
    assert 400 == refused.status_code
    await venue.pass_time(1_000)
    told = await status(venue)
    assert {"second": START_MS // 1000, "orders": 3, "trades": 2} == told["seconds"][-1]


async def test_how_long_answers_take(venue: MemoryVenue, ann: Trader) -> None:
    before = (await status(venue))["latency"]["answers"]
    await ann.place("Bid", "1", at="100")
    latency = (await status(venue))["latency"]
    assert before + 1 == latency["answers"]
    assert 0 < latency["p50Us"] <= latency["p90Us"] <= latency["p99Us"] <= latency["maxUs"]
