"""A stream on a real port, over a log in memory that a real engine writes."""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import msgspec
from nacl.signing import SigningKey
from websockets.asyncio.client import ClientConnection, connect

from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.adapters.memory.users import MemoryKeys, MemorySessions
from outcry.engine.commands import Command, SetQuote
from outcry.engine.image import encode_image
from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.people.api_keys import ApiKeyCache
from outcry.people.cookies import PageOrigins
from outcry.people.sessions import SessionCache
from outcry.people.tokens import SESSION, TokenSigner
from outcry.ports.log import LogUnavailable
from outcry.ports.people import ApiKeyRecord, Session
from outcry.ports.snapshots import Snapshot
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.service import StreamService
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow, TransferRow
from outcry.runtime.connections import ConnectionGate
from outcry.wire.journal import NOTHING_YET, EntryId, EventsEntry
from rigs.memory_users import SECRET
from rigs.patience import PATIENCE_S
from rigs.scripted_log import ScriptedLog, quote


class Interrupted(MemoryLog):
    """A log in memory whose server can be away."""

    def __init__(self) -> None:
        super().__init__(lambda: 0)
        self.away = False
        self.refused = asyncio.Event()
        self.posted: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def post(self, process: str, facts: dict[str, object]) -> None:
        await super().post(process, facts)
        self.posted.put_nowait(facts)

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        found = [] if self.away else await super().read_after(
            after, block_ms=min(block_ms, 20), count=count
        )
        if self.away:
            self.refused.set()
            raise LogUnavailable("away")
        return found


class NoHistory:
    """History as it is before anything was recorded."""

    async def orders(self, *_: Any, **__: Any) -> tuple[list[OrderRow], EntryId]:
        return [], NOTHING_YET

    async def fills(self, *_: Any, **__: Any) -> tuple[list[FillRow], EntryId]:
        return [], NOTHING_YET

    async def transfers(self, *_: Any, **__: Any) -> tuple[list[TransferRow], EntryId]:
        return [], NOTHING_YET

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        return [], NOTHING_YET

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        return [], NOTHING_YET

    async def order(self, account_id: AccountId, order_id: OrderId) -> None:
        return None


class Venue:
    """A running stream and the log it follows."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.script = ScriptedLog(time.time_ns() // 1_000_000)
        self.log = Interrupted()
        self.log.take_lease(token="test", ttl_ms=10**15)
        self.store = MemorySnapshots()
        self.keys = MemoryKeys()
        self.sessions = MemorySessions()
        self.tokens = TokenSigner(SECRET)
        self.history = NoHistory()
        self.limits = limits
        self.gate = ConnectionGate(10_000)
        self.published = 0
        self.stop = asyncio.Event()
        self.port = 0

    def write(self, *commands: Command, after_ms: int = 1) -> None:
        """Have commands applied and published."""
        self.script.write(*commands, after_ms=after_ms)
        self.publish()

    def publish(self) -> None:
        """Publish what the script has written."""
        entries = self.script.entries[self.published :]
        self.log.publish(
            entries, after=self.log.events_top(), token="test", ttl_ms=10**15
        )
        self.published += len(entries)

    def quote(self, price: int) -> SetQuote:
        """An outside quote for SOL_USDC, of this moment."""
        return quote(price, price, self.script.now_ms)

    def snapshot(self) -> None:
        """Take a snapshot of the engine as it is."""
        self.store.write(
            Snapshot(self.script.top, self.script.digest, encode_image(self.script.image()))
        )

    def add_key(self, account_id: AccountId, seed: int) -> SigningKey:
        """A key that signs for an account."""
        key = SigningKey(bytes([seed]) * 32)
        public = bytes(key.verify_key)
        self.keys.keys[public] = ApiKeyRecord(public, 1, account_id, frozenset({"read", "trade"}))
        return key

    def add_session(self, account_id: AccountId, number: int) -> str:
        """The cookie of a session that was opened for an account."""
        expires_ms = time.time_ns() // 1_000_000 + 60_000
        session = Session(bytes([number]) * 16, 1, account_id, expires_ms)
        self.sessions.sessions[session.id] = session
        return self.tokens.make(SESSION, session.id, expires_ms=expires_ms)

    @asynccontextmanager
    async def client(self, *streams: str, **options: Any) -> AsyncIterator["Client"]:
        """A client that has subscribed."""
        async with connect(f"ws://127.0.0.1:{self.port}/", **options) as socket:
            client = Client(socket)
            if streams:
                await client.subscribe(*streams)
            yield client


class Client:
    """What a test sees of the stream."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(msgspec.json.encode(message), text=True)

    async def subscribe(self, *streams: str, signature: list[str] | None = None) -> None:
        """Subscribe, and wait until that has been carried out.

        There is no acknowledgement, but requests are carried out in their order: one that is wrong
        and comes after is answered after.
        """
        request: dict[str, Any] = {"method": "SUBSCRIBE", "params": list(streams)}
        if signature is not None:
            request["signature"] = signature
        await self.send(request)
        await self.send({"method": "MARK", "params": []})
        answer = await self.frame()
        assert "error" in answer, answer
        assert "Parse error" == answer["error"]["message"], answer

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(PATIENCE_S):
            found: dict[str, Any] = msgspec.json.decode(await self.socket.recv())
            return found

    async def data(self, stream: str) -> dict[str, Any]:
        """The next frame of a stream, passing over others."""
        while True:
            frame = await self.frame()
            assert "stream" in frame, frame
            if frame["stream"] == stream:
                found: dict[str, Any] = frame["data"]
                return found


def signed(key: SigningKey, *, instruction: str = "subscribe", age_ms: int = 0) -> list[str]:
    """The signature a private subscription carries."""
    timestamp = str(time.time_ns() // 1_000_000 - age_ms)
    text = f"instruction={instruction}&timestamp={timestamp}&window=5000"
    signature = key.sign(text.encode()).signature
    return [
        b64encode(bytes(key.verify_key)).decode(), b64encode(signature).decode(), timestamp, "5000"
    ]


class Running:
    """The service as a task, so that a test sees how it ends."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.expected_to_fail = False
        self.service = StreamService(
            store=venue.store, reader=venue.log, history=venue.history,
            keys=ApiKeyCache(venue.keys, clock=time.monotonic), board=venue.log, pid=1,
            sessions=SessionCache(
                venue.sessions, venue.tokens, clock_ms=lambda: time.time_ns() // 1_000_000
            ),
            pages=PageOrigins(3005, frozenset({"https://listed.example"})),
            gate=venue.gate,
            limits=venue.limits,
        )
        self.task = asyncio.create_task(
            self.service.run(venue.stop, host="127.0.0.1", port=0)
        )

    async def __aenter__(self) -> Self:
        async with asyncio.timeout(PATIENCE_S):
            self.venue.port = await self.service.port
        return self

    async def __aexit__(self, *_: object) -> None:
        self.venue.stop.set()
        if self.expected_to_fail:
            return
        async with asyncio.timeout(PATIENCE_S):
            await self.task


@asynccontextmanager
async def streaming(
    limits: Limits | None = None, *, snapshot: bool = True
) -> AsyncIterator[Venue]:
    """A venue with SOL_USDC open, and its stream."""
    venue = Venue(limits)
    venue.script.open_market()
    venue.publish()
    if snapshot:
        venue.snapshot()
    async with Running(venue):
        yield venue
