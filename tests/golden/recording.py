"""Writes a journal: gives entries to an engine and keeps every outcome and state."""

import msgspec

from golden.replay import Journal, Recorded, is_hashed
from outcry.engine import invariants
from outcry.engine.commands import Command
from outcry.engine.engine import Engine
from outcry.engine.events import Outcome
from outcry.engine.image import IMAGE_VERSION
from outcry.engine.snapshot import dump, hash_of
from outcry.engine.state import State
from outcry.wire.journal import decode_commands, decode_outcome, encode_commands

START_MS = 1_790_000_000_000


class Recording:
    """One engine and everything it was told. Time passes only when it is told to."""

    def __init__(self) -> None:
        self.engine = Engine(State())
        self.now_ms = START_MS
        self.number = 0
        self.commands = 0
        self.entries: list[Recorded] = []

    def write(
        self, *commands: Command, after_ms: int = 0, writer: int = 7, number: int | None = None,
        deadline_ms: int = 0, quarantined: tuple[int, ...] = (),
    ) -> Outcome:
        """Write one entry, `after_ms` later than the one before; its outcome."""
        if number is None:
            self.number += 1
            number = self.number
        packed = encode_commands(list(commands), deadline_ms=deadline_ms)
        return self.write_raw(
            packed, after_ms=after_ms, writer=writer, number=number, quarantined=quarantined
        )

    def write_raw(
        self, packed: bytes, *, writer: int, number: int, after_ms: int = 0,
        quarantined: tuple[int, ...] = (),
    ) -> Outcome:
        """Write an entry of any bytes under any number."""
        self.now_ms += after_ms
        outcome = self.engine.apply(
            entry_ms=self.now_ms, writer=writer, number=number, commands=packed,
            quarantined=list(quarantined),
        )
        invariants.check(self.engine.state)
        entry = Recorded(self.now_ms, writer, number, packed, list(quarantined), outcome)
        self.entries.append(entry)
        decoded = decode_outcome(outcome)
        self.commands += len(decoded.answers)
        return decoded

    def journal(self, name: str) -> Journal:
        """The journal of all entries, replayed once; its snapshot is the largest on the way."""
        snapshots: list[bytes] = []
        engine = Engine(State())
        for entry in self.entries:
            assert entry.outcome == engine.apply(
                entry_ms=entry.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=entry.quarantined,
            )
            snapshots.append(dump(engine.state))
        assert snapshots[-1] == dump(self.engine.state)
        count = len(self.entries)
        cut = max(range(count // 4, count * 3 // 4), key=lambda place: len(snapshots[place - 1]))
        journal = Journal(
            name, self.entries, IMAGE_VERSION, [], cut, snapshots[cut - 1], snapshots[-1]
        )
        hashes = [
            hash_of(each) for place, each in enumerate(snapshots, start=1)
            if is_hashed(journal, place)
        ]
        return msgspec.structs.replace(journal, state_hashes=hashes)


def is_decodable_or_malformed_for_ever(packed: bytes) -> bool:
    """Whether no later vocabulary can give these bytes another meaning.

    A number that no command has yet and a field too many may become something later.
    """
    try:
        decode_commands(packed)
    except UnicodeDecodeError:
        return True
    except msgspec.MsgspecError as failure:
        said = str(failure)
        return not ("of at most length" in said or said.startswith("Invalid value"))
    return True
