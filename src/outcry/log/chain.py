"""The chain through both streams, which proves that an entry is the next one."""

from outcry.log.follower import LogPosition
from outcry.ports.log import LogBroken
from outcry.wire.journal import EventsEntry, JournalEntry, chain_digest

# A journal entry, and the events entry that the engine published for it.
Pair = tuple[JournalEntry, EventsEntry]


def prove(at: LogPosition, pair: Pair) -> LogPosition:
    """The position after a pair that is the next one; raises `LogBroken` when it is not."""
    command, events = pair
    if events.previous != at.id:
        raise LogBroken(f"entry {events.id} follows {events.previous}, not {at.id}")
    if command.id != events.id:
        raise LogBroken(f"events {events.id} answer no journal entry; next is {command.id}")
    if (command.writer, command.number) != (events.writer, events.number):
        raise LogBroken(f"events {events.id} name another writer than the journal")
    if events.digest != chain_digest(at.digest, command, events.outcome):
        raise LogBroken(f"the digest of entry {events.id} does not hold")
    return LogPosition(events.id, events.digest)
