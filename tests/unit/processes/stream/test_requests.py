"""Requests: subscribing, and the proof that a private stream is one's own."""

import asyncio
from base64 import b64encode
from collections.abc import Coroutine
from typing import Any

import msgspec
from nacl.signing import SigningKey, VerifyKey
from picows import WSCloseCode

from outcry.adapters.memory.users import MemorySessions
from outcry.api.backpack.stream import NOT_AUTHORIZED, TOO_MANY
from outcry.engine.units import AccountId
from outcry.people.sessions import SessionCache
from outcry.people.tokens import SESSION, TokenSigner
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.people import Session
from outcry.processes.stream.hub import Hub
from outcry.processes.stream.limits import Limits
from outcry.processes.stream.requests import Requests
from rigs.fake_socket import Listener
from rigs.memory_users import SECRET

ALICE = AccountId(100)
NOW_MS = 1_614_550_000_000
SEED = bytes(range(32))


class Key:
    """A key of Alice's."""

    account_id = ALICE

    def __init__(self, signing: SigningKey) -> None:
        self.verifier: VerifyKey = signing.verify_key


class Keys:
    """Keys at hand, and keys that have to be looked for."""

    def __init__(self) -> None:
        self.at_hand: dict[str, Key] = {}
        self.stored: dict[str, Key] = {}
        self.available = True
        self.may_answer = asyncio.Event()

    def known(self, text: str) -> Key | None:
        return self.at_hand.get(text)

    async def find(self, text: str) -> Key | None:
        await self.may_answer.wait()
        if not self.available:
            raise DatabaseUnavailable
        return self.stored.get(text)


class Desk:
    """Requests of one listener, and a key that signs them."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.now_ms = NOW_MS
        self.hub = Hub()
        self.keys = Keys()
        self.stored_sessions = MemorySessions()
        self.sessions = SessionCache(
            self.stored_sessions, TokenSigner(SECRET), clock_ms=lambda: self.now_ms
        )
        self.tasks: list[asyncio.Task[None]] = []
        self.signing = SigningKey(SEED)
        self.text = b64encode(bytes(self.signing.verify_key)).decode()
        limits = limits or Limits()
        self.requests = Requests(
            self.hub, self.keys, self.sessions, limits, now_ms=lambda: NOW_MS, spawn=self.spawn,
            exists=lambda stream: stream.symbol != "NOT_LISTED",
        )
        self.listener = Listener(limits)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def ask(
        self, *streams: str, method: str = "SUBSCRIBE", signature: list[str] | None = None
    ) -> None:
        self.requests.heard(self.listener.connection, msgspec.json.encode(
            {"method": method, "params": streams, "signature": signature}
        ))

    def signature(self, *, timestamp: int = NOW_MS, instruction: str = "subscribe") -> list[str]:
        text = f"instruction={instruction}&timestamp={timestamp}&window=5000"
        signed = self.signing.sign(text.encode()).signature
        return [self.text, b64encode(signed).decode(), str(timestamp), "5000"]

    def faults(self) -> list[tuple[int, str]]:
        return [
            (frame["error"]["code"], frame["error"]["message"])
            for frame in self.listener.frames()
        ]

    def streams(self) -> list[str]:
        return [text for _, text in self.listener.connection.channels]


def test_public_streams_need_no_proof() -> None:
    desk = Desk()
    desk.ask("trade.SOL_USDC", "depth.200ms.SOL_USDC", "ticker.NO_SUCH")
    assert ["trade.SOL_USDC", "depth.200ms.SOL_USDC", "ticker.NO_SUCH"] == desk.streams()
    assert [] == desk.faults()

    desk.ask("trade.SOL_USDC", "ticker.WHO_KNOWS", method="UNSUBSCRIBE")
    assert ["depth.200ms.SOL_USDC", "ticker.NO_SUCH"] == desk.streams()
    assert [] == desk.faults()


def test_one_wrong_stream_does_not_spoil_the_others() -> None:
    desk = Desk()
    desk.ask("nonsense", "trade.SOL_USDC", "depth.1ms.SOL_USDC")
    assert [(4006, "Invalid stream")] == desk.faults()
    assert ["trade.SOL_USDC"] == desk.streams()


def test_garbage_is_answered() -> None:
    desk = Desk()
    desk.requests.heard(desk.listener.connection, b"\x00")
    assert [(4002, "Parse error")] == desk.faults()


def test_a_signed_subscription() -> None:
    """Public and private streams may stand together; what never speaks is accepted in silence."""
    desk = Desk()
    desk.keys.at_hand[desk.text] = Key(desk.signing)
    desk.ask(
        "account.orderUpdate", "account.rfqUpdate", "account.positionUpdate", "trade.SOL_USDC",
        signature=desk.signature(),
    )
    assert [] == desk.faults()
    assert ["trade.SOL_USDC", "account.orderUpdate"] == desk.streams()
    assert desk.hub.account_channels(ALICE) is not None


def test_the_reference_signature_is_accepted() -> None:
    """The vector that clients of Backpack were checked with."""
    desk = Desk()
    desk.keys.at_hand[desk.text] = Key(desk.signing)
    assert "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=" == desk.text
    desk.ask("account.orderUpdate", signature=[
        desk.text,
        "Uf+mBpqN/y/EzT77rzrj7ga4mdvZmzq4XW+Lh+9B0K0wLMFJrInMKcACIpSpVaPNzrFEpPhINxEP2rNI3E92CA==",
        "1614550000000", "5000",
    ])
    assert [] == desk.faults()
    assert ["account.orderUpdate"] == desk.streams()


def test_proofs_that_prove_nothing() -> None:
    desk = Desk()
    desk.keys.at_hand[desk.text] = Key(desk.signing)
    for signature, message in (
        (None, "Signature required"),
        (desk.signature(instruction="orderExecute"), "Invalid signature"),
        (desk.signature(timestamp=NOW_MS - 5_001), "Request has expired"),
        (["", *desk.signature()[1:]], "Missing X-API-Key header"),
        (desk.signature()[:3], "Invalid signature"),
    ):
        desk.ask("account.orderUpdate", "account.balanceUpdate", signature=signature)
        assert [(NOT_AUTHORIZED, message)] == desk.faults()
    assert [] == desk.streams()


def test_what_never_speaks_needs_no_proof() -> None:
    """ccxt asks for `account.rfqUpdate` beside its orders and gives up on any error."""
    desk = Desk()
    desk.ask("account.rfqUpdate")
    assert [] == desk.faults()


async def test_a_key_that_has_to_be_looked_for() -> None:
    """What the client says meanwhile waits its turn."""
    desk = Desk()
    desk.keys.stored[desk.text] = Key(desk.signing)
    desk.ask("account.orderUpdate", signature=desk.signature())
    desk.ask("account.orderUpdate", method="UNSUBSCRIBE")
    desk.ask("account.balanceUpdate", signature=desk.signature())
    assert [] == desk.streams()

    desk.keys.may_answer.set()
    while desk.listener.connection.working:
        await asyncio.gather(*desk.tasks)
    assert ["account.balanceUpdate"] == desk.streams()
    assert [] == desk.faults()


async def test_an_unknown_key_and_a_database_that_is_away() -> None:
    desk = Desk()
    desk.keys.may_answer.set()
    desk.ask("account.orderUpdate", signature=desk.signature())
    await asyncio.gather(*desk.tasks)
    assert [(NOT_AUTHORIZED, "Invalid API key")] == desk.faults()

    desk.keys.available = False
    desk.ask("account.orderUpdate", signature=desk.signature())
    await asyncio.gather(*desk.tasks)
    assert [(NOT_AUTHORIZED, "API keys cannot be checked now, try again")] == desk.faults()
    assert [] == desk.streams()


async def test_only_so_many_requests_wait() -> None:
    desk = Desk(Limits(requests_waiting=2))
    desk.ask("account.orderUpdate", signature=desk.signature())
    for _ in range(2):
        desk.ask("trade.SOL_USDC")
    assert desk.listener.socket.closed is None
    desk.ask("trade.SOL_USDC")
    assert (WSCloseCode.POLICY_VIOLATION, "too many requests") == desk.listener.socket.closed

    desk.keys.may_answer.set()
    await asyncio.gather(*desk.tasks)
    assert [] == desk.streams()  # It is closing.


async def test_only_so_many_streams() -> None:
    desk = Desk(Limits(streams_per_connection=2))
    desk.ask("trade.A_B", "trade.B_C", "trade.C_D", "trade.D_E")
    assert [(TOO_MANY, "Too many streams")] == desk.faults()
    assert (WSCloseCode.POLICY_VIOLATION, "too many streams") == desk.listener.socket.closed


async def test_a_revoked_key_ends_the_connection() -> None:
    desk = Desk()
    desk.keys.at_hand[desk.text] = Key(desk.signing)
    desk.ask("account.orderUpdate", signature=desk.signature())
    desk.requests.check_keys(desk.listener.connection)
    assert desk.listener.socket.closed is None

    del desk.keys.at_hand[desk.text]
    desk.requests.check_keys(desk.listener.connection)
    assert (WSCloseCode.POLICY_VIOLATION, "API key revoked") == desk.listener.socket.closed


def cookie_of(desk: Desk, *, user_id: int = 1, life_ms: int = 60_000) -> str:
    """The cookie of a session of Alice's that was just opened."""
    expires_ms = NOW_MS + life_ms
    session = Session(bytes([user_id]) * 16, user_id, ALICE, expires_ms)
    desk.stored_sessions.sessions[session.id] = session
    return TokenSigner(SECRET).make(SESSION, session.id, expires_ms=expires_ms)


async def test_a_cookie_is_proof_enough() -> None:
    """It is looked up once; what is asked for meanwhile waits its turn."""
    desk = Desk()
    desk.listener.connection.cookie = cookie_of(desk)
    desk.ask("account.orderUpdate", "trade.SOL_USDC")
    desk.ask("account.balanceUpdate")
    desk.ask("account.orderUpdate", method="UNSUBSCRIBE")
    await asyncio.gather(*desk.tasks)
    assert ["trade.SOL_USDC", "account.balanceUpdate"] == desk.streams()
    assert desk.hub.account_channels(ALICE) is not None
    desk.ask("account.orderUpdate")
    assert ["trade.SOL_USDC", "account.balanceUpdate", "account.orderUpdate"] == desk.streams()
    assert (1, []) == (desk.stored_sessions.asked, desk.faults())


async def test_a_cookie_that_proves_nothing() -> None:
    desk = Desk()
    desk.listener.connection.cookie = "not one of ours"
    desk.ask("account.orderUpdate")
    await asyncio.gather(*desk.tasks)
    assert [(NOT_AUTHORIZED, "The session has ended")] == desk.faults()
    desk.listener.connection.cookie = cookie_of(desk)
    desk.stored_sessions.away = DatabaseUnavailable("the test says so")
    desk.ask("account.orderUpdate")
    await asyncio.gather(*desk.tasks)
    assert [(NOT_AUTHORIZED, "Sessions cannot be checked now, try again")] == desk.faults()
    assert [] == desk.streams()


async def test_an_ended_session_ends_the_connection() -> None:
    """When its time is over, and when somebody signs out."""
    for revoked in (False, True):
        desk = Desk()
        connection = desk.listener.connection
        connection.cookie = cookie_of(desk, life_ms=1_000)
        desk.ask("account.orderUpdate")
        await asyncio.gather(*desk.tasks)
        desk.requests.check_keys(connection)
        assert desk.listener.socket.closed is None
        assert connection.session is not None
        if revoked:
            connection.session.end()
        else:
            desk.now_ms += 1_000
        desk.requests.check_keys(connection)
        assert (WSCloseCode.POLICY_VIOLATION, "session ended") == desk.listener.socket.closed
