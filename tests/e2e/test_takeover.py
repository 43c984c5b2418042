"""The leading engine is killed ten times: the other one answers within two seconds."""

import os
import signal
import time
from decimal import Decimal
from typing import Any

import psutil
import pytest

from outcry.client import ApiKey, ClientError, OrderRequest, RestClient
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue, outcry

TAKEOVERS = 10
MOST_S = 2.0


def engines(venue: Venue) -> dict[str, Any]:
    """Who leads and who follows."""
    found: dict[str, Any] = venue.status()["engines"]
    return found


def both_run(venue: Venue) -> bool:
    """Whether there is a leader and one that could take over."""
    said = engines(venue)
    here = (said["leader"], said["standby"])
    return all(pid is not None and psutil.pid_exists(pid) for pid in here)


@pytest.fixture(scope="module")
def trader(venue: Venue) -> ApiKey:
    """Somebody who can trade."""
    user = venue.create_user("trader@example.com", USDC="1000000")
    return ApiKey(user["api_key"], user["api_secret"])


async def place_until_answered(rest: RestClient, client_id: int) -> None:
    """Place one order after the other, each with a client id of its own, until one is answered."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < deadline
        try:
            await rest.place_order(OrderRequest(
                symbol="SOL_USDC", side="Bid", price=Decimal("1"), quantity=Decimal("0.01"),
                client_id=client_id,
            ))
        except ClientError:
            client_id += 1
        else:
            return


async def takeover_s(venue: Venue, trader: ApiKey, number: int) -> float:
    """Seconds from the leader's SIGKILL to the next answer."""
    async with RestClient(venue.url, key=trader) as rest:
        await place_until_answered(rest, 10_000 * number)
        os.kill(engines(venue)["leader"], signal.SIGKILL)
        killed = time.monotonic()
        await place_until_answered(rest, 10_000 * number + 1_000)
        return time.monotonic() - killed


async def test_a_killed_leader_is_followed_by_the_standby_within_two_seconds(
    venue: Venue, trader: ApiKey
) -> None:
    took: list[float] = []
    for number in range(1, TAKEOVERS + 1):
        until(lambda: both_run(venue), "a leader and a standby")
        took.append(await takeover_s(venue, trader, number))
    print("seconds from SIGKILL to the next answer:", *(f"{each:.2f}" for each in took))
    assert max(took) < MOST_S


async def test_a_leader_that_is_stopped_and_goes_on_later_does_no_harm(
    venue: Venue, trader: ApiKey
) -> None:
    """It wakes up believing that it leads, finds the lease taken, and follows."""
    until(lambda: both_run(venue), "a leader and a standby")
    sleeper = engines(venue)["leader"]
    os.kill(sleeper, signal.SIGSTOP)
    try:
        until(lambda: engines(venue)["leader"] not in (None, sleeper), "another leader")
    finally:
        os.kill(sleeper, signal.SIGCONT)
    until(lambda: engines(venue)["standby"] == sleeper, "the sleeper to follow")
    async with RestClient(venue.url, key=trader) as rest:
        await place_until_answered(rest, 900_000)
    assert psutil.pid_exists(sleeper)


def test_a_stopped_engine_hands_the_lease_over_at_once(venue: Venue) -> None:
    """Well before the lease would have run out."""
    until(lambda: both_run(venue), "a leader and a standby")
    said = engines(venue)
    os.kill(said["leader"], signal.SIGTERM)
    until(lambda: engines(venue)["leader"] == said["standby"], "the standby to lead")


def test_snapshots_are_taken_by_the_standby_and_on_demand(venue: Venue) -> None:
    """The leader's log has none any more once the standby writes its own."""
    until(lambda: both_run(venue), "a leader and a standby")
    taken = outcry("snapshot", "take", data_dir=venue.data_dir)
    assert 0 == taken.returncode, taken.stderr
    listed = outcry("snapshot", "list", data_dir=venue.data_dir)
    assert taken.stdout.strip() in listed.stdout


def test_status_says_who_leads(venue: Venue) -> None:
    """Beside the processes, with the lease, the newest snapshot and what lags."""
    until(lambda: both_run(venue), "a leader and a standby")
    shown = outcry("status", data_dir=venue.data_dir)
    assert 0 == shown.returncode, shown.stderr
    roles = {
        line.split()[0]: line.split()[-1] for line in shown.stdout.splitlines()
        if line.startswith(("engine", "standby")) and len(line.split()) == 4
    }
    assert {"leads", "follows"} == set(roles.values())
    assert "snapshot: 1" in shown.stdout
    assert "lease: " in shown.stdout
