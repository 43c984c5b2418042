"""Somebody who sees everything: applies the journal once, straight, and holds all others to it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from outcry.adapters.memory.history import MemoryHistory
from outcry.engine import invariants
from outcry.engine.commands import Command
from outcry.engine.engine import Engine
from outcry.engine.events import CommandRejected, Event
from outcry.engine.rejects import RejectReason
from outcry.engine.snapshot import state_hash
from outcry.engine.state import State
from outcry.log.chain import prove
from outcry.log.follower import START
from outcry.log.replay import by_entry
from outcry.ports.history import Selection
from outcry.processes.gateway.start import SPANS
from outcry.processes.gateway.views import Views
from outcry.projections.rows import RowsFold
from outcry.projections.venue import VenueView
from outcry.wire.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    decode_commands,
    decode_outcome,
    encode_command,
)

if TYPE_CHECKING:
    from simulation.stores import MemoryRecords, TornSnapshots
    from simulation.world import World

NOT_APPLIED = {RejectReason.DUPLICATE, RejectReason.TOO_LATE, RejectReason.MALFORMED}
EVERYTHING = 10**6


class Broken(AssertionError):
    """Something that must never happen has happened."""


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def is_refusal(answer: Sequence[Event]) -> bool:
    """Whether an entry was not applied at all."""
    first = answer[0]
    return isinstance(first, CommandRejected) and first.reason in NOT_APPLIED


class Observer:
    """The venue as it must be, entry by entry. Raises `Broken` at the first difference."""

    def __init__(self, world: "World", make_engine: Callable[[State], Engine]) -> None:
        self._world = world
        self._engine = make_engine(State())
        self.journal: list[JournalEntry] = []
        self.events: list[EventsEntry] = []
        self.hashes: dict[EntryId, str] = {}
        self.views = VenueView(spans=SPANS)
        self._answers: dict[bytes, list[Sequence[Event]]] = {}  # By command, where applied.
        self._holder: tuple[str, int] | None = None
        self._archived = START
        self._archived_count = 0

    @property
    def top(self) -> EntryId:
        return self.events[-1].id if self.events else NOTHING_YET

    # The log.

    def look(self) -> None:
        """Take in what is new in both streams."""
        log = self._world.log
        last = self.journal[-1].id if self.journal else NOTHING_YET
        log.ask(last, block_ms=1, count=EVERYTHING)
        self.journal += log.receive()
        for entry in log.events_range(EntryId(self.top.ms, self.top.seq + 1), END, EVERYTHING):
            self._take_in(entry)

    def _take_in(self, published: EventsEntry) -> None:
        place = len(self.events)
        check(place < len(self.journal), f"{published.id} answers nothing")
        entry = self.journal[place]
        check(entry.id == published.id, f"hole: {published.id} where {entry.id} was to come")
        check(published.previous == self.top, f"{published.id} follows {published.previous}")
        check((entry.writer, entry.number) == (published.writer, published.number), "echo")
        quarantined = by_entry(self._world.log.quarantined()).get(entry.id, [])
        outcome = self._engine.apply(
            entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
            commands=entry.commands, quarantined=quarantined,
        )
        check(outcome == published.outcome, f"{entry.id} was answered otherwise than replayed")
        before = self.events[-1].digest if self.events else FIRST_DIGEST
        check(published.digest == chain_digest(before, entry, outcome), f"chain at {entry.id}")
        invariants.check(self._engine.state)
        self.events.append(published)
        self.hashes[entry.id] = ""
        decoded = decode_outcome(outcome)
        self.views.fold(entry.id, decoded)
        if len(decoded.answers) == len(commands := decode_commands(entry.commands).commands):
            for command, answer in zip(commands, decoded.answers, strict=True):
                if not is_refusal(answer):
                    self._answers.setdefault(bytes(encode_command(command)), []).append(answer)

    # The lease.

    def note_lease(self, token: str, until_ms: int) -> None:
        self._holder = (token, until_ms)

    def note_no_lease(self) -> None:
        self._holder = None

    @property
    def holder(self) -> str | None:
        return self._holder[0] if self._holder is not None else None

    def may_publish(self, token: str, now_ms: int) -> bool:
        return self._holder is not None and self._holder[0] == token and now_ms < self._holder[1]

    # Clients.

    def applied(self, command: Command) -> list[Sequence[Event]]:
        """The answers a command got where it was applied: one at most."""
        found = self._answers.get(bytes(encode_command(command)), [])
        check(len(found) <= 1, f"{command} was applied {len(found)} times")
        return found

    # Everybody else.

    def check_state(self, position: EntryId, digest: bytes, engine: Engine) -> None:
        """An engine that has come as far as the events has the state of a straight replay."""
        if position == self.top != NOTHING_YET:
            check(digest == self.events[-1].digest, "an engine has another chain")
            check(
                state_hash(engine.state) == state_hash(self._engine.state),
                f"an engine has another state at {position}",
            )

    def check_views(self, views: Views) -> None:
        """A gateway's views are a straight fold of all events."""
        ours, theirs = self.views, views.venue
        if theirs.reached != ours.reached:
            return
        check(ours.listing.instruments == theirs.listing.instruments, "views: listing")
        for instrument_id, depth in ours.depth.items():
            other = theirs.depth[instrument_id]
            check((depth.seq, depth.levels()) == (other.seq, other.levels()), "views: depth")
            check(
                ours.tape.latest(instrument_id) == theirs.tape.latest(instrument_id), "views: tape"
            )
            for span in SPANS:
                check(
                    ours.tickers.view(instrument_id, span)
                    == theirs.tickers.view(instrument_id, span), "views: ticker",
                )
        for account in self._engine.state.accounts.values():
            who = account.account_id
            for asset_id in account.balances:
                check(
                    ours.accounts.balance(who, asset_id) == theirs.accounts.balance(who, asset_id),
                    "views: balances",
                )
            check(
                [(row.order_id, row.filled) for row in ours.orders.open_of(who)]
                == [(row.order_id, row.filled) for row in theirs.orders.open_of(who)],
                "views: open orders",
            )

    def check_archive(self, records: "MemoryRecords") -> None:
        """What is archived is the history, each entry once."""
        for pair in records.pairs[self._archived_count :]:
            self._archived = prove(self._archived, pair)
            place = self._archived_count
            check(pair == (self.journal[place], self.events[place]), "archived otherwise")
            self._archived_count += 1
        check(records.at == (self._archived.id, self._archived.digest), "offset beside the archive")

    def check_restart(self, snapshots: "TornSnapshots", recorded: EntryId) -> None:
        """Whoever starts again finds a whole snapshot that the log goes on from."""
        log = self._world.log
        oldest = log.events[0].id
        check(oldest == log.journal[0].id, "the streams begin at different entries")
        check(oldest <= recorded, "trimmed beyond what is recorded")
        if oldest == self.events[0].id:
            return
        for bound, who in ((self.top, "an engine"), (recorded, "a gateway")):
            usable = snapshots.newest(bound)
            check(usable is not None and usable.entry_id >= oldest, f"{who} could not start again")

    async def check_rows(self, records: "MemoryRecords") -> None:
        """Recorded rows are those that are derived from all events in one go."""
        fold = RowsFold()
        for entry, events in zip(self.journal, self.events, strict=True):
            fold.fold_pair(entry, decode_outcome(events.outcome))
        straight = MemoryHistory(None)
        straight.record(self.top, fold.take())
        check(await self._rows(straight) == await self._rows(records.history), "recorded rows")
        for account in self._engine.state.accounts.values():
            for asset_id, balance in account.balances.items():
                kept = records.balances.get((account.account_id, asset_id), (0, 0))
                check(kept == (balance.free, balance.locked), "recorded balances")

    async def _rows(self, history: MemoryHistory) -> list[object]:
        found: list[object] = []
        for account_id in self._engine.state.accounts:
            for question in (history.orders, history.fills):
                found.append((await question(Selection(account_id), limit=EVERYTHING))[0])
            for deposits in (True, False):
                found.append((await history.transfers(
                    account_id, deposits=deposits, limit=EVERYTHING
                ))[0])
        for instrument_id in self._engine.state.books:
            found.append((await history.trades(instrument_id, limit=EVERYTHING))[0])
            found.append((await history.candles(
                instrument_id, "1m", start_ms=0, end_ms=self.top.ms + 60_000
            ))[0])
        return found


END = EntryId(2**62, 0)
