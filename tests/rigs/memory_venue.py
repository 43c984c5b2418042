"""A venue in memory for tests of the services around the engine: a log, an engine on it, time."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from domain.floor import instrument
from outcry.adapters.memory.log import MemoryLog, MemorySnapshots
from outcry.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    ListAsset,
    OpenVenue,
    PlaceOrder,
)
from outcry.engine.engine import Engine
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.snapshot import dump, state_hash
from outcry.engine.state import State
from outcry.engine.units import BUY, GTC, LIMIT, SELL
from outcry.ports.log import EngineLog, LeaseLost
from outcry.ports.snapshots import Snapshot, SnapshotStore
from outcry.processes.engine.loop import EngineLoop
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    encode_commands,
)

START_MS = 1_790_000_000_000
NEVER_MS = 10**9  # An engine that beats this seldom beats once, when it starts.
LEASE_MS = 1_000
ALICE, BOB = 100, 101


class Clock:
    """Milliseconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms


def opening() -> list[Command]:
    """A market in SOL_USDC, and Alice and Bob with plenty of both."""
    return [
        OpenVenue(venue_id="in-memory"),
        ListAsset(symbol="USDC", name="USD Coin", decimals=0),
        ListAsset(symbol="SOL", name="Solana", decimals=0),
        instrument(maker_fee_rate=200, taker_fee_rate=500),
        CreateAccount(user_key=1),
        CreateAccount(user_key=2),
        *(
            Deposit(account_id=account, asset_id=asset, amount=10**12, key=10 * account + asset)
            for account in (ALICE, BOB) for asset in (1, 2)
        ),
    ]


def order(number: int) -> Command:
    """The nth order of a lively market: makers and takers in turn."""
    return PlaceOrder(
        account_id=(ALICE, BOB)[number % 2], instrument_id=1, order_type=LIMIT,
        side=(BUY, SELL)[number // 2 % 2], price=100 + number % 5, quantity=1 + number % 7,
        time_in_force=GTC, client_id=number, self_trade=2,
    )


def new_log(clock: Clock | None = None) -> MemoryLog:
    """A log whose first entry opens the venue."""
    log = MemoryLog(clock or Clock())
    write(log, 1, opening())
    return log


def write(log: MemoryLog, number: int, commands: Sequence[Command], *, writer: int = 7) -> None:
    """Append an entry as a gateway would."""
    log.beat(writer=writer, number=number, commands=encode_commands(list(commands)))


def write_orders(log: MemoryLog, entries: int) -> None:
    """Append entries of one to three orders each."""
    for number in range(2, entries + 2):
        write(log, number, [order(3 * number + place) for place in range(1 + number % 3)])


class OwnLine:
    """A log in memory as one of several engines has it: with questions and answers of its own."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._asked = (NOTHING_YET, 0)
        self._refusal: LeaseLost | None = None
        self.take_lease = log.take_lease
        self.renew_lease = log.renew_lease
        self.give_lease_back = log.give_lease_back
        self.beat = log.beat
        self.events_top = log.events_top
        self.events_range = log.events_range
        self.quarantined = log.quarantined
        self.quarantine = log.quarantine
        self.report = log.report
        self.said = log.said

    def ask(self, after: EntryId, *, block_ms: int, count: int) -> None:
        self._asked = (after, count)

    def receive(self) -> Sequence[JournalEntry]:
        self._log.ask(self._asked[0], block_ms=1, count=self._asked[1])
        return self._log.receive()

    def publish(
        self, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        self._refusal = None
        self._log.publish(entries, after=after, token=token, ttl_ms=ttl_ms)
        try:
            self._log.confirm()
        except LeaseLost as refusal:
            self._refusal = refusal

    def confirm(self) -> None:
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal


def engine_on(
    log: EngineLog, snapshots: SnapshotStore | None = None, *, session: int = 1,
    heartbeat_ms: int = NEVER_MS, on_published: Callable[[EngineLoop], None] = lambda _: None,
    rules: Collection[int] = RULES_KNOWN,
) -> EngineLoop:
    """An engine that has not started yet."""
    return EngineLoop(
        log, snapshots or MemorySnapshots(), session=session, lease_ms=LEASE_MS,
        heartbeat_ms=heartbeat_ms, on_published=on_published, rules=rules,
    )


def restored(log: MemoryLog, snapshots: SnapshotStore | None = None) -> EngineLoop:
    """An engine that has come to the top of the events, without the lease."""
    loop = engine_on(log, snapshots)
    loop.restore()
    return loop


def leading(log: MemoryLog, snapshots: SnapshotStore | None = None) -> EngineLoop:
    """An engine that is restored and has the lease."""
    assert log.take_lease(token="1", ttl_ms=NEVER_MS)
    return restored(log, snapshots)


def run_to_the_end(loop: EngineLoop, log: MemoryLog, *, turns_max: int = 100) -> None:
    """Let an engine lead until it has published an entry for all of the journal."""
    turns = 0

    def stopped() -> bool:
        nonlocal turns
        turns += 1
        assert turns < turns_max, "the engine does not reach the end of the journal"
        restored_and_stepped = turns > 2
        return restored_and_stepped and log.events_top() == log.journal[-1].id

    loop.run(stopped)


def assert_the_log_is_sound(log: MemoryLog, rules: Collection[int] = RULES_KNOWN) -> str:
    """Every journal entry has its events entry, chained, and as a replay gives them.

    Returns the state hash at the end.
    """
    engine = Engine(State(), rules=rules)
    previous, digest = NOTHING_YET, FIRST_DIGEST
    assert [entry.id for entry in log.journal] == [entry.id for entry in log.events]
    for entry, published in zip(log.journal, log.events, strict=True):
        outcome = engine.apply(
            entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
            commands=entry.commands, quarantined=[],
        )
        digest = chain_digest(digest, entry, outcome)
        assert (entry.writer, entry.number) == (published.writer, published.number)
        assert (previous, digest) == (published.previous, published.digest)
        assert outcome == published.outcome
        previous = entry.id
    return state_hash(engine.state)


def snapshot_of(loop: EngineLoop) -> Snapshot:
    return Snapshot(loop.position, loop.digest, dump(loop.engine.state))


async def stopping(stop: asyncio.Event, *tasks: "asyncio.Task[None]") -> None:
    """Stop services, and raise what ended them."""
    stop.set()
    await asyncio.gather(*tasks)
