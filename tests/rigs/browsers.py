"""Somebody in a browser at a whole venue: cookies are kept, requests come from its own pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from rigs.venues import Venue

SIGN_IN = "/api/v1/user/signin/post"


class Browser:
    """A client that keeps cookies, and whose requests come from the venue's own pages."""

    def __init__(self, venue: Venue, session: aiohttp.ClientSession) -> None:
        self.venue = venue
        self.session = session

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.venue.url + path) as answer:
            return answer.status, await answer.json()

    async def change(
        self, path: str, body: Any = None, *, method: str = "POST", origin: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Origin": origin or self.venue.url}
        async with self.session.request(
            method, self.venue.url + path, json=body or {}, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    async def sign_in(self, token: str) -> None:
        assert (200, {"message": "signed in"}) == await self.change(SIGN_IN, {"token": token})


@asynccontextmanager
async def browsing(venue: Venue) -> AsyncIterator[Browser]:
    # An address of numbers gets cookies only from a jar that is told to take them.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(venue, session)
