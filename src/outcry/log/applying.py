"""Has an engine apply an entry of the journal, unless that takes another build of it."""

from collections.abc import Mapping

from outcry.engine.engine import Engine
from outcry.engine.rules import VersionUnknown
from outcry.wire.journal import SCHEMA_VERSION, EntryId, JournalEntry


def apply_entry(
    engine: Engine, entry: JournalEntry, quarantined: Mapping[EntryId, list[int]]
) -> bytes:
    """The outcome of an entry, encoded; see `Engine.apply`.

    Raises `VersionUnknown`, with advice, when the engine does not read the entry's schema or lacks
    the rules that it asks for. Nothing of the entry may then be published.
    """
    if entry.version > SCHEMA_VERSION:
        raise VersionUnknown(
            f"entry {entry.id} has schema {entry.version}, and this build reads up to"
            f" {SCHEMA_VERSION}: start a build that reads it"
        )
    try:
        return engine.apply(
            entry_ms=entry.id.ms, writer=entry.writer, number=entry.number,
            commands=entry.commands, quarantined=quarantined.get(entry.id, []),
        )
    except VersionUnknown as error:
        raise VersionUnknown(f"entry {entry.id}: {error}") from None
