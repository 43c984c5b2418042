"""A clock that is set while the venue runs: who is silent, and what the CFD desk still does."""

from typing import Any

import pytest

from outcry.adapters.memory.log import MemorySnapshots
from outcry.api.backpack.errors import ApiError
from outcry.engine.commands import AddMargin, ChangePosition, ClosePosition, SetQuote
from outcry.log.command_writer import CommandWriter
from outcry.ports.status_board import log_faults
from outcry.processes.gateway.start import start_views
from outcry.processes.gateway.submission import submit
from rigs.gateway_venue import MemoryVenue, Trader

HOUR_MS = 3_600_000
POSITIONS = "/api/v1/cfd/positions"


async def quote(venue: MemoryVenue, price: int) -> None:
    contract = venue.views.venue.cfd.contract("SOL_USDC")
    assert contract is not None
    price *= 10**contract.price_decimals
    await venue.command_writer.submit(SetQuote(
        instrument_id=contract.instrument_id, bid=price, ask=price, source_ms=venue.now_ms
    ))


async def read(venue: MemoryVenue, path: str) -> Any:
    return (await venue.http.get(f"/api/v1/{path}")).json()


def long() -> dict[str, object]:
    return {"asset": "SOL_USDC", "direction": "LONG", "margin": 1000, "leverage": 100}


async def stale(venue: MemoryVenue) -> bool:
    contracts = await read(venue, "cfd/contracts")
    return bool(next(each["stale"] for each in contracts if each["asset"] == "SOL_USDC"))


async def test_after_the_clock_is_set_back_the_desk_pauses_and_spot_goes_on(
    venue: MemoryVenue, ann: Trader
) -> None:
    """The journal stays ahead, so no new quote is taken, and the last one must not pass for one."""
    await quote(venue, 100)
    assert 200 == (await ann.post(POSITIONS, long())).status_code
    venue.now_ms -= HOUR_MS
    await venue.beat()
    status = await read(venue, "status")
    assert "Ok" == status["status"]
    assert "The clock is 3600 seconds behind the journal" in status["message"]
    answer = await ann.post(POSITIONS, long())
    assert (503, "MAINTENANCE") == (answer.status_code, answer.json()["code"])
    assert "nothing was sent" in answer.json()["message"]
    [position] = venue.views.venue.cfd.open_of(ann.account_id)
    named: dict[str, Any] = {
        "account_id": ann.account_id, "position_id": position.position_id
    }
    for command in (
        ClosePosition(**named), ChangePosition(**named, stop_loss=1), AddMargin(**named, amount=1)
    ):
        with pytest.raises(ApiError, match="nothing was sent"):
            await submit(venue.views, command)
    assert await stale(venue)
    assert 503 == (await venue.http.get("/api/v1/price?asset=SOL_USDC")).status_code
    await ann.place("Bid", "1", at="50")

    venue.now_ms += HOUR_MS
    await venue.beat()
    await quote(venue, 101)
    assert {"status": "Ok", "message": None} == await read(venue, "status")
    assert not await stale(venue)
    assert 200 == (await ann.post(POSITIONS, long())).status_code


@pytest.mark.parametrize("step_ms", [-2_000, -1_000, 1_000, HOUR_MS])
async def test_a_step_that_the_journal_can_follow_pauses_nothing(
    venue: MemoryVenue, ann: Trader, step_ms: int
) -> None:
    await quote(venue, 100)
    venue.now_ms += step_ms
    await venue.beat()
    assert (await read(venue, "status"))["message"] is None
    await quote(venue, 100)
    answer = await ann.post(POSITIONS, long())
    assert step_ms < 0 or 200 == answer.status_code, answer.text


async def test_a_log_server_that_may_lose_orders_is_told(venue: MemoryVenue) -> None:
    """As a notice: in demo mode the venue goes on."""
    faults = log_faults({"log_faults": ["appendfsync is 'no', not 'always'"]})
    venue.views.log_faults = faults
    status = await read(venue, "status")
    assert "Ok" == status["status"]
    assert "could lose acknowledged orders: appendfsync is 'no'" in status["message"]
    assert [] == log_faults({}) == log_faults({"log_faults": "?"})


async def test_a_dead_engine_is_not_ready_because_its_last_entry_lies_in_the_future(
    venue: MemoryVenue
) -> None:
    """A gateway that starts after the clock was set back has heard of no engine."""
    venue.now_ms -= HOUR_MS
    views, follower = await start_views(
        reader=venue.log, snapshots=MemorySnapshots(), history=venue.history,
        command_writer=CommandWriter(venue.log, session=71),
    )
    assert "The engine has not been heard of since this gateway started" == views.trouble()
    await venue.beat()
    await follower.catch_up()
    assert None is views.trouble()
