"""The two streams of the log, entry by entry: what is in an entry, its id, and the chain digest.

A *journal entry* holds the commands one writer packed together; the *events entry* of the same id
holds what the engine made of them. Each events entry names the one before it and carries a digest
over everything so far, so that whoever reads can prove nothing is missing, doubled or changed.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from outcry.engine.commands import Batch, Command
from outcry.engine.events import Outcome

SCHEMA_VERSION = 1
FIRST_DIGEST = bytes(32)
SEQ_MAX = 2**63 - 1  # Of an id: a million milliseconds of entries never come to it.


class EntryId(NamedTuple):
    """Place of an entry in its stream: milliseconds since 1970, and a counter within them."""

    ms: int
    seq: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    @classmethod
    def parse(cls, text: str | bytes) -> "EntryId":
        """Read `ms-seq` as the log server writes it."""
        ms, _, seq = (text.decode() if isinstance(text, bytes) else text).partition("-")
        return cls(int(ms), int(seq))

    @property
    def next(self) -> "EntryId":
        """The lowest id above this one."""
        return EntryId(self.ms, self.seq + 1)

    @property
    def before(self) -> "EntryId":
        """An id that every earlier entry is at or below."""
        return EntryId(self.ms, self.seq - 1) if self.seq else EntryId(self.ms - 1, SEQ_MAX)


NOTHING_YET = EntryId(0, 0)


class JournalEntry(NamedTuple):
    """Commands as they stand in the journal, not yet decoded."""

    id: EntryId
    writer: int  # Random number of the writer's session.
    number: int  # The session's own counter of entries, from 1.
    commands: bytes  # An encoded `Batch`.
    version: int = SCHEMA_VERSION


class EventsEntry(NamedTuple):
    """The events of the journal entry of the same id, as published, not yet decoded."""

    id: EntryId
    writer: int  # Echoed from the journal entry, so that the writer knows its answer.
    number: int
    outcome: bytes  # An encoded `Outcome`.
    previous: EntryId
    digest: bytes


def chain_digest(previous: bytes, entry: JournalEntry, outcome: bytes) -> bytes:
    """SHA-256 over the digest before, the journal entry's id and content, and its outcome."""
    head = f"{entry.id} {entry.writer} {entry.number} {entry.version} {len(entry.commands)} "
    return sha256(b"".join((previous, head.encode(), entry.commands, outcome))).digest()


_encoder = msgspec.msgpack.Encoder()
_batch_decoder = msgspec.msgpack.Decoder(Batch)
_outcome_decoder = msgspec.msgpack.Decoder(Outcome)


def encode_command(command: Command) -> msgspec.Raw:
    """Pack one command; raises `OverflowError` when it holds an integer of more than 64 bits."""
    return msgspec.Raw(_encoder.encode(command))


def encode_commands(
    commands: Sequence[Command | msgspec.Raw], *, deadline_ms: int = 0
) -> bytes:
    """Pack commands, some of which may be packed already, for one journal entry: a `Batch`."""
    return _encoder.encode((deadline_ms, commands))


def decode_commands(packed: bytes) -> Batch:
    """Unpack a journal entry's commands; raises `msgspec.DecodeError` when they are not ours."""
    return _batch_decoder.decode(packed)


def encode_outcome(outcome: Outcome) -> bytes:
    """Pack the content of an events entry."""
    return _encoder.encode(outcome)


def decode_outcome(packed: bytes) -> Outcome:
    """Unpack an events entry."""
    return _outcome_decoder.decode(packed)
