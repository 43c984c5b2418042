"""Private streams for somebody signed in: their cookie comes with the handshake."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from outcry.api.backpack.stream import NOT_AUTHORIZED
from outcry.engine.units import SELL
from rigs.live_stream import Venue, streaming
from rigs.patience import PATIENCE_S
from rigs.scripted_log import ALICE, BOB, limit


def page(venue: Venue, cookie: str | None, origin: str | None) -> dict[str, str]:
    """What a browser sends for a page of this origin."""
    headers = {} if cookie is None else {"Cookie": f"theme=dark; authToken={cookie}"}
    return headers if origin is None else {**headers, "Origin": origin}


async def test_own_orders_come_to_whoever_is_signed_in() -> None:
    """From a page of the same host, at the port of the pages, or of a listed origin."""
    async with streaming() as venue:
        cookie = venue.add_session(ALICE, 1)
        for number, origin in enumerate(("http://127.0.0.1:3005", "https://listed.example")):
            headers = page(venue, cookie, origin)
            async with venue.client(additional_headers=headers) as client:
                await client.subscribe("account.orderUpdate")
                venue.write(limit(BOB, SELL, 1, at=10_100 + number))
                venue.write(limit(ALICE, SELL, 1, at=11_000 + 100 * number))
                assert f"{110 + number}" == (await client.data("account.orderUpdate"))["p"]


async def test_a_strangers_page_hears_nothing() -> None:
    """Its socket works, for what everybody may hear."""
    async with streaming() as venue:
        cookie = venue.add_session(ALICE, 1)
        for origin in (
            "https://evil.example", "null", "http://localhost:3005", "http://127.0.0.1:9999", None,
        ):
            headers = page(venue, cookie, origin)
            async with venue.client(
                "trade.SOL_USDC", additional_headers=headers
            ) as client:
                await client.send({"method": "SUBSCRIBE", "params": ["account.orderUpdate"]})
                fault = (await client.frame())["error"]
                assert (NOT_AUTHORIZED, "Signature required") == (fault["code"], fault["message"])


async def test_signing_out_ends_the_connection() -> None:
    async with streaming() as venue:
        mine, other = venue.add_session(ALICE, 1), venue.add_session(BOB, 2)
        origin = f"http://127.0.0.1:{venue.port}"
        async with (
            venue.client(additional_headers=page(venue, mine, origin)) as client,
            venue.client(additional_headers=page(venue, other, origin)) as stays,
        ):
            await client.subscribe("account.orderUpdate")
            await stays.subscribe("account.orderUpdate")
            await venue.sessions.revoke_session(bytes([1]) * 16)
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(ConnectionClosed) as closed:
                    await client.socket.recv()
            assert closed.value.rcvd is not None
            assert (1008, "session ended") == (closed.value.rcvd.code, closed.value.rcvd.reason)
            venue.write(limit(BOB, SELL, 1, at=10_100))
            assert "101" == (await stays.data("account.orderUpdate"))["p"]
