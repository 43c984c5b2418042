"""Many connections, from one address and from many: there is always room for another client."""

import asyncio
import resource
import subprocess
import sys

import pytest

from outcry.runtime.connections import ConnectionGate, connections_possible
from rigs.edge_venue import edge, request


async def test_one_address_never_takes_all_connections() -> None:
    async with edge(connections=40) as door:
        attacks = [await door.attack() for _ in range(60)]
        await door.still_trades()
        assert 60 == len(attacks)
        assert door.gate.open <= 21
        assert door.gate.refused >= 40


async def test_a_refused_client_learns_why() -> None:
    async with edge(connections=4) as door:
        for _ in range(2):
            assert 200 == await (await door.sent(request("GET", "/api/v1/ping"))).answer()
        assert b"429 Too Many Requests" in await (await door.attack()).end()


async def test_a_connection_that_ends_makes_room() -> None:
    async with edge(connections=4) as door:
        for _ in range(10):
            attack = await door.sent(request("GET", "/api/v1/ping"))
            assert 200 == await attack.answer()
            attack.writer.close()
            await attack.writer.wait_closed()
            await door.still_trades()


@pytest.mark.parametrize(("first", "second", "shared"), [
    ("192.0.2.1", "192.0.2.2", False),
    ("2001:db8::1", "2001:db8::ffff:2", True), ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
])
def test_addresses_of_one_client_share_its_limit(first: str, second: str, shared: bool) -> None:
    """Whoever has IPv6 has at least a /64 of it."""
    gate = ConnectionGate(100, per_address=1)
    assert gate.enter(first)
    assert gate.enter(second) != shared


CONNECTIONS = """
import resource
from outcry.runtime.connections import connections_possible
possible = connections_possible()
print(possible, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def limited(soft: int, hard: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", CONNECTIONS], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )


def test_the_file_limit_is_raised_as_far_as_it_goes() -> None:
    possible, files = map(int, limited(1_024, 8_192).stdout.split())
    assert 8_192 == files
    assert possible < files


def test_a_file_limit_that_is_too_low_is_complained_about() -> None:
    ended = limited(512, 1_024)
    said, figures = ended.stdout.strip().rsplit("\n", 1)
    assert "raise the hard limit" in said
    possible, files = map(int, figures.split())
    assert 1_024 == files
    assert possible < files


async def test_connections_stay_below_the_file_limit() -> None:
    """With some files left over for everything that is no connection."""
    assert connections_possible() < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def test_a_thousand_silent_sockets_keep_nobody_out() -> None:
    """As many as one machine may open by default."""
    async with edge() as door:
        attacks = await asyncio.gather(*(door.attack() for _ in range(1_000)))
        for _ in range(5):
            await door.still_trades()
        assert 1_000 == len(attacks)
