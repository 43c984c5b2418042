"""Each route, held to its declaration: who may call it, and what it reads. New ones too."""

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from outcry.api.backpack.bodies import BODY_BYTES_MAX
from outcry.api.backpack.errors import ErrorBody
from outcry.api.backpack.signing import canonical_text
from outcry.processes.gateway.declaration import Route
from rigs.gateway_venue import TABLE, MemoryVenue, Trader, open_venue

SIGNED = [route for route in TABLE if route.declaration.instruction]
BY_COOKIE = [route for route in TABLE if route.declaration.by_cookie]
WITH_BODY = [route for route in TABLE if route.declaration.body]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


class Told(NamedTuple):
    """An error, whatever its shape."""

    status: int
    message: str


class Rig(NamedTuple):
    """A venue of all tests, in which none of them leaves a trace."""

    runner: asyncio.Runner
    venue: MemoryVenue
    ann: Trader
    cookie: str

    def refusal(
        self, route: Route, headers: dict[str, str], content: bytes | None = None
    ) -> Told:
        """How a request to a route is refused."""
        if content is None:
            content = b"[{}]" if route.declaration.batch else b"{}"
        entries = len(self.venue.log.journal)
        answer = self.runner.run(self.venue.http.request(
            route.method, route.path.replace("{trade_id}", "1"), headers=headers,
            content=content if route.declaration.body else None,
        ))
        assert entries == len(self.venue.log.journal)
        told: dict[str, Any] = answer.json()
        assert isinstance(told["retryable"], bool)
        if route.declaration.error is ErrorBody:
            assert {"code", "message", "retryable"} == set(told)
            return Told(answer.status_code, told["message"])
        assert told["success"] is False
        return Told(answer.status_code, told["error"])

    def let_in(self, route: Route, **members: str) -> dict[str, str]:
        """Headers that let a request with these members in."""
        if route.declaration.instruction:
            return self.ann.headers(canonical_text(route.declaration.instruction, members))
        return {"Cookie": self.cookie} if route.declaration.by_cookie else {}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with asyncio.Runner() as runner:
        opened = open_venue()
        venue = runner.run(opened.__aenter__())
        ann = runner.run(venue.trader(USDC=10_000_000_000))
        guest = httpx.AsyncClient(
            transport=httpx.ASGITransport(venue.application), base_url="http://venue"
        )
        answer = runner.run(guest.post("/api/v1/user/demo"))
        yield Rig(runner, venue, ann, answer.headers["set-cookie"].partition(";")[0])
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize("route", SIGNED, ids=named)
def test_a_signed_route_wants_a_key(rig: Rig, route: Route) -> None:
    assert (401, "Missing X-API-Key header") == rig.refusal(route, {})


@pytest.mark.parametrize("route", SIGNED, ids=named)
def test_a_signed_route_wants_its_own_instruction_signed(rig: Rig, route: Route) -> None:
    headers = rig.ann.headers("instruction=somethingElse")
    assert (400, "Invalid signature") == rig.refusal(route, headers)


@pytest.mark.parametrize("route", [
    route for route in SIGNED if route.method != "GET"
], ids=named)
def test_a_key_that_only_reads_changes_nothing(rig: Rig, route: Route) -> None:
    reader = rig._replace(ann=rig.ann.with_scopes("read"))
    may_not = f"This API key may not {route.declaration.scope}"
    assert (403, may_not) == reader.refusal(route, reader.let_in(route))


@pytest.mark.parametrize("route", BY_COOKIE, ids=named)
def test_a_cookies_route_takes_no_key(rig: Rig, route: Route) -> None:
    headers = rig.ann.headers("instruction=x")
    assert (401, "You are not signed in") == rig.refusal(route, headers)


@pytest.mark.parametrize("route", [
    route for route in (*SIGNED, *BY_COOKIE) if route.method != "GET"
], ids=named)
def test_a_strangers_page_changes_nothing(rig: Rig, route: Route) -> None:
    headers = {"Cookie": rig.cookie, "Origin": "https://stranger.example"}
    assert (403, "This request must come from a page of this venue") == (
        rig.refusal(route, headers)
    )


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
def test_a_body_is_json(rig: Rig, route: Route) -> None:
    told = rig.refusal(route, rig.let_in(route), b"{")
    assert told.status == 400
    assert told.message.startswith("parse request payload error: ")


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
def test_a_body_has_an_end(rig: Rig, route: Route) -> None:
    told = rig.refusal(route, rig.let_in(route), b" " * (BODY_BYTES_MAX + 1))
    assert (413, "The request's body is too large") == told


@pytest.mark.parametrize("route", [
    route for route in WITH_BODY
    if route.declaration.error is ErrorBody and not route.declaration.batch
    and route.path != "/api/v1/account"
], ids=named)
def test_a_body_has_no_unknown_field(rig: Rig, route: Route) -> None:
    """Settings are any, the elements of a batch are refused one by one, commands differ."""
    headers = rig.let_in(route, noSuchField="1")
    assert (400, "Unknown field `noSuchField`") == (
        rig.refusal(route, headers, b'{"noSuchField":"1"}')
    )


@pytest.mark.parametrize(("route", "field"), [
    pytest.param(route, field, id=f"{named(route)} {field.name}")
    for route in WITH_BODY if not route.declaration.batch
    for field in (*route.declaration.body.required, *route.declaration.body.optional)  # type: ignore[union-attr]
])
def test_a_field_is_a_plain_value(rig: Rig, route: Route, field: Any) -> None:
    told = rig.refusal(route, rig.let_in(route), f'{{"{field.name}":[1]}}'.encode())
    assert (400, f"Invalid {field.name}: expected a plain value") == told
