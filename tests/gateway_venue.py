"""A venue in memory with a gateway in front of it: real engine, real HTTP application, no servers.

The engine answers as soon as something is in the journal. History is what a recorder would have
written up to `history.recorded`, which stands still until a test lets it catch up.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from nacl.signing import SigningKey

from memory_users import SECRET, MemoryMailer, MemorySessions, MemoryUsers
from outcry.adapters.memory import MemoryLog
from outcry.engine.commands import Command, CreateAccount, Deposit, Heartbeat
from outcry.engine.engine import Engine
from outcry.engine.events import (
    AccountCreated,
    AssetListed,
    Deposited,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
    Traded,
    Withdrawn,
)
from outcry.engine.instruments import tick_lot_units_of
from outcry.engine.snapshot import dump
from outcry.engine.state import State
from outcry.engine.units import AccountId, AssetId, InstrumentId, OrderId
from outcry.ports import ApiKey, DatabaseUnavailable, Snapshot
from outcry.projections.candles import CandleFold
from outcry.projections.history import (
    CandleRow,
    FillRow,
    OrderChange,
    OrderRow,
    TradeRow,
    TransferRow,
    changed,
    fills_of,
    order_of,
    trade_of,
    transfer_of,
)
from outcry.projections.venue import Venue
from outcry.protocol.backpack.bodies import NumberLiteral, Scalar
from outcry.protocol.backpack.signing import canonical_text, stamped
from outcry.protocol.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    chain_digest,
    decode_commands,
    decode_outcome,
    encode_commands,
)
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

START_MS = 1_790_000_000_000
ENGINE = "engine"
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


class MemoryEngine:
    """The engine on a log in memory; `answering` says whether it works at the moment."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._engine = Engine(State())
        self._applied = 0
        self._position = NOTHING_YET
        self._digest = FIRST_DIGEST
        self.answering = True

    def step(self) -> None:
        """Answer everything in the journal that is not answered yet."""
        if not self.answering:
            return
        made = []
        before = self._position
        for entry in self._log.journal[self._applied :]:
            outcome = self._engine.apply(
                entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=[],
            )
            digest = chain_digest(self._digest, entry, outcome)
            made.append(EventsEntry(
                entry.id, entry.writer, entry.number, outcome, self._position, digest
            ))
            self._position, self._digest = entry.id, digest
        self._applied = len(self._log.journal)
        self._log.take_lease(token=ENGINE, ttl_ms=10**12)
        self._log.publish(made, after=before, token=ENGINE, ttl_ms=10**12)


    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return Snapshot(self._position, self._digest, dump(self._engine.state))


class MemoryHistory:
    """What a recorder has written up to `recorded`, made anew for each question."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.recorded = NOTHING_YET
        self.away = False
        self.asked = 0

    def catch_up(self) -> None:
        """Record everything there is."""
        self.recorded = self._log.events_top()

    async def orders(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, limit: int = 100, offset: int = 0,
        ascending: bool = False,
    ) -> tuple[list[OrderRow], EntryId]:
        rows = [
            row for row in (await self._tables()).orders.values()
            if row.account_id == account_id and order_id in (None, row.order_id)
            and instrument_id in (None, row.instrument_id)
        ]
        return self._page(rows, limit, offset, ascending=ascending), self.recorded

    async def fills(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, from_ms: int = 0, to_ms: int | None = None,
        limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[FillRow], EntryId]:
        rows = [
            row for row in (await self._tables()).fills
            if row.account_id == account_id and order_id in (None, row.order_id)
            and instrument_id in (None, row.instrument_id)
            and from_ms <= row.traded_ms and (to_ms is None or row.traded_ms <= to_ms)
        ]
        return self._page(rows, limit, offset, ascending=ascending), self.recorded

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0,
    ) -> tuple[list[TransferRow], EntryId]:
        rows = [
            row for row in (await self._tables()).transfers
            if row.account_id == account_id and (row.amount > 0) == deposits
        ]
        return self._page(rows, limit, offset, ascending=False), self.recorded

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        rows = [
            row for row in (await self._tables()).trades if row.instrument_id == instrument_id
        ]
        return self._page(rows, limit, offset, ascending=False), self.recorded

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        tables = await self._tables()
        fold = CandleFold(interval)
        for trade in tables.trades:
            if trade.instrument_id == instrument_id:
                fold.add(
                    instrument_id, traded_ms=trade.traded_ms, price=trade.price,
                    quantity=trade.quantity,
                    quote_amount=trade.price * trade.quantity * tables.units[instrument_id],
                )
        rows = fold.rows()
        before = [row for row in rows if row.start_ms < start_ms][-1:]
        return before + [r for r in rows if start_ms <= r.start_ms < end_ms], self.recorded

    async def _tables(self) -> "Tables":
        self.asked += 1
        if self.away:
            raise DatabaseUnavailable("the test says so")
        tables = Tables()
        for entry in self._log.events:
            if entry.id <= self.recorded:
                tables.fold(entry)
        return tables

    @staticmethod
    def _page(rows: list[Any], limit: int, offset: int, *, ascending: bool) -> list[Any]:
        ordered = rows if ascending else rows[::-1]
        return ordered[offset : offset + limit]


class Tables:
    """The rows of a run of entries, one by one."""

    def __init__(self) -> None:
        self.orders: dict[OrderId, OrderRow] = {}
        self.fills: list[FillRow] = []
        self.trades: list[TradeRow] = []
        self.transfers: list[TransferRow] = []
        self.units: dict[InstrumentId, int] = {}
        self._assets: dict[AssetId, AssetListed] = {}
        self._instruments: dict[InstrumentId, InstrumentListed] = {}

    def fold(self, entry: EventsEntry) -> None:
        for events in decode_outcome(entry.outcome).answers:
            for event in events:
                match event:
                    case AssetListed():
                        self._assets[event.asset_id] = event
                    case InstrumentListed():
                        self._instruments[event.instrument_id] = event
                        self.units[event.instrument_id] = tick_lot_units_of(
                            self._assets[event.quote_asset_id].decimals, event.price_decimals,
                            event.tick_size, event.quantity_decimals, event.lot_size,
                        )
                    case OrderAccepted():
                        self.orders[event.order_id] = order_of(event, entry.id.ms)
                    case OrderCanceled():
                        self._change(OrderChange.canceled(event, entry.id.ms))
                    case Traded():
                        self._trade(event, entry.id.ms)
                    case Deposited() | Withdrawn():
                        number = len(self.transfers) + 1
                        self.transfers.append(transfer_of(event, number, entry.id.ms))
                    case _:
                        pass

    def _trade(self, event: Traded, traded_ms: int) -> None:
        instrument = self._instruments[event.instrument_id]
        self._change(OrderChange.taker(event, traded_ms))
        self._change(OrderChange.maker(event, traded_ms))
        self.trades.append(trade_of(event, traded_ms))
        self.fills.extend(fills_of(
            event, traded_ms, base_asset_id=instrument.base_asset_id,
            quote_asset_id=instrument.quote_asset_id,
            taker_client_id=self.orders[event.taker_order_id].client_id,
            maker_client_id=self.orders[event.maker_order_id].client_id,
        ))

    def _change(self, change: OrderChange) -> None:
        self.orders[change.order_id] = changed(self.orders[change.order_id], change)


class MemoryKeys:
    """API keys in a dictionary."""

    def __init__(self) -> None:
        self.keys: dict[bytes, ApiKey] = {}

    async def load(self) -> list[ApiKey]:
        return list(self.keys.values())

    async def find(self, public_key: bytes) -> ApiKey | None:
        return self.keys.get(public_key)

    async def changes(self) -> AsyncGenerator[bytes | None, None]:
        yield None


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
        self.users = MemoryUsers(self.keys.keys, first_id=501)  # Traders are users as well.
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
