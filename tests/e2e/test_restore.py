"""A venue that lost its log, its database's last hour or its snapshots comes back with the rest."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import psutil
import pytest
import redis

from outcry.adapters.valkey.streams import EVENTS, JOURNAL
from outcry.client import ApiKey, ClientError, OrderRequest, RestClient
from rigs.patience import until
from rigs.venues import Venue, free_ports, outcry

SYMBOL = "SOL_USDC"
# Little is kept, and that is looked at often.
EAGER = {
    "log_kept_s": "1", "trim_interval_s": "1", "snapshot_interval_s": "1", "snapshots_kept": "3",
}


class Holdings(NamedTuple):
    """What a client sees of an account."""

    balances: dict[str, tuple[Decimal, Decimal]]
    orders: list[tuple[str, Decimal, Decimal]]


class Scene:
    """One data directory through several lives of a venue."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.venue = self.start()

    def start(self) -> Venue:
        self.venue = Venue(self.data_dir, "--no-maker", "--prices", "sim", **EAGER).until_ready()
        return self.venue

    def try_to_start(self) -> "subprocess.CompletedProcess[str]":
        """What `outcry up` says when it does not start."""
        port, stream_port = map(str, free_ports(2))
        return outcry(
            "up", "--no-maker", "--port", port, "--stream-port", stream_port,
            data_dir=self.data_dir,
        )

    def until_trimmed(self) -> None:
        first, _, _ = self.archived()
        until(lambda: self.ends(EVENTS)[0] > first, "the log to be trimmed")

    def sign_up(self, email: str) -> ApiKey:
        user = self.venue.create_user(email, USDC="100000", SOL="1000")
        return ApiKey(user["api_key"], user["api_secret"])

    def trade(self, key: ApiKey, first: int, count: int) -> list[str]:
        """Place so many orders; every other one rests. Returns their ids."""
        async def place() -> list[str]:
            placed = []
            async with RestClient(self.venue.url, key=key) as rest:
                for number in range(first, first + count):
                    side, price = (("Bid", 90), ("Ask", 90))[number % 2]
                    order = await rest.place_order(OrderRequest(
                        symbol=SYMBOL, side=side, price=Decimal(price + number % 3),
                        quantity=Decimal("0.5"), client_id=number,
                    ))
                    placed.append(order.id)
            return placed

        return asyncio.run(place())

    def holdings(self, key: ApiKey) -> Holdings:
        async def ask() -> Holdings:
            async with RestClient(self.venue.url, key=key) as rest:
                balances = await rest.balances()
                orders = await rest.open_orders(SYMBOL)
            return Holdings(
                {asset: (each.available, each.locked) for asset, each in balances.items()},
                sorted((order.id, order.price or Decimal(0), order.quantity) for order in orders),
            )

        return asyncio.run(ask())

    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "venue.json").read_text())
        return found

    def ends(self, stream: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Ids of a stream's first and last entry."""
        with redis.Redis.from_url(self.record()["redis_url"]) as client:
            [first] = client.xrange(stream, count=1)
            [last] = client.xrevrange(stream, count=1)
        return place(first[0].decode()), place(last[0].decode())

    def until_recorded(self) -> None:
        reached = place(self.venue.status()["ids"]["engine"])
        until(lambda: self.recorded() >= reached, "the recorder to catch up")

    def recorded(self) -> tuple[int, ...]:
        return place(self.venue.status()["ids"]["recorder"])

    def archived(self) -> tuple[tuple[int, int], tuple[int, int], int]:
        """First and last id of the archive, and how many entries it has."""
        async def ask() -> Any:
            connection = await asyncpg.connect(self.record()["database_url"])
            try:
                return await connection.fetch(
                    "SELECT ms, seq, count(*) OVER () AS n FROM journal ORDER BY ms, seq"
                )
            finally:
                await connection.close()

        rows = asyncio.run(ask())
        first, last = rows[0], rows[-1]
        return (first["ms"], first["seq"]), (last["ms"], last["seq"]), first["n"]

    def kill_everything(self) -> None:
        """SIGKILL, from the processes to the servers."""
        for pid in (self.venue.up.pid, *self.venue.pids().values()):
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        self.venue.stop()

    def lose(self, *folders: str) -> None:
        for folder in folders:
            shutil.rmtree(self.data_dir / folder)

    def restore(self) -> str:
        ended = outcry("restore", "--yes", data_dir=self.data_dir)
        assert 0 == ended.returncode, ended.stderr
        return ended.stdout

    def verify(self) -> None:
        ended = outcry("verify", data_dir=self.data_dir)
        assert 0 == ended.returncode, ended.stderr

    def replay(self) -> str:
        ended = outcry("replay", data_dir=self.data_dir)
        assert 0 == ended.returncode, ended.stderr
        return ended.stdout


def place(entry_id: str) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split("-")))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(tmp_path_factory.mktemp("restore") / "data")
    try:
        yield scene
    finally:
        scene.venue.stop()


@pytest.fixture(scope="module")
def ann(lives: Scene) -> ApiKey:
    return lives.sign_up("ann@example.com")


@pytest.fixture
def scene(lives: Scene, ann: ApiKey) -> Scene:
    """The venue runs, whether or not another test has stopped it."""
    if lives.venue.up.poll() is not None:
        lives.start()
    return lives


def test_the_log_is_trimmed_and_nobody_notices(scene: Scene, ann: ApiKey) -> None:
    """Both streams to the same entry; answers, history and a whole replay go on."""
    scene.trade(ann, 1, 20)
    scene.until_recorded()
    scene.until_trimmed()
    before, _ = scene.ends(JOURNAL)
    until(lambda: scene.ends(JOURNAL)[0] > before, "it to be trimmed again")
    replayed = scene.replay()
    entries = int(re.findall(r"entries\s+(\d+)", replayed)[0])
    with redis.Redis.from_url(scene.record()["redis_url"]) as client:
        kept = client.xlen(JOURNAL)
    assert kept < entries
    for name in ("gateway", "stream", "prices", "recorder", "engine"):
        scene.venue.kill(name)
    until(lambda: can_place(scene, ann, 100), "orders to be taken again")
    assert 0 == outcry("status", data_dir=scene.data_dir).returncode


def can_place(scene: Scene, key: ApiKey, number: int) -> bool:
    try:
        return bool(scene.trade(key, number, 1))
    except ClientError:
        return number < 0


def test_after_total_loss_the_venue_is_as_it_was(scene: Scene, ann: ApiKey) -> None:
    """Balances and orders as before, ids above all before, and one history from the first entry."""
    scene.trade(ann, 200, 7)
    scene.until_recorded()
    before = scene.holdings(ann)
    assert before.orders
    _, last_order = sorted((len(order[0]), order[0]) for order in before.orders)[-1]
    scene.kill_everything()
    scene.lose("valkey")

    refused = scene.try_to_start()
    assert 1 == refused.returncode
    assert "the log is empty, and entries up to" in refused.stderr
    assert "`outcry restore`" in refused.stderr

    said = scene.restore()
    assert re.search(r"restored to +\d+-\d+", said), said
    assert "not recovered" in said
    scene.start()
    first, _, _ = scene.archived()
    assert before == scene.holdings(ann)
    [order_id] = scene.trade(ann, 300, 1)
    assert int(order_id) > int(last_order)
    scene.until_recorded()
    assert scene.ends(JOURNAL)[0] > first
    entries = int(re.findall(r"entries\s+(\d+)", scene.replay())[0])
    assert entries <= scene.archived()[2]

    running = outcry("restore", "--yes", data_dir=scene.data_dir)
    assert 1 == running.returncode
    assert "a venue already runs" in running.stderr


def test_a_snapshot_keeps_what_was_never_archived(scene: Scene, ann: ApiKey) -> None:
    """The recorder stands still, and the log is lost: orders and an account made meanwhile stay."""
    scene.until_recorded()
    recorder = scene.venue.pids()["recorder"]
    os.kill(recorder, signal.SIGSTOP)
    reached = scene.recorded()
    bob = scene.sign_up("bob@example.com")
    scene.trade(ann, 400, 2)
    scene.trade(bob, 401, 2)
    before = scene.holdings(ann), scene.holdings(bob)
    _, top = scene.ends(EVENTS)
    until(lambda: newest_snapshot(scene) > top, "a snapshot of it all")
    scene.kill_everything()
    scene.lose("valkey")
    refused = outcry("doctor", data_dir=scene.data_dir)
    assert 1 == refused.returncode
    assert "log lost: stop the venue and run `outcry restore`" in refused.stderr
    said = scene.restore()
    assert "log lost: the log is empty, and a snapshot has reached" in said
    assert f"history between {reached[0]}-{reached[1]} and" in said
    scene.start()
    assert before == (scene.holdings(ann), scene.holdings(bob))
    carol = scene.sign_up("carol@example.com")
    scene.trade(carol, 500, 2)
    scene.trade(bob, 600, 1)
    scene.until_recorded()
    assert scene.ends(JOURNAL)[1] > top
    scene.replay()
    scene.verify()


def test_an_older_database_costs_no_order(scene: Scene, ann: ApiKey) -> None:
    """The log and the snapshots are whole: the database follows them.

    The next user is not given the account of one whom the copy does not know.
    """
    scene.until_recorded()
    scene.venue.stop()
    copy = scene.data_dir / "postgres.copy"
    copy_tree(scene.data_dir / "postgres", copy)
    scene.start()
    copied = scene.ends(JOURNAL)[1]
    scene.sign_up("dora@example.com")
    scene.trade(ann, 700, 5)
    scene.until_recorded()
    until(lambda: scene.ends(EVENTS)[0] > copied, "the log to be trimmed beyond the copy")
    before = scene.holdings(ann)
    assert 0 == scene.venue.stop()
    scene.lose("postgres")
    copy.rename(scene.data_dir / "postgres")
    refused = scene.try_to_start()
    assert 1 == refused.returncode
    assert "the database is behind: run `outcry restore`" in refused.stderr
    said = scene.restore()
    assert "keep the log and the snapshots" in said
    scene.start()
    assert before == scene.holdings(ann)
    eve = scene.sign_up("eve@example.com")
    assert (Decimal(1000), Decimal(0)) == scene.holdings(eve).balances["SOL"], "not Dora's too"
    scene.trade(eve, 800, 2)
    scene.until_recorded()
    scene.verify()


def test_without_a_snapshot_one_is_made_from_the_archive(scene: Scene, ann: ApiKey) -> None:
    scene.until_recorded()
    scene.until_trimmed()
    before = scene.holdings(ann)
    assert 0 == scene.venue.stop()
    scene.lose("snapshots")
    refused = scene.try_to_start()
    assert 1 == refused.returncode
    assert "no snapshot can be used" in refused.stderr
    assert "no snapshot" in scene.restore()
    scene.start()
    assert before == scene.holdings(ann)
    scene.verify()


def test_postgresql_alone_is_enough(scene: Scene, ann: ApiKey) -> None:
    """Without a log and without snapshots, everything is replayed from the first entry."""
    scene.until_recorded()
    before = scene.holdings(ann)
    scene.kill_everything()
    scene.lose("valkey", "snapshots")
    said = scene.restore()
    assert "replayed " in said
    scene.start()
    assert before == scene.holdings(ann)
    scene.replay()
    assert 0 == scene.venue.stop()
    assert "nothing is lost" in scene.restore()


def copy_tree(folder: Path, copy: Path) -> None:
    """Copy a folder with the owners of its files."""
    subprocess.run(["cp", "-a", str(folder), str(copy)], check=True)


def newest_snapshot(scene: Scene) -> tuple[int, ...]:
    found = (scene.data_dir / "snapshots").glob("*-*.snapshot")
    return max((place(path.stem) for path in found), default=())
