"""Applies a journal again and compares the result with the published events."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from outcry.engine import invariants, snapshot
from outcry.engine.engine import Engine
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.state import State
from outcry.log.applying import apply_entry
from outcry.log.chain import Pair
from outcry.log.follower import START, LogPosition
from outcry.ports.log import LogBroken
from outcry.ports.snapshots import Snapshot
from outcry.wire.journal import EntryId, decode_outcome


class EntrySource(Protocol):
    """Both streams, from the log or the archive."""

    def pages(self, at: LogPosition, until: EntryId) -> AsyncIterator[Sequence[Pair]]:
        """Everything after a position up to an id, a page at a time, proven; see `WholeHistory`."""


class ReplayResult(NamedTuple):
    """The end of a replay and its results."""

    position: EntryId
    digest: bytes
    entries: int
    commands: int
    snapshots: int  # How many snapshots were met whose state hash is the one replayed to.
    state_hash: str
    state: State


async def replay(
    history: EntrySource, *, until: EntryId, quarantined: Mapping[EntryId, list[int]],
    snapshot_hashes: Mapping[EntryId, str], on_entry: Callable[[EntryId], None],
    start: Snapshot | None = None, rules: Collection[int] = RULES_KNOWN,
) -> ReplayResult:
    """Apply the journal up to `until`, from a snapshot or else to an empty engine.

    Raises `LogBroken` when an outcome is not the one that was published, when the state at a
    snapshot's id has another hash, or when entries are missing, and `VersionUnknown` when it takes
    another build.
    """
    engine, at = Engine(State(), rules=rules), START
    if start is not None:
        engine = Engine(snapshot.load(start.state), rules=rules)
        at = LogPosition(start.entry_id, start.digest)
    entries = commands = snapshots = 0
    async for page in history.pages(at, until):
        for command, published in page:
            outcome = apply_entry(engine, command, quarantined)
            if outcome != published.outcome:
                raise LogBroken(f"replaying {command.id} gives other events than were published")
            at = LogPosition(published.id, published.digest)
            entries += 1
            commands += len(decode_outcome(outcome).answers)
            if at.id in snapshot_hashes:
                if snapshot.state_hash(engine.state) != snapshot_hashes[at.id]:
                    raise LogBroken(f"the snapshot at {at.id} is not the state replayed to")
                snapshots += 1
            on_entry(at.id)
    invariants.check(engine.state)
    return ReplayResult(
        at.id, at.digest, entries, commands, snapshots, snapshot.state_hash(engine.state),
        engine.state,
    )


def by_entry(quarantined: Sequence[tuple[EntryId, int]]) -> dict[EntryId, list[int]]:
    """Places of quarantined commands by the entry they are in."""
    found: dict[EntryId, list[int]] = {}
    for entry_id, index in quarantined:
        places = found.setdefault(entry_id, [])
        if index not in places:
            places.append(index)
    return found
