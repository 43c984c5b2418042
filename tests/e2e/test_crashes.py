"""Processes die by SIGKILL while 20,000 orders come in: nothing acknowledged is lost or doubled."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from rigs.patience import until
from rigs.traders import Trader
from rigs.venues import Venue, outcry, running_venue

ORDERS = 20_000
TRADERS = 4
SEED = random.SystemRandom().randrange(2**32)
# What is killed once so many orders have been sent: (share of all orders, process).
KILLS = ((0.15, "engine"), (0.30, "recorder"), (0.45, "engine"), (0.60, "valkey"), (0.75, "engine"))


class Load:
    """All traders at once, and how far they have come."""

    def __init__(self, traders: list[Trader]) -> None:
        self._traders = traders
        self._progress = asyncio.Condition()

    @property
    def acknowledged(self) -> int:
        """Orders acknowledged so far."""
        return sum(len(trader.acknowledged) for trader in self._traders)

    async def trade(self, trader: Trader) -> None:
        """Place orders until there are enough of all traders."""
        async with trader.client() as rest:
            while self.acknowledged < ORDERS:
                await trader.trade(rest)
                async with self._progress:
                    self._progress.notify_all()

    async def kill(self, venue: Venue) -> None:
        """Kill what is to be killed when its time has come."""
        for share, name in KILLS:
            async with self._progress:
                await self._progress.wait_for(lambda due=share * ORDERS: self.acknowledged >= due)
            await asyncio.to_thread(venue.kill, name)

    async def run(self, venue: Venue) -> None:
        """Trade and kill."""
        await asyncio.gather(self.kill(venue), *(self.trade(trader) for trader in self._traders))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Venue, list[Trader]]]:
    """A venue that has been through it all, and the traders who were there."""
    print(f"seed {SEED}")
    data_dir: Path = tmp_path_factory.mktemp("crashes") / "data"
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        traders = [Trader(venue, number, seed=SEED) for number in range(TRADERS)]
        asyncio.run(Load(traders).run(venue))
        yield venue, traders


async def test_every_acknowledged_order_is_there_and_none_twice(
    crashed: tuple[Venue, list[Trader]],
) -> None:
    """By order id and by client id; one whose outcome was unknown is there once or not at all."""
    _, traders = crashed
    for trader in traders:
        assert set() == await trader.lost()
    assert sum(len(trader.acknowledged) for trader in traders) >= ORDERS


def test_the_state_is_that_of_a_replay_from_an_empty_engine(
    crashed: tuple[Venue, list[Trader]],
) -> None:
    """A snapshot of the engine that lived through it has the hash the journal alone leads to."""
    venue, _ = crashed
    reached = venue.status()["ids"]["engine"]
    until(lambda: _newest_snapshot(venue) > _place(reached), "a snapshot of the state as it is")
    replayed = outcry("replay", data_dir=venue.data_dir)
    assert 0 == replayed.returncode, replayed.stderr
    assert int(re.findall(r"snapshots\s+(\d+) met", replayed.stdout)[0]) >= 1


async def test_every_assets_balances_sum_to_zero(crashed: tuple[Venue, list[Trader]]) -> None:
    """In PostgreSQL, once the recorder has everything: what one has, another has not."""
    venue, _ = crashed
    reached = _place(venue.status()["ids"]["engine"])
    until(lambda: _place(venue.status()["ids"]["recorder"]) >= reached, "the recorder to catch up")
    sums = await _sums_by_asset(venue)
    assert len(sums) >= 2
    assert {0} == set(sums.values())


async def _sums_by_asset(venue: Venue) -> dict[int, int]:
    connection = await asyncpg.connect(_database_url(venue))
    try:
        rows = await connection.fetch(
            "SELECT asset_id, sum(free + locked)::bigint AS total FROM balances GROUP BY asset_id"
        )
        return {row["asset_id"]: row["total"] for row in rows}
    finally:
        await connection.close()


def _database_url(venue: Venue) -> str:
    record = json.loads((venue.data_dir / "venue.json").read_text())
    return str(record["database_url"])


def _newest_snapshot(venue: Venue) -> tuple[int, ...]:
    found = (venue.data_dir / "snapshots").glob("*-*.snapshot")
    return max((_place(path.stem) for path in found), default=())


def _place(entry_id: str) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split("-")))
