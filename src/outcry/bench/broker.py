"""`outcry bench broker`: its commands at a steady rate, with a whole venue running beside it.

Requests leave when they are due, whatever has become of those before, and their time runs from the
moment they were due: a venue that falls behind cannot hide it. Positions are opened and closed in
turn by one user with a cookie.
"""

import asyncio
import time
from collections import deque
from typing import Any

import aiohttp
from rich.console import Console

from outcry.bench.machine import percentile_table
from outcry.bench.venue import running_venue

RATE = 200  # Requests a second.
SECONDS = 20
WARM_UP = 200
ENGINE = "/api/v1/engine"


def main() -> None:
    """Start a venue, measure, and print percentiles."""
    console = Console()
    with running_venue(console) as venue:
        took, refused = asyncio.run(_measure(f"http://127.0.0.1:{venue.port}"))
    title = f"{RATE} commands a second over HTTP for {SECONDS} s, everything running"
    console.print(percentile_table(title, "command", took))
    console.print(f"{RATE * SECONDS:,} commands, {refused} refused; client and venue together")


async def _measure(url: str) -> tuple[dict[str, list[float]], int]:
    """Milliseconds of every command by its name, and how many were refused."""
    took: dict[str, list[float]] = {"CREATE_TRADE": [], "CLOSE_TRADE": []}
    refused = 0
    open_ones: deque[str] = deque()
    jar = aiohttp.CookieJar(unsafe=True)  # Cookies of an address, not a name.
    async with aiohttp.ClientSession(url, cookie_jar=jar) as session:
        async with session.post("/api/v1/user/demo") as answer:
            answer.raise_for_status()

        async def command(due: float, *, counts: bool) -> None:
            nonlocal refused
            name = "CLOSE_TRADE" if len(open_ones) > RATE // 10 else "CREATE_TRADE"
            body: dict[str, Any] = {"command": name}
            if name == "CREATE_TRADE":
                body |= {"asset": "SOL_USDC", "direction": "LONG", "margin": 1, "leverage": 20}
            else:
                body["tradeId"] = open_ones.popleft()
            async with session.post(ENGINE, json=body) as answer:
                told = await answer.json()
            if counts:
                took[name].append(1000 * (time.perf_counter() - due))
                refused += not told["success"]
            if told["success"] and name == "CREATE_TRADE":
                open_ones.append(told["engineResponse"]["data"]["tradeId"])

        for _ in range(WARM_UP):
            await command(time.perf_counter(), counts=False)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(RATE * SECONDS):
                due = started + number / RATE
                await asyncio.sleep(due - time.perf_counter())
                tasks.create_task(command(due, counts=True))
    return took, refused
