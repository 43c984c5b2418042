"""A gateway and the database behind it die; clients lose nothing but a moment.

And requests that are wrong, over a real connection: each is answered, and the journal stays clean.
"""

import asyncio
import http.client
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any

import pytest
import redis
from nacl.signing import SigningKey

from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.users import PostgresUsers
from outcry.adapters.valkey.streams import JOURNAL
from outcry.api.backpack.signing import canonical_text, stamped
from outcry.client import ApiKey, OrderRequest, Refused, RestClient
from outcry.engine.commands import Command, Heartbeat, SetQuote
from outcry.runtime.venue_file import VenueRecord, running_venue
from outcry.wire.journal import decode_commands
from rigs.patience import PATIENCE_S, until
from rigs.venues import Venue

SYMBOL = "SOL_USDC"
FAR_AWAY = OrderRequest(symbol=SYMBOL, side="Bid", price=Decimal(1), quantity=Decimal(1))


@pytest.fixture(scope="module")
def user(venue: Venue) -> dict[str, Any]:
    return venue.create_user("ann@example.org", USDC="1000000", SOL="1000000")


@pytest.fixture(scope="module")
def record(venue: Venue) -> VenueRecord:
    return running_venue(venue.data_dir)


def client_of(venue: Venue, user: dict[str, Any]) -> RestClient:
    return RestClient(venue.url, key=ApiKey(user["api_key"], user["api_secret"]))


async def test_a_killed_gateway_comes_back_complete(venue: Venue, user: dict[str, Any]) -> None:
    """What was acknowledged before is open, in history, and can be canceled."""
    async with client_of(venue, user) as rest:
        placed = [(await rest.place_order(FAR_AWAY)).id for _ in range(5)]
    venue.kill("gateway")
    until(lambda: _answers(venue), "the gateway to answer")
    async with client_of(venue, user) as rest:
        assert placed == [order.id for order in await rest.open_orders(SYMBOL)]
        history = await rest.order_history(SYMBOL, limit=5)
        assert placed[::-1] == [order.id for order in history]
        assert 5 == len(await rest.cancel_orders(SYMBOL))


async def test_trading_goes_on_without_the_database(venue: Venue, user: dict[str, Any]) -> None:
    """Orders and balances need none; history is complete again when it is back."""
    async with client_of(venue, user) as rest:
        killing = asyncio.create_task(asyncio.to_thread(venue.kill, "postgres"))
        placed = []
        while not killing.done():
            order = await rest.place_order(FAR_AWAY)
            assert (await rest.balances())["USDC"].locked > 0
            await rest.cancel_order(SYMBOL, order_id=order.id)
            placed.append(order.id)
        await killing
        assert len(placed) >= 5
        async with asyncio.timeout(PATIENCE_S):
            while await _code(rest.order_history(SYMBOL)) == "MAINTENANCE":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        history = await rest.order_history(SYMBOL, limit=5)
        assert placed[:-6:-1] == [order.id for order in history]


async def test_keys_are_known_and_worthless_at_once(
    venue: Venue, user: dict[str, Any], record: VenueRecord
) -> None:
    """Also after the database was away: a new key works, a revoked one does not."""
    bob = venue.create_user("bob@example.org")
    async with client_of(venue, bob) as rest:
        balance = (await rest.balances())["USDC"].available
        assert Decimal(5000) == balance, "the welcome of a demo"
        async with Database(record.database_url, application="test") as database:
            users = PostgresUsers(database, record.database_url)
            assert await users.revoke_api_key(b64decode(bob["api_key"]))
        async with asyncio.timeout(PATIENCE_S):
            while await _code(rest.balances()) is None:  # noqa: ASYNC110 - another process.
                await asyncio.sleep(0.05)
        assert "UNAUTHORIZED" == await _code(rest.balances())
    async with client_of(venue, user) as rest:
        assert (await rest.balances())["USDC"].available > 0


async def _code(asking: Awaitable[object]) -> str | None:
    """The code with which a request is refused, if it is."""
    try:
        await asking
    except Refused as refused:
        return refused.code
    return None


def _answers(venue: Venue) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", venue.port, timeout=2)
    try:
        connection.request("GET", "/api/v1/status")
        return bool(json.loads(connection.getresponse().read())["status"] == "Ok")
    except OSError:
        return False
    finally:
        connection.close()


GOOD = {
    "symbol": SYMBOL, "side": "Bid", "orderType": "Limit", "price": "1.25", "quantity": "0.5",
}
CLIENT = "INVALID_CLIENT_REQUEST"


@pytest.mark.parametrize(("changes", "code"), [
    ({"stopLossPrice": "1"}, CLIENT),
    ({"price": "1.255"}, CLIENT),
    ({"quantity": "0.505"}, CLIENT),
    ({"price": "-1"}, "INVALID_PRICE"),
    ({"quantity": "-0.5"}, "INVALID_QUANTITY"),
    ({"quantity": "99999999999999999999"}, "INVALID_QUANTITY"),
    ({"price": "1e5"}, CLIENT),
    ({"price": "NaN"}, CLIENT),
    ({"clientId": "-7"}, CLIENT),
    ({"symbol": "DOGE_USDC"}, CLIENT),
    ({"orderType": "Market"}, CLIENT),
])
def test_a_wrong_order(
    venue: Venue, user: dict[str, Any], record: VenueRecord, changes: dict[str, str], code: str
) -> None:
    """Signed as it should be, and wrong in itself."""
    body = {**GOOD, **changes}
    text = canonical_text("orderExecute", body)
    status, answer = _refused(venue, record, json.dumps(body).encode(), _signed(user, text))
    assert (400, code) == (status, answer["code"])
    assert answer["message"]


@pytest.mark.parametrize("body", [
    b"{", b"", b"null", b'{"price":NaN}', b'{"side":"Bid","side":"Ask"}', b"\xff", b"[" * 30_000,
])
def test_malformed_json(
    venue: Venue, user: dict[str, Any], record: VenueRecord, body: bytes
) -> None:
    headers = _signed(user, "instruction=orderExecute")
    status, answer = _refused(venue, record, body, headers)
    assert (400, CLIENT) == (status, answer["code"])


@pytest.mark.parametrize(("headers", "status", "code"), [
    ({"X-Signature": b64encode(bytes(64)).decode()}, 400, CLIENT),
    ({"X-Signature": "none"}, 400, CLIENT),
    ({"X-Timestamp": str(int(time.time() * 1000) - 61_000)}, 400, CLIENT),
    ({"X-Timestamp": str(int(time.time() * 1000) + 10**9)}, 400, CLIENT),
    ({"X-Window": "60001"}, 400, CLIENT),
    ({"X-API-Key": b64encode(bytes(32)).decode()}, 401, "UNAUTHORIZED"),
])
def test_a_wrong_signature(
    venue: Venue, user: dict[str, Any], record: VenueRecord, headers: dict[str, str], status: int,
    code: str,
) -> None:
    signed = _signed(user, canonical_text("orderExecute", GOOD))
    answered = _refused(venue, record, json.dumps(GOOD).encode(), {**signed, **headers})
    assert (status, code) == (answered[0], answered[1]["code"])


def _signed(user: dict[str, Any], text: str) -> dict[str, str]:
    timestamp = str(time.time_ns() // 1_000_000)
    signer = SigningKey(b64decode(user["api_secret"]))
    return {
        "X-API-Key": user["api_key"], "X-Timestamp": timestamp, "X-Window": "5000",
        "X-Signature": b64encode(
            signer.sign(stamped(text, timestamp, "5000")).signature
        ).decode(),
    }


def _refused(
    venue: Venue, record: VenueRecord, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str]]:
    """Status and error of a request after which the journal holds nothing new of a client's."""
    before = _commands(record)
    connection = http.client.HTTPConnection("127.0.0.1", venue.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", "/api/v1/order", body=body, headers=headers)
        response = connection.getresponse()
        answer: dict[str, str] = json.loads(response.read())
    finally:
        connection.close()
    assert {"code", "message", "retryable"} == set(answer)
    assert before == _commands(record)
    return response.status, answer


def _commands(record: VenueRecord) -> list[Command]:
    """Every command in the journal but the beats of the engine and the outside prices."""
    with redis.Redis.from_url(record.redis_url) as client:
        entries: Any = client.xrange(JOURNAL)
    return [
        command for _, fields in entries for command in decode_commands(fields[b"c"]).commands
        if not isinstance(command, Heartbeat | SetQuote)
    ]
