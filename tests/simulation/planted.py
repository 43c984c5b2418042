"""Ten bugs that a venue could have. The simulation is held to finding each of them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import pytest

from outcry.adapters.memory.log import MemoryLog
from outcry.engine import snapshot
from outcry.engine.events import Outcome
from outcry.engine.state import State
from outcry.log.command_writer import CommandWriter
from outcry.ports.snapshots import Snapshot
from outcry.processes.engine import loop as engine_loop
from outcry.processes.engine.loop import EngineLoop
from outcry.processes.engine.unpublished_events import UnpublishedEvents
from outcry.processes.gateway.views import Views
from outcry.wire.journal import EntryId, EventsEntry
from simulation.stores import MemoryRecords, TornSnapshots

Plant = Callable[[pytest.MonkeyPatch], None]


def publish_onto_any_end(patch: pytest.MonkeyPatch) -> None:
    """The script does not look which entry is the newest."""
    publish = MemoryLog.publish

    def careless(
        log: MemoryLog, entries: Sequence[EventsEntry], *, after: EntryId, token: str, ttl_ms: int
    ) -> None:
        top = log.events_top()
        new = [entry for entry in entries if entry.id > top]  # Ids in a stream only rise.
        publish(log, new, after=top, token=token, ttl_ms=ttl_ms)

    patch.setattr(MemoryLog, "publish", careless)


def publish_without_the_lease(patch: pytest.MonkeyPatch) -> None:
    """The script does not look whose lease it is."""
    patch.setattr(MemoryLog, "_holds_lease", lambda log, token: True)


def record_onto_any_offset(patch: pytest.MonkeyPatch) -> None:
    """The transaction does not look where the offset is."""

    def move(records: MemoryRecords, group: Any) -> bool:
        records.at = (group.upto, group.upto_digest)
        return True

    patch.setattr(MemoryRecords, "_move_offset", move)


def take_what_is_published_for_ones_own(patch: pytest.MonkeyPatch) -> None:
    """A standby drops what was published without comparing it with its own."""

    def count(unpublished: UnpublishedEvents) -> int:
        top = unpublished._log.events_top()
        known = sum(entry.id <= top for entry in unpublished._entries)
        unpublished._drop(known)
        return known

    patch.setattr(UnpublishedEvents, "compare", count)


def number_anew_what_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    """What got no answer is sent as if it were another entry."""

    class Renumbering:
        def __init__(self, command_writer: CommandWriter) -> None:
            self._command_writer = command_writer
            self._journal = command_writer._journal
            self._last = 0

        async def append(self, *, writer: int, number: int, commands: bytes) -> None:
            if number == self._last:
                own = self._command_writer
                own._number += 1
                if number in own._pending:
                    own._pending[own._number] = own._pending[number]
                number = own._number
            self._last = number
            await self._journal.append(writer=writer, number=number, commands=commands)

    made = CommandWriter.__init__

    def make(command_writer: CommandWriter, *parts: Any, **options: Any) -> None:
        made(command_writer, *parts, **options)
        command_writer._journal = Renumbering(command_writer)

    patch.setattr(CommandWriter, "__init__", make)


def start_above_the_top(patch: pytest.MonkeyPatch) -> None:
    """The newest snapshot is used, though not all its events are published."""
    newest = TornSnapshots.newest
    highest = EntryId(2**62, 0)

    def any_newest(store: TornSnapshots, not_above: EntryId) -> Snapshot | None:
        return newest(store, highest)

    patch.setattr(TornSnapshots, "newest", any_newest)


def trim_one_entry_too_far(patch: pytest.MonkeyPatch) -> None:
    """The boundary goes as well."""
    trim = MemoryLog.trim

    async def too_far(log: MemoryLog, boundary: EntryId) -> None:
        await trim(log, boundary)
        del log.journal[:1], log.events[:1]

    patch.setattr(MemoryLog, "trim", too_far)


def forget_the_quarantine(patch: pytest.MonkeyPatch) -> None:
    """Nobody reads the list when an engine starts."""
    patch.setattr(EngineLoop, "_read_quarantine", lambda loop: {})


def answer_before_folding(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks is answered at once, and the views follow a moment later."""
    fold = Views.on_entries
    Pairs = list[tuple[EventsEntry, Outcome]]  # noqa: N806

    def answer(views: Views, entries: Pairs) -> None:
        for entry, outcome in entries:
            views.command_writer.on_entry(entry, outcome)
        asyncio.get_running_loop().call_later(0.003, fold, views, entries)

    patch.setattr(Views, "on_entries", answer)


def forget_the_writers(patch: pytest.MonkeyPatch) -> None:
    """A restored engine does not know which numbers it has seen."""

    class Forgetful:
        dump = staticmethod(snapshot.dump)

        @staticmethod
        def load(packed: bytes) -> State:
            state = snapshot.load(packed)
            state.writers.clear()
            return state

    patch.setattr(engine_loop, "snapshot", Forgetful)


BUGS: Final[tuple[Plant, ...]] = (
    publish_onto_any_end,
    publish_without_the_lease,
    record_onto_any_offset,
    take_what_is_published_for_ones_own,
    number_anew_what_is_sent_again,
    start_above_the_top,
    trim_one_entry_too_far,
    forget_the_quarantine,
    answer_before_folding,
    forget_the_writers,
)


def planted(bug: Plant) -> Callable[[], AbstractContextManager[None]]:
    """What plants a bug for one run."""

    @contextmanager
    def plant() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            bug(patch)
            yield

    return plant
