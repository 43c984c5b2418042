"""The engine process is killed three times and the log server once, under load, with SIGKILL.

Every acknowledged command is in the events exactly once, the chain of digests holds from end to
end, and the state is the one a replay from an empty engine comes to.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from outcry.adapters.memory.log import MemorySnapshots
from outcry.adapters.snapshots.files import FileSnapshots
from outcry.adapters.valkey.streams import RedisEngineLog, RedisLog
from outcry.engine import invariants
from outcry.engine.commands import Command, CreateAccount, Deposit, Heartbeat, PlaceOrder
from outcry.engine.engine import Engine
from outcry.engine.events import CommandRejected, Event, Outcome
from outcry.engine.rejects import RejectReason
from outcry.engine.snapshot import load, state_hash
from outcry.engine.state import State
from outcry.engine.units import BUY, GTC, IOC, LIMIT, SELL
from outcry.launcher.servers import EmbeddedValkey
from outcry.launcher.servers.child import start, stop
from outcry.log.command_writer import CommandWriter, OutcomeUnknown
from outcry.log.follower import START, EventConsumer
from outcry.operations.genesis import first_commands
from outcry.processes.engine.loop import EngineLoop
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    decode_commands,
    decode_outcome,
    encode_commands,
)
from rigs.patience import PATIENCE_S

COMMANDS = 20_000
WORKERS = 100
KILL_ENGINE_AT = (4_000, 8_000, 16_000)  # Acknowledged commands.
KILL_VALKEY_AT = 12_000
ACCOUNTS = range(100, 104)
ENTIRE = 2**62
STARTS_MAX = 20  # While the log server is away the engine may end, and is started again.
RUN_ENGINE = (
    "from outcry.bootstrap.engine import main\n"
    "from outcry.runtime.config import Settings\n"
    "main(Settings())\n"
)


async def create_journal(url: str) -> None:
    log = RedisLog(url)
    await log.create(writer=1, number=1, commands=encode_commands(first_commands("killed")))
    await log.close()


class Killed:
    """The two programs under test, and their SIGKILLs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.server = start(self.valkey)
        asyncio.run(create_journal(self.valkey.url))
        self.starts = 0
        self.engine = self.spawn_engine()

    def spawn_engine(self) -> "subprocess.Popen[bytes]":
        self.starts += 1
        assert self.starts <= STARTS_MAX, self.engine_log()
        environment = {
            **os.environ, "OUTCRY_REDIS_URL": self.valkey.url,
            "OUTCRY_DATA_DIR": str(self.folder), "OUTCRY_LEASE_MS": "400",
            "OUTCRY_HEARTBEAT_MS": "50", "OUTCRY_SNAPSHOT_INTERVAL_S": "0",
        }
        with (self.folder / "engine.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", RUN_ENGINE], env=environment, cwd=self.folder,
                stdout=log, stderr=log,
            )

    def kill_engine(self) -> None:
        assert self.engine.poll() is None, self.engine_log()
        self.engine.kill()
        self.engine.wait()
        self.engine = self.spawn_engine()

    def kill_valkey(self) -> None:
        assert self.server.poll() is None
        self.server.kill()
        self.server.wait()
        self.server = start(self.valkey)

    def keep_engine(self) -> None:
        """Start the engine again if it ended by itself, as a supervisor would."""
        if self.engine.poll() is not None:
            assert 70 != self.engine.returncode, self.engine_log()
            self.engine = self.spawn_engine()

    def stop_engine(self) -> int:
        self.engine.send_signal(signal.SIGTERM)
        return self.engine.wait(PATIENCE_S)

    def engine_log(self) -> str:
        return (self.folder / "engine.log").read_text()

    def end(self) -> None:
        self.engine.kill()
        self.engine.wait()
        stop(self.server, signal.SIGTERM)


@pytest.fixture
def venue() -> Iterator[Killed]:
    """A log server with a journal, and an engine process on it."""
    with tempfile.TemporaryDirectory(prefix="outcry-kill-") as folder:
        killed = Killed(Path(folder))
        try:
            yield killed
        finally:
            killed.end()


def traffic(number: int) -> Command:
    """Each command is recognisable by its number: a client order id, or the key of a deposit."""
    account_id = ACCOUNTS[number % len(ACCOUNTS)]
    if number % 20 == 0:
        return Deposit(account_id=account_id, asset_id=1, amount=number, key=10**6 + number)
    return PlaceOrder(
        account_id=account_id, instrument_id=1, side=(BUY, SELL)[number // 4 % 2],
        order_type=LIMIT, price=15_000 + number * 7 % 11, quantity=1 + number % 9,
        time_in_force=IOC if number % 5 == 0 else GTC, client_id=number, self_trade=2,
    )


def mark(command: Command) -> int | None:
    """The number a command of the traffic is recognised by."""
    if isinstance(command, PlaceOrder):
        return command.client_id
    return command.key - 10**6 if isinstance(command, Deposit) and command.key > 10**6 else None


async def open_accounts(writer: CommandWriter) -> None:
    await writer.submit(*(CreateAccount(user_key=number + 1) for number in range(len(ACCOUNTS))))
    await writer.submit(*(
        Deposit(account_id=account, asset_id=asset, amount=10**15, key=10 * account + asset)
        for account in ACCOUNTS for asset in (1, 2)
    ))


async def send_everything(venue: Killed) -> dict[int, Sequence[Event]]:
    """Send the traffic through a writer while the killing goes on; what was acknowledged."""
    log = RedisLog(venue.valkey.url)
    writer = CommandWriter(log, session=secrets.randbits(63), patience_s=30)

    def on_entries(entries: list[tuple[EventsEntry, Outcome]]) -> None:
        for entry, outcome in entries:
            writer.on_entry(entry, outcome)

    stopping = asyncio.Event()
    follower = EventConsumer(log, START, on_entries)
    services = [
        asyncio.create_task(writer.run(stopping)), asyncio.create_task(follower.run(stopping)),
    ]
    acknowledged: dict[int, Sequence[Event]] = {}
    numbers = iter(range(1, COMMANDS + 1))
    kills = sorted(
        [(at, venue.kill_engine) for at in KILL_ENGINE_AT] + [(KILL_VALKEY_AT, venue.kill_valkey)],
        key=lambda kill: kill[0],
    )

    async def work() -> None:
        for number in numbers:
            with contextlib.suppress(OutcomeUnknown):
                [events] = await writer.submit(traffic(number))
                acknowledged[number] = events

    await open_accounts(writer)
    working = [asyncio.create_task(work()) for _ in range(WORKERS)]
    deadline = time.monotonic() + 200
    while not all(task.done() for task in working):
        assert time.monotonic() < deadline, venue.engine_log()
        venue.keep_engine()
        if kills and len(acknowledged) >= kills[0][0]:
            kills.pop(0)[1]()
        for task in services:
            assert not task.done(), task.exception()
        await asyncio.wait(working, timeout=0.02)
    await asyncio.gather(*working)
    assert not kills
    stopping.set()
    await asyncio.gather(*services)
    await log.close()
    return acknowledged


async def read_log(url: str) -> list[tuple[JournalEntry, EventsEntry]]:
    """Both streams, whole: every journal entry has its events entry under the same id."""
    log = RedisLog(url)
    pairs: list[tuple[JournalEntry, EventsEntry]] = []
    after = NOTHING_YET
    while page := await log.read_journal(EntryId(after.ms, after.seq + 1), EntryId(ENTIRE, 0)):
        events = await log.read_range(page[0].id, page[-1].id)
        assert len(page) == len(events)
        pairs += zip(page, events, strict=True)
        after = page[-1].id
    await log.close()
    return pairs


def replay(pairs: list[tuple[JournalEntry, EventsEntry]]) -> tuple[Engine, bytes]:
    """Apply the journal to an empty engine, and hold every events entry against it."""
    engine = Engine(State())
    previous, digest = NOTHING_YET, FIRST_DIGEST
    for entry, published in pairs:
        outcome = engine.apply(
            entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
            commands=entry.commands, quarantined=[],
        )
        digest = chain_digest(digest, entry, outcome)
        assert (entry.id, entry.writer, entry.number) == (
            published.id, published.writer, published.number,
        )
        assert (previous, digest, outcome) == (
            published.previous, published.digest, published.outcome,
        )
        previous = entry.id
    return engine, digest


def carried_out(pairs: list[tuple[JournalEntry, EventsEntry]]) -> dict[int, list[list[Event]]]:
    """The answers to each command of the traffic, repeats of an entry left out."""
    answers: dict[int, list[list[Event]]] = {}
    for entry, published in pairs:
        commands = decode_commands(entry.commands).commands
        outcome = decode_outcome(published.outcome)
        for command, events in zip(commands, outcome.answers, strict=True):
            number = mark(command)
            first = events[0]
            repeated = isinstance(first, CommandRejected) and first.reason in (
                RejectReason.DUPLICATE, RejectReason.TOO_LATE,
            )
            if number is not None and not repeated:
                answers.setdefault(number, []).append(events)
    return answers


@pytest.mark.timeout(400)
async def test_nothing_acknowledged_is_lost_or_done_twice(venue: Killed) -> None:
    acknowledged = await send_everything(venue)
    assert 0 == venue.stop_engine(), venue.engine_log()
    pairs = await read_log(venue.valkey.url)

    engine, digest = replay(pairs)
    answers = carried_out(pairs)

    assert COMMANDS * 0.95 < len(acknowledged)
    assert {number: [events] for number, events in acknowledged.items()} == {
        number: answers.get(number) for number in acknowledged
    }
    assert {1} == {len(found) for found in answers.values()}
    invariants.check(engine.state)
    beats = sum(Heartbeat() in decode_commands(entry.commands).commands for entry, _ in pairs)
    assert beats > 4

    # An engine that starts from the newest snapshot comes to the very same state.
    snapshots = FileSnapshots(venue.folder / "snapshots")
    newest = snapshots.newest(not_above=pairs[-1][0].id)
    assert newest is not None
    for store in (snapshots, MemorySnapshots()):
        log = RedisEngineLog(venue.valkey.url)
        loop = EngineLoop(
            log, store, session=9, lease_ms=1_000, heartbeat_ms=1_000, on_published=lambda _: None
        )
        loop.restore()
        log.close()
        assert digest == loop.digest
        assert state_hash(engine.state) == state_hash(loop.engine.state)
    invariants.check(load(newest.state))
