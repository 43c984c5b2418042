"""A venue is backed up under load, wiped, and made again elsewhere, to the end and to a moment."""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from outcry.client import ApiKey, OrderRequest, RestClient
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, outcry

PHRASE = "correct horse battery staple"
IN_FLIGHT = 8


class Kept(NamedTuple):
    """Backups of a venue that is gone, and what it had."""

    folder: Path
    key: ApiKey
    first_top: str  # Entry that the first backup reached.
    orders: dict[str, Decimal]  # Open ones at the second backup, by id.
    balances: dict[str, Decimal]
    secrets: bytes


class Load:
    """Orders without a pause, from a thread, until it is told to stop."""

    def __init__(self, venue: Venue, key: ApiKey) -> None:
        self._venue, self._key = venue, key
        self._stop = threading.Event()
        self.placed = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()

    async def _run(self) -> None:
        async with RestClient(self._venue.url, key=self._key) as rest:
            await asyncio.gather(*(self._place(rest) for _ in range(IN_FLIGHT)))

    async def _place(self, rest: RestClient) -> None:
        while not self._stop.is_set():
            side, price = (("Bid", 90), ("Ask", 90), ("Bid", 80))[self.placed % 3]
            self.placed += 1
            await rest.place_order(OrderRequest(
                symbol="SOL_USDC", side=side, price=Decimal(price), quantity=Decimal("0.01")
            ))

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_S)


def backup(folder: Path, data_dir: Path, *options: str) -> str:
    ended = outcry(
        "backup", "make", str(folder), *options, data_dir=data_dir, backup_passphrase=PHRASE
    )
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout


def field(said: str, name: str) -> str:
    return re.findall(rf"^{name} +(.+)$", said, re.MULTILINE)[0]


def holdings(venue: Venue, key: ApiKey) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    async def ask() -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        async with RestClient(venue.url, key=key) as rest:
            orders = await rest.open_orders("SOL_USDC")
            balances = await rest.balances()
        return (
            {order.id: order.quantity for order in orders},
            {asset: each.available + each.locked for asset, each in balances.items()},
        )

    return asyncio.run(ask())


def restore(folder: Path, data_dir: Path, *options: str) -> str:
    ended = outcry(
        "restore", "--from", str(folder), *options, data_dir=data_dir, backup_passphrase=PHRASE
    )
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout


def verify(data_dir: Path) -> None:
    ended = outcry("verify", "--from", "start", data_dir=data_dir)
    assert 0 == ended.returncode, ended.stderr


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Two backups, the first under load; then the venue is wiped."""
    root = tmp_path_factory.mktemp("backup")
    folder, data_dir = root / "backups", root / "data"
    venue = Venue(
        data_dir, "--no-maker", "--prices", "sim", log_kept_s="1", trim_interval_s="1",
        snapshot_interval_s="1", snapshots_kept="3",
    ).until_ready()
    try:
        user = venue.create_user("ann@example.com", USDC="100000", SOL="1000")
        key = ApiKey(user["api_key"], user["api_secret"])
        load = Load(venue, key)
        try:
            until(lambda: load.placed > 300, "some orders")
            first = backup(folder, data_dir)
            assert load._thread.is_alive()
            placed = load.placed
            until(lambda: load.placed > placed + 200, "more orders")
        finally:
            load.stop()
        second = backup(folder, data_dir, "--secrets")
        orders, balances = holdings(venue, key)
        secrets = (data_dir / "secrets.json").read_bytes()
    finally:
        venue.stop()
    shutil.rmtree(data_dir)
    top = re.findall(r"up to (\d+-\d+)", first)[0]
    assert int(re.findall(r", (\d+) of them new", second)[0]) < int(
        re.findall(r"backed up +(\d+)", second)[0]
    ), "the second adds only later entries"
    return Kept(folder, key, top, orders, balances, secrets)


def test_to_the_end_on_another_path_with_its_secrets(kept: Kept, tmp_path: Path) -> None:
    data_dir = tmp_path / "elsewhere" / "venue"
    said = restore(kept.folder, data_dir, "--secrets")
    assert json.loads(kept.secrets)["session_secret"] in (data_dir / "secrets.json").read_text()
    venue = Venue(data_dir, "--no-maker", "--prices", "sim").until_ready()
    try:
        assert (kept.orders, kept.balances) == holdings(venue, kept.key)
        verify(data_dir)
        replayed = outcry("replay", "--until", field(said, "restored to").split()[0],
                          data_dir=data_dir)
        assert field(said, "state hash") == field(replayed.stdout, "state hash")
        assert field(said, "digest") == field(replayed.stdout, "digest")
    finally:
        assert 0 == venue.stop()
    again = outcry("restore", "--from", str(kept.folder), data_dir=data_dir)
    assert 1 == again.returncode
    assert "there is a venue in" in again.stderr


def test_to_a_moment_and_after_a_kill_in_the_middle(kept: Kept, tmp_path: Path) -> None:
    """A restore that was killed makes no venue, and can be run again."""
    data_dir = tmp_path / "data"
    command = [
        sys.executable, "-m", "outcry", "restore", "--from", str(kept.folder), "--until",
        kept.first_top, "--data-dir", str(data_dir),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        until(lambda: (data_dir / "postgres").exists() or first.poll() is not None, "its begin")
        first.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == first.wait(PATIENCE_S)
    refused = outcry("up", data_dir=data_dir)
    assert 1 == refused.returncode
    assert "was not restored to the end" in refused.stderr
    said = restore(kept.folder, data_dir, "--until", kept.first_top)
    assert kept.first_top == field(said, "restored to").split()[0]
    venue = Venue(data_dir, "--no-maker", "--prices", "sim").until_ready()
    try:
        orders, _ = holdings(venue, kept.key)
        assert orders
        verify(data_dir)
    finally:
        assert 0 == venue.stop()


def test_a_drill_leaves_nothing_behind(kept: Kept) -> None:
    ended = outcry("backup", "drill", str(kept.folder))
    assert 0 == ended.returncode, ended.stderr
    assert "with the same digest" in ended.stdout
    listed = outcry("backup", "list", str(kept.folder))
    assert 2 == len(listed.stdout.splitlines())
