"""PostgreSQL holds every snapshot, stops answering, and no command waits for it."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from outcry.client import ApiKey, OrderRequest, RestClient
from rigs.patience import until
from rigs.venues import Venue, outcry, running_venue

INTERVAL_S = 1  # Between snapshots, and so between the leader's looks at who takes them.
SILENT_S = 6.0
ANSWER_S = 2.0  # An engine that asks the database waits five times as long for a connection.


@pytest.fixture(scope="module")
def silent_venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """A venue that keeps its snapshots in PostgreSQL alone."""
    folder: Path = tmp_path_factory.mktemp("silent")
    with running_venue(
        folder, "--no-maker", "--prices", "sim", snapshots="postgres",
        snapshot_interval_s=str(INTERVAL_S),
    ) as venue:
        yield venue


@contextlib.contextmanager
def silenced(pid: int) -> Iterator[None]:
    """Let a server take connections and say nothing."""
    postmaster = psutil.Process(pid)
    stopped = [postmaster]
    os.kill(pid, signal.SIGSTOP)  # First, so that it starts no more of the others.
    try:
        for child in postmaster.children(recursive=True):
            child.suspend()
            stopped.append(child)
        yield
    finally:
        for process in reversed(stopped):
            process.resume()


async def longest_answer_s(venue: Venue, key: ApiKey, seconds: float) -> float:
    """Place orders one after the other for a while; the longest that one of them took."""
    longest, ends = 0.0, time.monotonic() + seconds
    async with RestClient(venue.url, key=key) as rest:
        while (began := time.monotonic()) < ends:
            await rest.place_order(OrderRequest(
                symbol="SOL_USDC", side="Bid", price=Decimal("1"), quantity=Decimal("0.01"),
            ))
            longest = max(longest, time.monotonic() - began)
    return longest


def snapshots(venue: Venue) -> int:
    listed = outcry("snapshot", "list", data_dir=venue.data_dir)
    assert 0 == listed.returncode, listed.stderr
    return len(listed.stdout.splitlines())


async def test_commands_are_answered_while_the_database_says_nothing(silent_venue: Venue) -> None:
    """By the engine that led before: the standby has no reason to take over."""
    user = silent_venue.create_user("silent@example.org", USDC="100000")
    key = ApiKey(user["api_key"], user["api_secret"])
    await longest_answer_s(silent_venue, key, INTERVAL_S)
    until(lambda: snapshots(silent_venue) > 2, "snapshots in PostgreSQL")
    leader = silent_venue.status()["engines"]["leader"]

    with silenced(silent_venue.pids()["postgres"]):
        longest_s = await longest_answer_s(silent_venue, key, SILENT_S)

    assert longest_s < ANSWER_S
    assert leader == silent_venue.status()["engines"]["leader"]
