"""Large requests: refused before they are parsed, on every route of the table."""

import asyncio
import os

import psutil
import pytest

from outcry.api.backpack.bodies import BODY_BYTES_MAX
from outcry.processes.gateway.bounded_protocol import HttpBounds
from outcry.processes.gateway.declaration import Route
from rigs.edge_venue import Edge, edge, named, request, target
from rigs.gateway_venue import TABLE

HUGE = 9_900_000
MEGABYTE = 1 << 20


async def refused(door: Edge, route: Route, *parts: bytes) -> None:
    """A request is refused for its body; the application has not seen it."""
    entries = len(door.venue.log.journal)
    mails = len(door.venue.mailer.mails)
    attack = await door.sent(*parts)
    assert 413 == await attack.answer(), named(route)
    assert entries == len(door.venue.log.journal)
    assert mails == len(door.venue.mailer.mails)


async def test_a_stated_length_is_refused_before_the_body_comes() -> None:
    async with edge() as door:
        for route in TABLE:
            await refused(door, route, request(route.method, target(route), length=HUGE))
            await refused(
                door, route, request(route.method, target(route), length=BODY_BYTES_MAX + 1)
            )
        await door.still_trades()


async def test_a_length_that_is_not_stated_is_counted() -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"

    async def attacked(door: Edge, route: Route) -> None:
        head = f"{route.method} {target(route)} HTTP/1.1\r\nHost: x\r\n"
        attack = await door.sent(
            f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 10
        )
        status = await attack.answer()
        # A route without a body may have answered before it grew too large.
        assert 413 == status or not route.declaration.body, named(route)
        await attack.end()

    async with edge() as door:
        await asyncio.gather(*(attacked(door, route) for route in TABLE))
        await door.still_trades()


async def test_a_body_within_the_bound_is_read_on_every_route() -> None:
    async with edge() as door:
        for route in TABLE:
            attack = await door.sent(request(route.method, target(route), b" " * BODY_BYTES_MAX))
            assert await attack.answer() not in (0, 413, 500), named(route)


async def test_ten_megabytes_cost_next_to_nothing() -> None:
    """As much as they are, the loop is never held by one of them."""
    async with edge() as door:
        await door.still_trades()
        mine = psutil.Process(os.getpid())
        for path in ("/api/v1/user/signup", "/api/v1/order"):
            before = mine.cpu_times().user
            attack = await door.sent(
                request("POST", path, length=HUGE), *[b" " * 65_536] * (HUGE // 65_536)
            )
            await attack.end()
            assert mine.cpu_times().user - before < 1.0


@pytest.mark.parametrize("head", [
    [b"X-%d: " % number + b"x" * 1_000 + b"\r\n" for number in range(64_000)],
    [b"X: y\r\n"] * 1_000_000,
    [b"X: ", *[b"y" * 65_536] * 1_000],
], ids=["many", "short", "one"])
async def test_headers_that_never_end_are_refused(head: list[bytes]) -> None:
    """Of 64 MB next to nothing is kept."""
    async with edge() as door:
        await door.still_trades()
        before = psutil.Process(os.getpid()).memory_info().rss
        attack = await door.attack()
        await attack.send(b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n")
        for start in range(0, len(head), 1_000):
            if not await attack.send(b"".join(head[start : start + 1_000])):
                break
            await asyncio.sleep(0)
        else:
            pytest.fail("all of it was taken")
        grown = psutil.Process(os.getpid()).memory_info().rss - before
        print(f"memory grew by {grown >> 10} KB")
        assert grown < 64 * MEGABYTE, f"memory grew by {grown >> 20} MB"
        await door.still_trades()


@pytest.mark.parametrize("line", [
    b"GET /api/v1/time?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n",
], ids=["line", "header", "headers"])
async def test_a_head_that_is_too_large_is_refused(line: bytes) -> None:
    async with edge() as door:
        assert 431 == await (await door.sent(line)).answer()
        await door.still_trades()


async def test_a_honest_head_is_not_refused() -> None:
    """As large as browsers and bots send them, many behind each other in one write."""
    async with edge() as door:
        headers = [(f"X-{number}", "y" * 200) for number in range(50)]
        attack = await door.sent(request("GET", "/api/v1/time", headers=headers) * 10)
        assert [200] * 10 == [await attack.answer() for _ in range(10)]


async def test_requests_behind_each_other_have_a_bound() -> None:
    async with edge(HttpBounds(pipelined=10)) as door:
        attack = await door.sent(request("GET", "/api/v1/venue") * 1_000)
        received = await attack.end()
        assert b"429 Too Many Requests" in received
        assert received.count(b"HTTP/1.1 200") < 100
        await door.still_trades()
