"""What the services need from the world, as small protocols. Adapters fulfil them.

Every port has a double in `outcry.adapters.memory`, and one suite of tests that runs on both.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import NamedTuple, Protocol

from outcry.engine.units import AccountId, InstrumentId, OrderId
from outcry.projections.desk import PositionRow
from outcry.projections.history import CandleRow, FillRow, OrderRow, TradeRow, TransferRow
from outcry.protocol.journal import EntryId, EventsEntry, JournalEntry


class LogUnavailable(Exception):
    """The log server did not answer, or the connection broke before its answer came.

    What was sent may or may not have happened.
    """


class LeaseLost(Exception):
    """Another engine leads, or the events stream does not end where this engine left it."""


class LogBroken(Exception):
    """The log contradicts what this process knows of it: entries are missing or have changed."""


class DatabaseUnavailable(Exception):
    """PostgreSQL did not answer, or the connection broke before its answer came.

    A write that was sent may or may not have happened.
    """


class JournalWriter(Protocol):
    """Where commands enter."""

    async def append(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append one entry once; raises `LogUnavailable` when that is not known to have worked."""


class EventReader(Protocol):
    """The event stream, for those who follow it."""

    async def top(self) -> EntryId:
        """Id of the newest events entry; `NOTHING_YET` when there is none."""

    async def read_after(
        self, after: EntryId, *, block_ms: int, count: int = 512
    ) -> Sequence[EventsEntry]:
        """Entries after an id, oldest first; waits up to `block_ms` for the first one."""

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Entries from `first` to `last`, both included, at most 512."""


class JournalReader(Protocol):
    """The journal, for the recorder that archives it."""

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Journal entries from `first` to `last`, both included."""


class EngineLog(Protocol):
    """The log as the engine sees it. The engine has one thread and may wait for each answer."""

    def take_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Take or renew the right to publish; False when another engine has it."""

    def renew_lease(self, *, token: str, ttl_ms: int) -> bool:
        """Renew the right to publish; False when it is another's, or nobody's, by now."""

    def give_lease_back(self, token: str) -> None:
        """Let the next engine lead at once."""

    def beat(self, *, writer: int, number: int, commands: bytes) -> None:
        """Append a heartbeat to the journal."""

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        """Ask for the journal entries after an id; `receive` returns them."""

    def receive(self) -> Sequence[JournalEntry]:
        """Wait for the answer to the last `ask`; empty when there was nothing in time."""

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        """Send events entries to be appended, all or none, onto exactly `after`; renew the lease.

        Returns at once; `confirm` tells what became of them.
        """

    def confirm(self) -> None:
        """Wait for the answer to the last `publish`, if there is one that was not waited for.

        Raises `LeaseLost` when the lease or the end of the stream is somebody else's, and
        `LogUnavailable` when the outcome is unknown.
        """

    def events_top(self) -> EntryId:
        """Id of the newest events entry; `NOTHING_YET` when there is none."""

    def events_range(self, first: EntryId, last: EntryId, count: int) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included, at most `count`."""

    def quarantined(self) -> Sequence[tuple[EntryId, int]]:
        """Commands that made an engine fail: (entry id, index within it)."""

    def quarantine(self, entry_id: EntryId, index: int, *, token: str) -> None:
        """Note durably that this command makes the engine fail.

        Nothing happens without the lease, or when the entry's events have been published.
        """

    def report(self, process: str, facts: dict[str, object]) -> None:
        """Replace what this process last said on the status board."""

    def said(self, process: str) -> dict[str, object]:
        """What this process last said on the status board; empty when it never did."""


class SnapshotStore(Protocol):
    """Where engine snapshots are kept."""

    def write(self, snapshot: "Snapshot") -> None:
        """Keep a snapshot, and let go of the oldest ones."""

    def newest(self, not_above: EntryId) -> "Snapshot | None":
        """The newest snapshot at or below an id that is whole, passing over damaged ones."""

    def ids(self) -> list[EntryId]:
        """Ids of the snapshots kept, oldest first."""


class Snapshot(NamedTuple):
    """The engine's state after one entry, with the chain digest there."""

    entry_id: EntryId
    digest: bytes
    state: bytes  # An encoded `StateImage`.


class StatusBoard(Protocol):
    """Where each process says how it is, for `outcry status` and the terminal. Never the truth."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace what this process last said."""

    async def read(self) -> dict[str, dict[str, object]]:
        """What every process said last, by process."""


class Quote(NamedTuple):
    """What an outside feed said of one symbol, or said again because it still holds."""

    symbol: str
    bid: int  # 10^-`QUOTE_DECIMALS` of the quote asset.
    ask: int
    source_ms: int  # The feed's own time, never ahead of ours.


QUOTE_DECIMALS = 9


class PriceSource(Protocol):
    """An outside price feed. It mends itself: whatever happens to the feed, it does not raise."""

    def watch(self, symbol: str, mark: int | None) -> None:
        """Follow a symbol too; `mark` is where it stands so far, in 10^-`QUOTE_DECIMALS`."""

    def quotes(self) -> AsyncGenerator[Quote, None]:
        """Quotes as they come; one that has not changed comes again only while the feed is alive.

        It goes on until it is closed; a recorded feed may come to its end.
        """

    def facts(self) -> Mapping[str, object]:
        """`source` (its name), `simulated`, and what else an operator should see."""


class History(Protocol):
    """What the recorder has written, for those who answer questions about the past.

    Answers that a caller completes from newer events come with the id up to which they hold, read
    in the same query.
    """

    async def orders(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, from_ms: int = 0, to_ms: int | None = None,
        limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[OrderRow], EntryId]:
        """Orders of an account by order id, newest first unless `ascending`.

        They are chosen by when they were placed; both ends are included, here and below.
        """

    async def count_orders(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, from_ms: int = 0, to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """How many orders `orders` would give without a limit."""

    async def fills(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, from_ms: int = 0, to_ms: int | None = None,
        limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[FillRow], EntryId]:
        """Fills of an account by time, newest first unless `ascending`."""

    async def count_fills(
        self, account_id: AccountId, *, order_id: OrderId | None = None,
        instrument_id: InstrumentId | None = None, from_ms: int = 0, to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """How many fills `fills` would give without a limit."""

    async def transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None, limit: int = 100, offset: int = 0, ascending: bool = False,
    ) -> tuple[list[TransferRow], EntryId]:
        """Deposits, or withdrawals, of an account, newest first unless `ascending`."""

    async def count_transfers(
        self, account_id: AccountId, *, deposits: bool, from_ms: int = 0,
        to_ms: int | None = None,
    ) -> tuple[int, EntryId]:
        """How many transfers `transfers` would give without a limit."""

    async def ended_positions(
        self, account_id: AccountId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[PositionRow], EntryId]:
        """Positions of an account that are no longer open, newest end first."""

    async def trades(
        self, instrument_id: InstrumentId, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[TradeRow], EntryId]:
        """Public trades, newest first."""

    async def candles(
        self, instrument_id: InstrumentId, interval: str, *, start_ms: int, end_ms: int
    ) -> tuple[list[CandleRow], EntryId]:
        """Candles that start in [start, end), oldest first, without empty ones.

        When there is an earlier one, the last before `start` comes first of all, so that empty
        intervals can carry its close.
        """


class RequestLatency(NamedTuple):
    """How the gateway answered a command of the broker's, and how long it took."""

    request_id: bytes  # 16 bytes: the id the client was told.
    user_id: int | None  # None when it is not known who asked.
    command: str
    success: bool
    error: str | None
    latency_ms: int


class LatencyStore(Protocol):
    """Where those measurements are kept."""

    async def add_latencies(self, measured: Sequence[RequestLatency]) -> None:
        """Store some; raises `DatabaseUnavailable`."""


class ApiKey(NamedTuple):
    """A client's Ed25519 public key, and what it may do for whom."""

    public_key: bytes
    user_id: int
    account_id: AccountId
    scopes: frozenset[str]  # Of `read` and `trade`.


class ApiKeys(Protocol):
    """The API keys that are not revoked, for those who check signatures."""

    async def load(self) -> list[ApiKey]:
        """All of them; raises `DatabaseUnavailable`."""

    async def find(self, public_key: bytes) -> ApiKey | None:
        """One of them; raises `DatabaseUnavailable`."""

    def changes(self) -> AsyncGenerator[bytes | None, None]:
        """Public keys as they are added, changed or revoked, without end.

        None each time when changes before this moment may have been missed, at first as well.
        """


class Users(Protocol):
    """People and their API keys, for those who sign them up."""

    async def add_user(self, email: str) -> int:
        """The id of the user with this address, who is added when there is none yet."""

    async def claim_account(self, user_id: int) -> bool:
        """Note that a user asked for the account they have; False when they had before."""

    async def add_api_key(self, api_key: ApiKey, *, name: str) -> None:
        """Make a key known."""

    async def revoke_api_key(self, public_key: bytes) -> bool:
        """Make a key worthless from now on; False when it was not known, or was already."""


class NamedKey(NamedTuple):
    """An API key as its user sees it in a list."""

    api_key: ApiKey
    name: str
    created_ms: int


class OwnKeys(Protocol):
    """A user's own API keys. Every question raises `DatabaseUnavailable`."""

    async def email(self, user_id: int) -> str:
        """The address of a user who exists."""

    async def api_keys(self, user_id: int) -> list[NamedKey]:
        """The user's keys that are not revoked, oldest first."""

    async def add_own_key(self, api_key: ApiKey, *, name: str, most: int) -> bool:
        """Make a key known; False when the user has `most` keys already."""

    async def revoke_own_key(self, user_id: int, public_key: bytes) -> bool:
        """Make a key worthless; False when it is not the user's, or was worthless already."""


class Session(NamedTuple):
    """Somebody is signed in, until then or until it is revoked."""

    id: bytes  # 128 random bits.
    user_id: int
    account_id: AccountId
    expires_ms: int


class SessionStore(Protocol):
    """The sessions that are not revoked, for those who are shown their cookies."""

    async def find_sessions(self, ids: Sequence[bytes]) -> list[Session]:
        """Those of these sessions that there are; raises `DatabaseUnavailable`."""

    def session_changes(self) -> AsyncGenerator[bytes | None, None]:
        """Ids of sessions as they are revoked, without end.

        None each time when changes before this moment may have been missed, at first as well.
        """


class SignIns(Protocol):
    """Tokens that were mailed, and the sessions they open. All raise `DatabaseUnavailable`."""

    async def keep_token(
        self, email: str, token_hash: bytes, *, expires_ms: int, now_ms: int
    ) -> None:
        """Remember a token by its hash, instead of the one this address was sent before."""

    async def find_token(self, token_hash: bytes, *, now_ms: int) -> str | None:
        """The address a token was sent to; None when it is unknown, used, replaced or expired."""

    async def use_token(self, token_hash: bytes, session: Session, *, now_ms: int) -> bool:
        """Open a session with a token, which is worthless from then on; False when it is now."""

    async def open_session(self, session: Session) -> None:
        """Open a session without a token."""

    async def revoke_session(self, session_id: bytes) -> None:
        """End a session, everywhere and at once; nothing happens when it has ended."""


class MailUnavailable(Exception):
    """A mail could not be handed over to whoever sends it. It may have been sent all the same."""


class Mail(NamedTuple):
    """A mail to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """What sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises `MailUnavailable`."""
