"""The time of day is set while a venue runs, and between two lives of it.

Nothing is lost, no position opens at a frozen price, and `outcry verify` agrees. By default an
hour; `CLOCK_STEPS=all` takes steps of a second, two minutes, an hour and a day.
"""

import asyncio
import json
import os
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from outcry.client import ApiKey, CfdClient, ClientError, OrderRequest, RestClient
from rigs.clock_shim import ClockShim
from rigs.patience import until
from rigs.venues import Venue, outcry

HOUR, DAY = 3_600, 86_400
STEPS = (
    [sign * step for step in (1, 120, HOUR, DAY) for sign in (-1, 1)]
    if os.environ.get("CLOCK_STEPS") == "all" else [-HOUR, HOUR]
)
JOURNAL_FOLLOWS_S = 2  # A step back by more pauses the desk.

pytestmark = [
    pytest.mark.compiler,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc makes the clock that is set"),
]


class Scene:
    """A venue under a clock that is set."""

    def __init__(self, folder: Path, shim: ClockShim, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.shim = folder, shim
        for name, text in shim.environment.items():
            monkeypatch.setenv(name, text)
        self.venue = self.start()
        user = self.venue.create_user("ann@example.com", USDC="100000", SOL="1000")
        self.key = ApiKey(user["api_key"], user["api_secret"], clock_ms=shim.clock_ms)
        self.placed: list[str] = []

    def start(self) -> Venue:
        self.venue = Venue(self.folder, "--no-maker", "--prices", "sim").until_ready()
        return self.venue

    def place(self) -> None:
        async def place() -> None:
            async with RestClient(self.venue.url, key=self.key) as rest:
                order = await rest.place_order(OrderRequest(
                    symbol="SOL_USDC", side="Bid", price=Decimal(60), quantity=Decimal("0.1")
                ))
            self.placed.append(order.id)

        asyncio.run(place())

    def can_place(self) -> bool:
        try:
            self.place()
        except ClientError:
            return False
        return True

    def opens(self) -> str:
        """Open a position: empty, or the reason why not."""
        async def open_position() -> None:
            async with CfdClient(self.venue.url, key=self.key) as desk:
                await desk.open("SOL_USDC", "LONG", margin=Decimal(10), leverage=Decimal(2))

        try:
            asyncio.run(open_position())
        except ClientError as error:
            return str(error)
        return ""

    def read(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.venue.url}/api/v1/{path}") as answer:
            return json.load(answer)

    def settled(self) -> None:
        """All that was acknowledged is there, and every part of the venue agrees."""
        async def ask() -> set[str]:
            async with RestClient(self.venue.url, key=self.key) as rest:
                return {order.id for order in await rest.open_orders("SOL_USDC")}

        assert set(self.placed) <= asyncio.run(ask())
        ended = outcry("verify", data_dir=self.folder)
        assert 0 == ended.returncode, ended.stderr

    def lose_power(self) -> None:
        for pid in (self.venue.up.pid, *self.venue.pids().values()):
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        self.venue.stop()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    scene = Scene(tmp_path / "data", ClockShim(tmp_path), monkeypatch)
    try:
        yield scene
    finally:
        scene.venue.stop()


@pytest.mark.parametrize("step", STEPS)
def test_a_step_while_it_runs(scene: Scene, step: int) -> None:
    until(lambda: scene.opens() == "", "the first price")
    scene.place()
    scene.shim.set(step)
    until(scene.can_place, "an order after the step")
    if step < -JOURNAL_FOLLOWS_S:
        until(lambda: "behind the journal" in str(scene.read("status")["message"]), "a notice")
        assert "Ok" == scene.read("status")["status"]
        assert "CFDs are paused" in scene.opens()
        assert all(each["stale"] for each in scene.read("cfd/contracts"))
        scene.shim.set(0)
    until(lambda: scene.opens() == "", "a fresh price")
    assert scene.read("status")["message"] is None
    scene.place()
    scene.settled()


@pytest.mark.parametrize("step", STEPS)
def test_a_step_across_a_loss_of_power(scene: Scene, step: int) -> None:
    """A dead engine's lease must not last until the clock has caught up."""
    scene.place()
    scene.lose_power()
    scene.shim.set(step)
    scene.start()
    scene.place()  # Ready means that this second an order can be placed.
    scene.settled()
