"""Requests that are none: each is refused in the documented way, and none writes a traceback."""

import json
import random
from collections.abc import AsyncIterator

import pytest
import structlog

from rigs.edge_venue import Edge, edge, named, request, target
from rigs.gateway_venue import TABLE

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
SEED = random.randrange(2**32)


@pytest.fixture
async def door() -> AsyncIterator[Edge]:
    """A gateway whose log has no error at the end of a test."""
    with structlog.testing.capture_logs() as lines:
        async with edge() as opened:
            yield opened
            await opened.still_trades()
    faults = [line for line in lines if line["log_level"] in ("error", "critical")]
    assert [] == faults


STRANGE = (
    "/" + "a" * 300, "/" + "a" * 8_000, "/assets/" + "%C3%A4" * 200, "/" + "a/" * 2_000,
    "/api/v1/" + "a" * 5_000, "/%00", "/%ff%fe", "/" + "../" * 500 + "etc/passwd",
    "/" + "%2e%2e/" * 200, "/\\", "/a.b" + "c" * 300, "/CON", "/spot/" + "a" * 300,
    "/api/v1/cfd/positions/" + "9" * 4_000,
)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
async def test_a_strange_path_is_not_found(door: Edge, method: str) -> None:
    for path in STRANGE:
        answer = await door.honest.request(method, path)
        assert answer.status_code in (400, 401, 404, 405), path
        assert len(answer.content) < 10_000


async def test_an_unknown_path_of_the_api_is_a_json_404(door: Edge) -> None:
    for path in ("/api", "/api/", "/wapi", "/wapi/", "/api/v1/nothing", "/api/v2/order"):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = await door.honest.request(method, path)
            assert (404, "RESOURCE_NOT_FOUND") == (answer.status_code, answer.json()["code"])


async def test_an_unknown_page_is_a_404(door: Edge) -> None:
    for path in ("/nothing", "/wp-login.php", "/.env", "/spot", "/spot/a/b", "/assets"):
        assert 404 == (await door.honest.get(path)).status_code, path


async def test_a_route_has_its_methods_and_no_others(door: Edge) -> None:
    for path in {target(route) for route in TABLE}:
        own = {route.method for route in TABLE if target(route) == path}
        own |= {"OPTIONS"} | ({"HEAD"} if "GET" in own else set())
        options = await door.honest.options(path)
        assert 204 == options.status_code
        assert own == set(options.headers["allow"].split(", "))
        for method in METHODS:
            door.honest.cookies.clear()  # Some routes sign in; then others know what is not there.
            answer = await door.honest.request(method, path)
            if method in own:
                assert answer.status_code not in (404, 405, 500), f"{method} {path}"
                continue
            assert 405 == answer.status_code, f"{method} {path}"
            assert own == set(answer.headers["allow"].split(", "))
            assert not answer.content or "INVALID_CLIENT_REQUEST" == answer.json()["code"]


async def test_head_is_get_without_its_body(door: Edge) -> None:
    for path in [target(route) for route in TABLE if route.method == "GET"]:
        get, head = [await door.honest.request(method, path) for method in ("GET", "HEAD")]
        assert get.status_code == head.status_code, path
        assert b"" == head.content
        assert get.headers["content-type"] == head.headers["content-type"]


@pytest.mark.parametrize("sent", [
    b"\x00" * 100 + b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
    b"GET / HTTP/9.9\r\n\r\n", b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /api/v1/order HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nX : y\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
])
async def test_bytes_that_are_no_request_end_the_connection(door: Edge, sent: bytes) -> None:
    attack = await door.sent(sent)
    assert (await attack.end()).startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


async def test_random_bytes_end_the_connection(door: Edge) -> None:
    print(f"seed {SEED}")
    dice = random.Random(SEED)
    for _ in range(50):
        attack = await door.sent(dice.randbytes(dice.randrange(1, 400)) + b"\r\n\r\n")
        attack.writer.transport.abort()


BODIES = (
    b"", b"{", b"[", b"null", b"1", b'"a"', b"[]", b"[[]]", b'{"a":1,"a":2}', b'{"a":{}}',
    b'{"a":NaN}', b"\xff\xfe", b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"[" * 60_000, b"{" * 60_000,
    b'{"' + b"a" * 60_000 + b'":1}', b'{"a":' + b"1" * 60_000 + b"}", b'{"a":1e999999}',
)


async def test_a_body_that_is_none_is_refused(door: Edge) -> None:
    entries = len(door.venue.log.journal)
    for route in TABLE:
        for body in BODIES if route.declaration.body else ():
            attack = await door.sent(request(
                route.method, target(route), body, headers=[("Content-Type", "application/json")]
            ))
            assert await attack.answer() in (400, 401, 403, 429), f"{named(route)} {body[:40]!r}"
            attack.writer.close()
    assert entries == len(door.venue.log.journal)


async def test_a_body_that_is_cut_off_is_not_carried_out(door: Edge) -> None:
    """What came of it may be a whole request by itself."""
    whole = json.dumps({"email": "ann@example.org"}).encode()
    attack = await door.sent(
        request("POST", "/api/v1/user/signup", whole, length=len(whole) + 1)
    )
    attack.writer.write_eof()
    attack.writer.close()
    await door.still_trades()
    assert [] == door.venue.mailer.mails
