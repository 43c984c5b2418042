"""With a recorder that stands still the log fills up: 503, nothing lost; then it is trimmed."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from outcry.client import ApiKey, ClientError, OrderRequest, PlacedOrder, Refused, RestClient
from rigs.patience import until
from rigs.venues import Venue, outcry, running_venue

SYMBOL = "SOL_USDC"
BATCH = 20
AT_A_TIME = 10
EAGER = {
    "valkey_maxmemory": "9mb", "log_kept_s": "100000", "trim_interval_s": "1",
    "snapshot_interval_s": "1", "snapshots_kept": "2",
}


@pytest.fixture(scope="module")
def small() -> Iterator[Venue]:
    """A venue whose log server has little memory."""
    with (
        tempfile.TemporaryDirectory(prefix="outcry-venue-") as directory,
        running_venue(
            Path(directory) / "data", "--no-maker", "--no-standby", "--prices", "sim", **EAGER
        ) as venue,
    ):
        yield venue


class Customer:
    """Places and cancels, and notes what was acknowledged."""

    def __init__(self, venue: Venue) -> None:
        user = venue.create_user("customer@example.com", USDC="100000000")
        self._key = ApiKey(user["api_key"], user["api_secret"])
        self._url = venue.url
        self._number = 0
        self.acknowledged: dict[int, str] = {}

    async def place_until_refused(self, most: int) -> bool:
        """Place batches, several at a time, until some are refused with 503; False if none was."""
        refused = await asyncio.gather(
            *(self._place_until_refused(most // AT_A_TIME) for _ in range(AT_A_TIME))
        )
        return any(refused)

    async def _place_until_refused(self, most: int) -> bool:
        async with RestClient(self._url, key=self._key) as rest:
            for _ in range(most):
                try:
                    await self.place(rest)
                except Refused as error:
                    if error.status != 503:
                        raise
                    return True
        return False

    async def place(self, rest: RestClient) -> None:
        numbers = range(self._number + 1, self._number + BATCH + 1)
        self._number += BATCH
        answers = await rest.place_orders([
            OrderRequest(
                symbol=SYMBOL, side="Bid", price=Decimal("1"), quantity=Decimal("0.01"),
                client_id=number, time_in_force="IOC",
            )
            for number in numbers
        ])
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, PlacedOrder):
                self.acknowledged[number] = answer.id

    async def can_place(self) -> bool:
        async with RestClient(self._url, key=self._key) as rest:
            try:
                await self.place(rest)
            except ClientError:
                return False
        return True

    async def history(self) -> dict[int, str]:
        found: dict[int, str] = {}
        async with RestClient(self._url, key=self._key) as rest:
            while page := await rest.order_history(SYMBOL, limit=1000, offset=len(found)):
                found |= {order.client_id: order.id for order in page if order.client_id}
        return found


def fullness(venue: Venue) -> float:
    return float(venue.status()["said"]["gateway"]["log_fullness"])


def test_a_recorder_that_stands_still_bounds_nothing_but_what_is_taken(small: Venue) -> None:
    """At 70 % orders are refused; the engine goes on. Back again, it catches up and trims."""
    customer = Customer(small)
    recorder = small.pids()["recorder"]
    os.kill(recorder, signal.SIGSTOP)
    try:
        assert asyncio.run(customer.place_until_refused(10_000)), "it was never refused"
        assert 0.65 < fullness(small) < 0.95  # Buffers that counted a moment ago may be freed.
        reached = small.status()["ids"]["engine"]
        until(lambda: small.status()["ids"]["engine"] != reached, "the engine to go on")
        assert not asyncio.run(customer.can_place())
    finally:
        os.kill(recorder, signal.SIGCONT)
    until(lambda: asyncio.run(customer.can_place()), "orders to be taken again")
    until(lambda: fullness(small) < 0.7, "room in the log")
    assert recorder == small.pids()["recorder"]
    assert customer.acknowledged == asyncio.run(customer.history())
    replayed = outcry("replay", data_dir=small.data_dir)
    assert 0 == replayed.returncode, replayed.stderr
