"""Slow clients: each phase of a request has a deadline, and nobody else waits for them."""

import asyncio

import pytest

from outcry.processes.gateway.bounded_protocol import HttpBounds
from rigs.edge_venue import edge, request

IMPATIENT = HttpBounds(head_s=0.2, request_s=0.4, unread_s=0.2)


@pytest.mark.parametrize("sent", [
    b"", b"\r\n\r\n", b"G", b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n",
    request("POST", "/api/v1/order", b"{", length=100),
    request("GET", "/api/v1/ping", b"x", length=100),
    b"POST /api/v1/order HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    request("GET", "/api/v1/ping") + b"G",
], ids=["silent", "empty lines", "a letter", "head", "body", "body of a GET", "chunk", "second"])
async def test_a_request_that_never_ends_is_ended(sent: bytes) -> None:
    async with edge(IMPATIENT) as door:
        attack = await door.sent(sent)
        received = await attack.end()
        assert b"408 Request Timeout" in received
        assert 0 == door.gate.open
        await door.still_trades()


async def test_a_request_that_comes_drop_by_drop_is_ended() -> None:
    """Each byte is in time; the request is not."""
    async with edge(IMPATIENT) as door:
        attack = await door.sent(b"GET /api/v1/time HTTP/1.1\r\n")
        while await attack.send(b"X-More: 1\r\n"):  # noqa: ASYNC110 - it is the attack.
            await asyncio.sleep(0.05)
        await door.still_trades()


async def test_empty_lines_do_not_keep_a_connection() -> None:
    """They end the server's own wait for the next request."""
    async with edge(IMPATIENT) as door:
        attack = await door.sent(request("GET", "/api/v1/ping"))
        assert 200 == await attack.answer()
        await attack.send(b"\r\n")
        assert b"" == await attack.end()


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with edge(IMPATIENT._replace(pipelined=1_000)) as door:
        attack = await door.attack()
        attack.writer.transport.pause_reading()  # type: ignore[attr-defined]
        asked = request("GET", "/api/v1/openapi.json")
        while await attack.send(asked * 20):  # noqa: ASYNC110 - until it is cut off.
            await asyncio.sleep(0.01)
        await door.still_trades()


async def test_a_client_that_waits_between_requests_is_kept() -> None:
    """Only requests that have begun have to go on."""
    async with edge(IMPATIENT) as door:
        honest = await door.attack()
        for _ in range(3):
            await honest.send(request("GET", "/api/v1/ping"))
            assert 200 == await honest.answer()
            await asyncio.sleep(1.0)  # Longer than each deadline, and than a sweep takes.
