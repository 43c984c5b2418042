"""An honest client beside each attack: no order of its fails. `make attack` is the long form."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import psutil
import pytest

from rigs.edge_venue import Edge, edge, request

SECONDS = float(os.environ.get("ATTACK_SECONDS", "1"))
HUGE = 9_900_000


async def silent(door: Edge) -> None:
    await door.attack()
    await asyncio.sleep(0.002)


async def large(door: Edge) -> None:
    attack = await door.sent(request("POST", "/api/v1/user/signup", length=HUGE))
    await attack.send(b" " * 65_536)
    attack.writer.transport.abort()


async def heads(door: Edge) -> None:
    attack = await door.sent(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000)
    attack.writer.transport.abort()


async def nonsense(door: Edge) -> None:
    attack = await door.sent(request("GET", "/" + "a" * 5_000))
    await attack.answer()
    attack.writer.transport.abort()


async def unsigned(door: Edge) -> None:
    attack = await door.sent(request("POST", "/api/v1/order", b"{}") * 20)
    for _ in range(20):
        await attack.answer()
    attack.writer.transport.abort()


ATTACKS: dict[str, Callable[[Edge], Awaitable[None]]] = {
    "silent sockets": silent, "large bodies": large, "endless heads": heads,
    "strange paths": nonsense, "unsigned orders": unsigned,
}


@pytest.mark.parametrize("kind", ATTACKS)
async def test_an_honest_client_trades_on(kind: str) -> None:
    """Attackers and client share a process here, so the times that are printed are upper bounds."""
    async with edge(connections=400) as door:
        await door.still_trades()
        before = psutil.Process(os.getpid()).memory_info().rss
        stop = asyncio.Event()

        async def attack() -> None:
            while not stop.is_set():
                await ATTACKS[kind](door)
                await asyncio.sleep(0)

        attacking = [asyncio.create_task(attack()) for _ in range(4)]
        took: list[float] = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            started = time.perf_counter()
            await door.still_trades()
            took.append(1_000 * (time.perf_counter() - started))
            await asyncio.sleep(0.01)
        stop.set()
        for task in attacking:
            task.cancel()
        await asyncio.gather(*attacking, return_exceptions=True)
        took.sort()
        grown = psutil.Process(os.getpid()).memory_info().rss - before
        print(
            f"{kind}: {len(took)} orders, none failed, median {took[len(took) // 2]:.1f} ms, "
            f"p99 {took[len(took) * 99 // 100]:.1f} ms, memory +{grown >> 20} MB, "
            f"{door.gate.refused} connections refused"
        )
        assert took
        assert grown < 256 << 20
