"""A venue in memory with a gateway in front of it: real engine, real HTTP application, no servers.

The engine answers as soon as something is in the journal. History is what a recorder would have
written up to `history.recorded`, which stands still until a test lets it catch up.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from nacl.signing import SigningKey

from memory_users import SECRET
from outcry.adapters.memory import MemoryLog
from outcry.adapters.memory_history import MemoryHistory
from outcry.adapters.memory_users import MemoryKeys, MemoryMailer, MemorySessions, MemoryUsers
from outcry.engine.commands import Command, CreateAccount, Deposit, Heartbeat
from outcry.engine.events import AccountCreated
from outcry.engine.units import AccountId
from outcry.ports import ApiKey
from outcry.projections.venue import Venue
from outcry.protocol.backpack.bodies import NumberLiteral, Scalar
from outcry.protocol.backpack.signing import canonical_text, stamped
from outcry.protocol.journal import decode_commands, encode_commands
from outcry.services.api_keys import KeyRing
from outcry.services.commander import Commander
from outcry.services.follower import START, Follower
from outcry.services.gateway.app import make_app
from outcry.services.gateway.history import CompleteHistory
from outcry.services.gateway.limits import RateLimit
from outcry.services.gateway.sign_in import SignIn
from outcry.services.gateway.start import SPANS
from outcry.services.gateway.terminal import Terminal
from outcry.services.gateway.user_routes import Demo, Users
from outcry.services.gateway.venue_routes import About
from outcry.services.gateway.views import Views
from outcry.services.genesis import first_commands
from outcry.services.onboarding import Onboarding
from outcry.services.sessions import Sessions
from outcry.services.sign_up import SignUp
from outcry.services.tokens import Tokens
from outcry.services.user_keys import UserKeys
from outcry.testing.engine import MemoryEngine

START_MS = 1_790_000_000_000
HEARTBEATS = 99
GATEWAY = 7

READS = {
    "/api/v1/account": "accountQuery", "/api/v1/capital": "balanceQuery",
    "/api/v1/order": "orderQuery", "/api/v1/orders": "orderQueryAll",
    "/wapi/v1/history/orders": "orderHistoryQueryAll",
    "/wapi/v1/history/fills": "fillHistoryQueryAll",
    "/wapi/v1/capital/deposits": "depositQueryAll",
    "/wapi/v1/capital/withdrawals": "withdrawalQueryAll",
    "/wapi/v1/capital/deposit/address": "depositAddressQuery",
    "/api/v1/position": "positionQuery",
    "/api/v1/borrowLend/positions": "borrowLendPositionQuery",
    "/wapi/v1/history/funding": "fundingHistoryQueryAll",
    "/wapi/v1/history/settlement": "settlementHistoryQueryAll",
}
CANCELS = {"/api/v1/order": "orderCancel", "/api/v1/orders": "orderCancelAll"}


class MemoryVenue:
    """Everything together. `now_ms` is everybody's clock."""

    def __init__(
        self, *, per_minute: int = 0, patience_s: float = 5.0, terminal: Path, demo: bool = True
    ) -> None:
        self.now_ms = START_MS
        self.log = MemoryLog(lambda: self.now_ms)
        self.engine = MemoryEngine(self.log)
        self.log.on_append = self.engine.step
        self.history = MemoryHistory(self.log)
        self.keys = MemoryKeys()
        self.commander = Commander(self.log, session=GATEWAY, patience_s=patience_s)
        self.views = Views(Venue(spans=SPANS), self.commander)
        self.follower = Follower(self.log, START, self.views.on_entries)
        self.ring = KeyRing(self.keys, clock=lambda: self.now_ms / 1000)
        self.users = MemoryUsers(self.keys, first_id=501)  # Traders are users as well.
        self.stored_sessions = MemorySessions()
        self.mailer = MemoryMailer()
        tokens = Tokens(SECRET)
        self.sessions = Sessions(self.stored_sessions, tokens, clock_ms=lambda: self.now_ms)
        self.sign_in = SignIn(
            self.ring, self.sessions, origins=frozenset({"https://listed.example"}),
            by_address=RateLimit(per_minute, lambda: self.now_ms / 1000),
            by_key=RateLimit(per_minute, lambda: self.now_ms / 1000),
            clock_ms=lambda: self.now_ms,
        )
        self.application = make_app(
            views=self.views, complete=CompleteHistory(self.history, self.views),
            sign_in=self.sign_in,
            board=self.log, about=About("demo", None, 8080), terminal=Terminal(terminal),
            users=self._people(tokens, demo=demo),
            clock_ms=lambda: self.now_ms,
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.application), base_url="http://venue"
        )

    def _people(self, tokens: Tokens, *, demo: bool) -> Users:
        """Sign-up with the limits that a venue has by default."""
        def an_hour(most: int) -> RateLimit:
            return RateLimit(most, lambda: self.now_ms / 1000, window_s=3_600)

        onboarding = Onboarding(
            users=self.users, commander=self.commander, venue=self.views.venue
        )
        deposit = {"USDC": "5000"}
        return Users(
            sign_up=SignUp(
                onboarding=onboarding, sign_ins=self.stored_sessions, mailer=self.mailer,
                tokens=tokens, link="http://venue/sign-in", welcome=deposit if demo else {},
                clock_ms=lambda: self.now_ms,
            ),
            onboarding=onboarding, keys=UserKeys(self.users),
            demo=Demo(deposit, 2) if demo else None, mails_by_email=an_hour(5),
            mails_by_address=an_hour(30), demos_by_address=an_hour(30),
        )

    async def trader(self, **deposits: int) -> "Trader":
        """Somebody new with an API key, and money in smallest units."""
        user_id = len(self.keys.keys) + 1
        [[created]] = await self.commander.submit(CreateAccount(user_key=user_id))
        assert isinstance(created, AccountCreated)
        for symbol, amount in deposits.items():
            asset = self.views.venue.listing.asset(symbol)
            assert asset is not None
            await self.commander.submit(Deposit(
                account_id=created.account_id, asset_id=asset.asset_id, amount=amount,
                key=user_id * 100 + asset.asset_id,
            ))
        signer = SigningKey(user_id.to_bytes(32))
        key = ApiKey(
            signer.verify_key.encode(), user_id, created.account_id, frozenset({"read", "trade"})
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
        """Let time pass, and the engine beat so that everybody hears of it."""
        self.now_ms += milliseconds
        await self.log.append(
            writer=HEARTBEATS, number=self.now_ms, commands=encode_commands([Heartbeat()])
        )
        await self.hear()

    async def hear(self) -> None:
        """Wait until the gateway has folded everything there is."""
        async with asyncio.timeout(5):
            while self.views.venue.reached < self.log.events_top():  # noqa: ASYNC110
                await asyncio.sleep(0)


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
        signed = self._signer.sign(stamped(text, timestamp, window)).signature
        return {
            "X-API-Key": self.api_key, "X-Timestamp": timestamp, "X-Window": window,
            "X-Signature": b64encode(signed).decode(),
        }

    def with_scopes(self, *scopes: str) -> "Trader":
        """The same account with another key that may do only this."""
        number = 1_000 + len(self.venue.keys.keys)
        signer = SigningKey(number.to_bytes(32))
        key = ApiKey(signer.verify_key.encode(), number, self.account_id, frozenset(scopes))
        self.venue.keys.keys[key.public_key] = key
        return Trader(self.venue, signer, self.account_id)

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Ask something."""
        text = canonical_text(READS[path], query)
        return await self.venue.http.get(
            f"{path}?{urlencode(query)}" if query else path, headers=self.headers(text)
        )

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Place an order, or a list of them."""
        orders = body if isinstance(body, list) else [body]
        text = "&".join(canonical_text("orderExecute", signable(order)) for order in orders)
        return await self.venue.http.post(
            path, content=json.dumps(body), headers=self.headers(text)
        )

    async def delete(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Cancel."""
        text = canonical_text(CANCELS[path], signable(body))
        return await self.venue.http.request(
            "DELETE", path, content=json.dumps(body), headers=self.headers(text)
        )

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
    await venue.log.append(writer=1, number=1, commands=encode_commands(first_commands("memory")))
    await venue.follower.catch_up()
    stop = asyncio.Event()
    runs = (venue.follower.run(stop), venue.commander.run(stop)) if followed else ()
    work = [asyncio.create_task(run) for run in runs]
    try:
        yield venue
    finally:
        await venue.http.aclose()
        for task in work:
            task.cancel()
        for ended in await asyncio.gather(*work, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise AssertionError("following the log must not end") from ended
