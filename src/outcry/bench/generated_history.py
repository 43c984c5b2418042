"""A venue with a past, for measurements: a state of some size, a snapshot of it, and more journal.

The state and all events are made by the engine itself, the entries' ids lie an hour back.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import redis

from outcry.adapters.valkey.streams import EVENTS, JOURNAL
from outcry.bench.workload import INSTRUMENT_ID, MID_TICKS, limit_order
from outcry.engine.commands import CancelOrder, Command, CreateAccount, Deposit, PlaceOrder
from outcry.engine.engine import Engine
from outcry.engine.image import decode_image
from outcry.engine.snapshot import dump
from outcry.engine.state import State
from outcry.engine.units import (
    BUY,
    FIRST_USER_ACCOUNT,
    GTC,
    IOC,
    SELL,
    AccountId,
    AssetId,
    OrderId,
)
from outcry.operations.genesis import first_commands
from outcry.ports.snapshots import Snapshot
from outcry.runtime.clock import clock_ms
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    JournalEntry,
    chain_digest,
    encode_commands,
)

COMMANDS_PER_ENTRY = 256
ENTRIES_PER_WRITE = 64
WRITER = 1
AGE_MS = 3_600_000
DEPOSIT = 10**13  # All deposits of an asset together stay below 2^62.
USDC, SOL = AssetId(1), AssetId(2)
CROSSING = 0.04  # Share of the orders that trade at once.


class GeneratedHistory:
    """Makes it, entry by entry."""

    def __init__(self, url: str, *, accounts: int, seed: int) -> None:
        self._client: Any = redis.Redis.from_url(url)
        self._accounts = accounts
        self._dice = random.Random(seed)  # noqa: S311 - a workload, not a secret
        self._engine = Engine(State())
        self._position, self._digest = NOTHING_YET, FIRST_DIGEST
        self._start_ms = clock_ms() - AGE_MS
        self._number = 0
        self._waiting: list[tuple[str, dict[str, Any]]] = []  # To be written to the log.
        self._cancelable: list[tuple[AccountId, OrderId]] = []

    def settle(self, orders: int) -> Snapshot:
        """Open the accounts and place their orders; the snapshot of that, and its entry logged."""
        self._apply(first_commands("benchmark"))
        openings = (command for number in range(self._accounts) for command in _opening(number))
        placed = (self._order(crossing=False) for _ in range(orders))
        for commands in (openings, placed):
            for batch in _batches(commands):
                self._apply(batch)
        self._cancelable.clear()
        self._apply([self._order(crossing=False)], logged=True)
        self._write()
        state = dump(self._engine.state)
        resting = sum(len(book.bids) + len(book.asks) for book in decode_image(state).books)
        assert resting == orders + 1, "every order rests"
        return Snapshot(self._position, self._digest, state)

    def go_on(self, commands: int) -> None:
        """Log so many more commands, which leave the state as large as it is."""
        for batch in _batches(self._flow(commands)):
            self._apply(batch, logged=True)
            if len(self._waiting) >= 2 * ENTRIES_PER_WRITE:
                self._write()
        self._write()

    def _flow(self, count: int) -> Iterator[Command]:
        order_id: int = self._engine.state.last_order_id
        for number in range(count):
            if number % 2 and self._cancelable:
                account_id, canceled = self._cancelable.pop()
                yield CancelOrder(
                    account_id=account_id, instrument_id=INSTRUMENT_ID, order_id=canceled
                )
                continue
            order_id += 1
            crossing = self._dice.random() < CROSSING
            order = self._order(crossing=crossing)
            if not crossing:
                self._cancelable.append((order.account_id, OrderId(order_id)))
            yield order

    def _order(self, *, crossing: bool) -> PlaceOrder:
        side = self._dice.choice((BUY, SELL))
        away = 1 + int(abs(self._dice.gauss(0, 300)))
        return limit_order(
            account=self._dice.randrange(self._accounts), side=side,
            price=MID_TICKS + side * (20 if crossing else -away),
            quantity=self._dice.randrange(1, 100), time_in_force=IOC if crossing else GTC,
        )

    def _apply(self, commands: Sequence[Command], *, logged: bool = False) -> None:
        self._number += 1
        packed = encode_commands(list(commands))
        entry = JournalEntry(
            EntryId(self._start_ms + self._number, 0), WRITER, self._number, packed
        )
        outcome = self._engine.apply(
            entry_ms=entry.id.ms, writer=WRITER, number=self._number, commands=packed,
            quarantined=[],
        )
        digest = chain_digest(self._digest, entry, outcome)
        if logged:
            both = {"id": str(entry.id), "w": WRITER, "n": self._number}
            events = {**both, "e": outcome, "prev": str(self._position), "d": digest}
            self._waiting += [(JOURNAL, {**both, "c": packed, "v": 1}), (EVENTS, events)]
        self._position, self._digest = entry.id, digest

    def _write(self) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for stream, fields in self._waiting:
                named = {name: value for name, value in fields.items() if name != "id"}
                pipeline.xadd(stream, named, id=fields["id"])
            pipeline.execute()
        self._waiting.clear()


def _batches(commands: Iterator[Command]) -> Iterator[list[Command]]:
    while batch := list(islice(commands, COMMANDS_PER_ENTRY)):
        yield batch


def _opening(number: int) -> list[Command]:
    account_id = AccountId(FIRST_USER_ACCOUNT + number)
    return [
        CreateAccount(user_key=number + 1),
        *(
            Deposit(account_id=account_id, asset_id=asset, amount=DEPOSIT, key=3 * number + asset)
            for asset in (USDC, SOL)
        ),
    ]
