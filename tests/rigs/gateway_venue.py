"""A venue in memory with a gateway in front of it: real engine, real HTTP application, no servers.

The engine answers as soon as something is in the journal. History is what a recorder would have
written up to `history.recorded`, which stands still until a test lets it catch up.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from nacl.signing import SigningKey

from outcry.api.backpack.bodies import NumberLiteral, Scalar
from outcry.api.backpack.signing import canonical_text, stamped
from outcry.engine.commands import Command, CreateAccount, Deposit
from outcry.engine.events import AccountCreated
from outcry.engine.units import AccountId
from outcry.ports.people import ApiKeyRecord
from outcry.processes.gateway.app import ROUTES
from outcry.processes.gateway.route_table import table
from outcry.testing.in_memory import InMemoryVenue
from outcry.wire.journal import decode_commands

START_MS = 1_790_000_000_000
HEARTBEATS = 99
RICH = {"USDC": 10_000_000_000, "SOL": 100 * 10**9}

TABLE = table(ROUTES)
INSTRUCTIONS = {
    (route.method, route.path): route.declaration.instruction for route in TABLE
    if route.declaration.instruction is not None
}


class MemoryVenue(InMemoryVenue):
    """A venue at a time that stands still, and a client for it."""

    def __init__(self, *, terminal: Path, **options: Any) -> None:
        self.now_ms = START_MS
        super().__init__(
            clock_ms=lambda: self.now_ms, origins=frozenset({"https://listed.example"}),
            first_user_id=501,  # Traders are users as well.
            **options,
        )
        self.application = self.make_application(terminal=terminal, stream_port=8080)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.application), base_url="http://venue"
        )

    async def trader(self, **deposits: int) -> "Trader":
        """Somebody new with an API key, and money in smallest units."""
        user_id = len(self.keys.keys) + 1
        [[created]] = await self.command_writer.submit(CreateAccount(user_key=user_id))
        assert isinstance(created, AccountCreated)
        for symbol, amount in deposits.items():
            asset = self.views.venue.listing.asset(symbol)
            assert asset is not None
            await self.command_writer.submit(Deposit(
                account_id=created.account_id, asset_id=asset.asset_id, amount=amount,
                key=user_id * 100 + asset.asset_id,
            ))
        signer = SigningKey(user_id.to_bytes(32))
        key = ApiKeyRecord(
            signer.verify_key.encode(), user_id, created.account_id,
            frozenset({"read", "trade", "withdraw"}),
        )
        self.keys.keys[key.public_key] = key
        return Trader(self, signer, created.account_id)

    def journal_commands(self) -> list[Command]:
        """Every command in the journal after the venue's first entry."""
        return [
            command for entry in self.log.journal[1:]
            for command in decode_commands(entry.commands).commands
        ]

    async def pass_time(self, milliseconds: int) -> None:
        """Let time pass, and everybody hear of it."""
        self.now_ms += milliseconds
        await self.beat()


class Trader:
    """A client with a key, who signs requests as Backpack's clients do."""

    def __init__(self, venue: MemoryVenue, signer: SigningKey, account_id: AccountId) -> None:
        self.venue = venue
        self.account_id = account_id
        self._signer = signer
        self.api_key = b64encode(signer.verify_key.encode()).decode()

    def headers(
        self, text: str, *, at_ms: int | None = None, window: str = "5000"
    ) -> dict[str, str]:
        """Headers that sign a text."""
        timestamp = str(self.venue.now_ms if at_ms is None else at_ms)
        return self.headers_of(stamped(text, timestamp, window), at_ms=at_ms, window=window)

    def headers_of(
        self, text: bytes, *, at_ms: int | None = None, window: str = "5000"
    ) -> dict[str, str]:
        """Headers that sign a text as it is."""
        timestamp = str(self.venue.now_ms if at_ms is None else at_ms)
        return {
            "X-API-Key": self.api_key, "X-Timestamp": timestamp, "X-Window": window,
            "X-Signature": b64encode(self._signer.sign(text).signature).decode(),
        }

    def with_scopes(
        self, *scopes: str, addresses: tuple[str, ...] = (), expires_ms: int | None = None
    ) -> "Trader":
        """The same account with another key that may do only this."""
        number = 1_000 + len(self.venue.keys.keys)
        signer = SigningKey(number.to_bytes(32))
        key = ApiKeyRecord(
            signer.verify_key.encode(), number, self.account_id, frozenset(scopes), addresses,
            expires_ms,
        )
        self.venue.keys.keys[key.public_key] = key
        return Trader(self.venue, signer, self.account_id)

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Ask something."""
        text = canonical_text(INSTRUCTIONS["GET", path], query)
        return await self.venue.http.get(
            f"{path}?{urlencode(query)}" if query else path, headers=self.headers(text)
        )

    async def send(self, method: str, path: str, body: Any) -> httpx.Response:
        """Send a body, or a list of them, signed for the instruction of its route."""
        return await self.send_to(path, method, INSTRUCTIONS[method, path], body)

    async def send_to(
        self, path: str, method: str, instruction: str, body: Any
    ) -> httpx.Response:
        """Send a body to a path that is not in the table as it is written."""
        parts = body if isinstance(body, list) else [body]
        text = "&".join(canonical_text(instruction, signable(part)) for part in parts)
        return await self.venue.http.request(
            method, path, content=json.dumps(body), headers=self.headers(text)
        )

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Place an order, or a list of them."""
        return await self.send("POST", path, body)

    async def delete(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Cancel."""
        return await self.send("DELETE", path, body)

    async def patch(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Replace an order."""
        return await self.send("PATCH", path, body)

    async def withdraw(self, **body: object) -> httpx.Response:
        """Take money out."""
        return await self.send("POST", "/wapi/v1/capital/withdrawals", body)

    async def place(self, side: str, quantity: str, *, at: str | None = None, **more: Any) -> Any:
        """Place an order in SOL_USDC that must be taken; returns it."""
        body = {"symbol": "SOL_USDC", "side": side, "quantity": quantity, **more}
        body |= {"orderType": "Market"} if at is None else {"orderType": "Limit", "price": at}
        response = await self.post("/api/v1/order", body)
        assert response.status_code == 200, response.text
        return response.json()


def signable(body: Mapping[str, object]) -> dict[str, Scalar]:
    """A body's members as they are signed: numbers as they are written."""
    return {
        name: value if isinstance(value, str | bool) or value is None
        else NumberLiteral(json.dumps(value))
        for name, value in body.items()
    }


@asynccontextmanager
async def open_venue(
    terminal: Path = Path("nowhere"), *, followed: bool = True, **options: Any
) -> AsyncIterator[MemoryVenue]:
    """A venue out of the box; unless it is `followed` somebody else must carry commands."""
    venue = MemoryVenue(terminal=terminal, **options)
    async with venue.running(followed=followed), venue.http:
        yield venue
