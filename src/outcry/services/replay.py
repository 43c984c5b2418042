"""Applies a journal again from its first entry, and holds the result against what was published."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from outcry.engine import invariants, snapshot
from outcry.engine.engine import Engine
from outcry.engine.state import State
from outcry.ports import LogBroken
from outcry.protocol.journal import (
    FIRST_DIGEST,
    NOTHING_YET,
    EntryId,
    EventsEntry,
    JournalEntry,
    chain_digest,
    decode_outcome,
)


class WholeLog(Protocol):
    """Both streams, from their beginning."""

    async def read_journal(self, first: EntryId, last: EntryId) -> Sequence[JournalEntry]:
        """Journal entries from `first` to `last`, both included, at most a page of them."""

    async def read_range(self, first: EntryId, last: EntryId) -> Sequence[EventsEntry]:
        """Events entries from `first` to `last`, both included, at most a page of them."""


class Replayed(NamedTuple):
    """Where a replay ended and what it came to."""

    position: EntryId
    digest: bytes
    entries: int
    commands: int
    snapshots: int  # How many snapshots were met whose state hash is the one replayed to.
    state_hash: str


async def replay(
    log: WholeLog, *, until: EntryId, quarantined: Mapping[EntryId, list[int]],
    snapshot_hashes: Mapping[EntryId, str], on_entry: Callable[[EntryId], None],
) -> Replayed:
    """Apply the journal up to `until` to an empty engine.

    Raises `LogBroken` when an outcome is not the one that was published, when the state at a
    snapshot's id has another hash, or when the journal does not begin with its first entry.
    """
    engine = Engine(State())
    position, digest = NOTHING_YET, FIRST_DIGEST
    entries = commands = snapshots = 0
    while page := await log.read_journal(_after(position), until):
        published = await log.read_range(page[0].id, page[-1].id)
        if len(published) != len(page):
            raise LogBroken(f"{len(page)} journal entries from {page[0].id} on have "
                            f"{len(published)} events entries")
        for entry, theirs in zip(page, published, strict=True):
            outcome = engine.apply(
                entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=quarantined.get(entry.id, []),
            )
            digest = chain_digest(digest, entry, outcome)
            if theirs.id != entry.id or theirs.previous != position or theirs.digest != digest:
                raise LogBroken(f"replaying {entry.id} gives other events than were published")
            position = entry.id
            entries += 1
            commands += len(decode_outcome(outcome).answers)
            if position in snapshot_hashes:
                if snapshot.state_hash(engine.state) != snapshot_hashes[position]:
                    raise LogBroken(f"the snapshot at {position} is not the state replayed to")
                snapshots += 1
            on_entry(position)
    invariants.check(engine.state)
    return Replayed(
        position, digest, entries, commands, snapshots, snapshot.state_hash(engine.state)
    )


def _after(entry_id: EntryId) -> EntryId:
    return EntryId(entry_id.ms, entry_id.seq + 1)
