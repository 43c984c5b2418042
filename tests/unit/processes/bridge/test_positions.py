"""Where a bridge begins: at the last one's position, from the archive if the log was trimmed."""

import asyncio
import random

import pytest

from outcry.engine.commands import OpenPosition, SetQuote
from outcry.engine.rejects import CloseReason
from outcry.engine.units import LONG, AccountId, InstrumentId
from outcry.ports.log import LogBroken
from outcry.testing.in_memory import InMemoryVenue
from outcry.wire.journal import EntryId
from rigs.gateway_venue import START_MS
from rigs.memory_bridge import BridgeMemory, Life, living, started
from rigs.patience import soon

ONE = 10**6
TYPES = {
    CloseReason.BY_OWNER: "TRADE_CLOSED", CloseReason.LIQUIDATED: "TRADE_LIQUIDATED",
    CloseReason.STOP_LOSS: "TRADE_STOP_LOSS", CloseReason.TAKE_PROFIT: "TRADE_TAKE_PROFIT",
}


class Desk:
    """A venue whose trades others make, and the bridges that look on."""

    def __init__(self) -> None:
        self.venue = InMemoryVenue(clock_ms=lambda: START_MS, first_user_id=501)
        self.memory = BridgeMemory()
        self.account = AccountId(0)
        self.contract = InstrumentId(0)

    async def open(self) -> None:
        contract = self.venue.views.venue.cfd.contract("SOL_USDC")
        assert contract is not None
        self.contract = contract.instrument_id
        user_id, self.account = await self.venue.onboarding.account("ann@example.org")
        await self.venue.onboarding.welcome(user_id, self.account, {"USDC": "5000"})
        await self.quote(200)

    async def quote(self, price: int) -> None:
        await self.venue.command_writer.submit(SetQuote(
            instrument_id=self.contract, bid=price * ONE, ask=price * ONE, source_ms=START_MS
        ))

    async def trade(self, *, stop: int = 0, target: int = 0, leverage: int = 10) -> None:
        """A long, by somebody else than a bridge, with the id of a request."""
        await self.venue.command_writer.submit(OpenPosition(
            account_id=self.account, instrument_id=self.contract, direction=LONG,
            margin=10 * ONE, leverage=leverage, stop_loss=stop * ONE, take_profit=target * ONE,
            request_id=random.randbytes(16),
        ))

    async def mirror(self) -> None:
        """Let a bridge come to the log's end."""
        async with living(Life(self.memory, self.venue), self.venue) as running:
            await soon(lambda: running.done() or (
                self.memory.reached is not None
                and self.memory.reached[0] >= self.venue.log.events_top()
            ))

    def types(self) -> list[str]:
        return [event["eventType"] for event in self.memory.events]


async def test_every_reason_of_a_close_has_its_event() -> None:
    assert set(TYPES) == {value for name, value in vars(CloseReason).items() if name.isupper()}
    desk = Desk()
    async with desk.venue.running():
        await desk.open()
        await desk.mirror()
        await desk.trade(leverage=200)  # Gone at 190.
        await desk.trade(stop=191)
        await desk.trade(target=201)
        await desk.quote(201)
        await desk.quote(191)
        await desk.quote(190)
        await desk.mirror()
    opened = ["TRADE_OPENED"] * 3
    assert [*opened, "TRADE_TAKE_PROFIT", "TRADE_STOP_LOSS", "TRADE_LIQUIDATED"] == desk.types()
    assert 3 == len(desk.memory.responses), "the answers to commands of others too"


async def test_the_first_bridge_begins_at_the_end() -> None:
    desk = Desk()
    async with desk.venue.running():
        await desk.open()
        await desk.trade()
        await desk.mirror()
        assert [] == desk.types()
        await desk.trade()
        await desk.mirror()
        assert ["TRADE_OPENED"] == desk.types()


async def test_a_bridge_that_was_off_reads_on_in_the_archive() -> None:
    """The log was trimmed meanwhile; nothing that is missing there is missed."""
    desk = Desk()
    async with desk.venue.running():
        await desk.open()
        await desk.mirror()
        for _ in range(6):
            await desk.trade()
        log = desk.venue.log
        pairs = list(zip(log.journal, log.events, strict=True))
        await log.trim(log.events_top())
        assert 1 == len(log.events)
        life = Life(desk.memory, desk.venue)
        async with living(life, desk.venue, archived=pairs) as running:
            await soon(lambda: running.done() or len(desk.memory.events) >= 6)
    assert ["TRADE_OPENED"] * 6 == desk.types()
    assert 6 == len({event["eventId"] for event in desk.memory.events})


@pytest.mark.parametrize("other", ["a shorter log", "another log"])
async def test_the_position_of_another_log_is_not_used(other: str) -> None:
    """A server that served another venue, say: the bridge stops, and says what to do."""
    desk = Desk()
    async with desk.venue.running():
        await desk.open()
        await desk.mirror()
        assert desk.memory.reached is not None
        entry_id, digest = desk.memory.reached
        desk.memory.reached = (
            (EntryId(entry_id.ms + 1, 0), digest) if other == "a shorter log"
            else (entry_id, bytes(32))
        )
        with pytest.raises(LogBroken, match="delete the key outcry:bridge"):
            async with asyncio.timeout(10):
                await started(Life(desk.memory, desk.venue), desk.venue)
