"""The engine and its naive twin on the same entries, compared after every one."""

from random import Random

import msgspec

from domain.outcomes import Fold, numbers_in
from outcry.engine import invariants
from outcry.engine.commands import Command
from outcry.engine.engine import Engine
from outcry.engine.events import ClockTicked, CommandRejected, Event, Outcome
from outcry.engine.rejects import RejectReason
from outcry.engine.snapshot import dump, load, state_hash
from outcry.engine.state import State
from outcry.wire.journal import decode_commands, decode_outcome
from twin.random_orders import OpenOrder
from twin.situations import kinds_of, situations_in
from twin.traffic import Entry, Traffic
from twin.venue import NaiveVenue

QUIET_BOOK_MS = 500


class Duel:
    """One venue twice. `entries` and `outcomes` are what was written and what the engine said."""

    def __init__(self, random: Random) -> None:
        self.engine = Engine(State())
        self.twin = NaiveVenue()
        self.fold = Fold()
        self.entries: list[Entry] = []
        self.outcomes: list[bytes] = []
        self.commands = 0
        self.said: dict[str, int] = {}  # How often each kind of event and reason was met.
        self._moved_ms: dict[int, int] = {}  # Instrument → when its book was last stated.
        self._random = random
        self._traffic = Traffic(random, self._open_orders)
        for entry in self._traffic.first_entries():
            self.write(entry)

    def run(self, commands: int, *, commands_max: int) -> None:
        """Write random entries until there were this many commands."""
        while self.commands < commands:
            self.write(self._traffic.entry(commands_max))

    def write(self, entry: Entry) -> None:
        """Give both the same entry, and compare everything."""
        encoded = self.engine.apply(
            entry_ms=entry.ms, writer=entry.writer, number=entry.number,
            commands=entry.commands, quarantined=entry.quarantined,
        )
        self.entries.append(entry)
        self.outcomes.append(encoded)
        outcome = decode_outcome(encoded)
        try:
            batch = decode_commands(entry.commands)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.twin.now_ms = entry.ms
            malformed = CommandRejected(reason=RejectReason.MALFORMED)
            assert [[malformed]] == outcome.answers
            self.said["CommandRejected 100"] = self.said.get("CommandRejected 100", 0) + 1
            beaten = 0
        else:
            listed = len(self.twin.instruments)
            expected = self.twin.apply(
                entry_ms=entry.ms, writer=entry.writer, number=entry.number,
                commands=batch.commands, deadline_ms=batch.deadline_ms,
                quarantined=entry.quarantined,
            )
            for command, twins, engines in zip(
                batch.commands, expected, outcome.answers, strict=True
            ):
                assert twins == engines, command
                self._count(command, engines)
            self.commands += len(batch.commands)
            beats = any(isinstance(answer[0], ClockTicked) for answer in expected)
            beaten = listed if beats else 0
        self._compare(entry, outcome, beaten=beaten)

    def _compare(self, entry: Entry, outcome: Outcome, *, beaten: int) -> None:
        """The state at the end of an entry: money, books, counters, and what must always hold.

        `beaten` is how many instruments there were when a heartbeat was met, if one was.
        """
        invariants.check(self.engine.state)
        for number in numbers_in(outcome):
            assert -(2**63) <= number < 2**63
        self.fold.fold(outcome)
        assert self.twin.balances() == {
            key: held for key, held in self.fold.balances.items() if any(held)
        }
        totals: dict[int, int] = {}
        for (_, asset_id), total in self.twin.totals.items():
            totals[asset_id] = totals.get(asset_id, 0) + total
        assert not any(totals.values()), "money appeared or was lost"
        assert self.twin.levels() == {key: side for key, side in self.fold.levels.items() if side}
        assert {order.order_id: order.left for order in self.twin.open} == self.fold.open
        assert {order.order_id: order.parent for order in self.twin.waiting} == self.fold.waiting
        stated = {book.instrument_id for book in outcome.books}
        for instrument_id in range(1, beaten + 1):
            quiet_ms = entry.ms - self._moved_ms.get(instrument_id, 0)
            assert quiet_ms < QUIET_BOOK_MS or instrument_id in stated
        self._moved_ms.update(dict.fromkeys(stated, entry.ms))

    def _count(self, command: Command, events: list[Event]) -> None:
        """Count every kind of event and reason, and what is worth meeting besides."""
        for kind in (*kinds_of(events), *situations_in(command, events)):
            self.said[kind] = self.said.get(kind, 0) + 1

    def replays_the_same(self) -> None:
        """Assert that a replay, and going on from a snapshot anywhere, give the same bytes."""
        cut = self._random.randint(0, len(self.entries))
        engine = Engine(State())
        again: list[bytes] = []
        for position, entry in enumerate(self.entries):
            if position == cut:
                engine = Engine(load(dump(engine.state)))
            again.append(
                engine.apply(
                    entry_ms=entry.ms, writer=entry.writer, number=entry.number,
                    commands=entry.commands, quarantined=entry.quarantined,
                )
            )
        assert self.outcomes == again, f"restored before entry {cut}"
        assert state_hash(self.engine.state) == state_hash(engine.state)

    def _open_orders(self) -> list[OpenOrder]:
        return [
            OpenOrder(order.order_id, order.account_id, order.instrument_id)
            for order in (*self.twin.open, *self.twin.waiting)
        ]


def duel_from_seed(seed: int, commands: int, *, commands_max: int) -> Duel:
    """A whole duel; a failure names the seed and what was compared last."""
    random = Random(seed)
    duel = None
    try:
        duel = Duel(random)
        duel.run(commands, commands_max=commands_max)
        duel.replays_the_same()
    except Exception as failure:
        entries = len(duel.entries) if duel is not None else 0
        failure.add_note(
            f"repeat: engine_duel.duel_from_seed({seed}, {commands}, commands_max={commands_max})"
            f"; it differed at entry {entries}"
        )
        raise
    return duel
