"""The form of a golden journal, and its replay in a process of its own.

`python replay.py FILE` with `OUTCRY_ENGINE` set writes a `Replayed` for each journal of the file to
standard output. This module needs the engine and nothing else of the tests.
"""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import zstandard

from outcry.engine import BUILD, snapshot
from outcry.engine.engine import Engine
from outcry.engine.image import IMAGE_VERSION
from outcry.engine.state import State

FOLDER = Path(__file__).parent
HASHED_EVERY = 25  # Entries.


class Recorded(msgspec.Struct, array_like=True, frozen=True):
    """A journal entry, and the outcome that the engine gave it."""

    ms: int
    writer: int
    number: int
    commands: bytes
    quarantined: list[int]
    outcome: bytes


class Journal(msgspec.Struct, array_like=True, frozen=True):
    """Entries for an empty engine, and the states that it comes to."""

    name: str
    entries: list[Recorded]
    image_version: int  # The hashes are those of snapshots of this version.
    state_hashes: list[str]  # After every `HASHED_EVERY` entries, and at the end.
    cut: int
    snapshot: bytes  # The state after `cut` entries.
    last_snapshot: bytes  # The state at the end.


class Replayed(msgspec.Struct, array_like=True, frozen=True):
    """The result of a replay. An exception of the engine ends the list of outcomes early."""

    build: str
    outcomes: list[bytes]
    exception: str
    state_hashes: list[str]  # Empty when snapshots have another version by now.
    golden_last_hash: str  # Of the journal's own last snapshot, as this engine counts it.
    last_hash: str


def golden_files() -> list[Path]:
    """Every file that holds golden journals, oldest first by name."""
    return sorted(FOLDER.glob("*.zst"))


def read(file: Path) -> list[Journal]:
    """The journals of a file."""
    packed = zstandard.ZstdDecompressor().decompress(file.read_bytes())
    return msgspec.msgpack.decode(packed, type=list[Journal])


def packed(journals: list[Journal]) -> bytes:
    """The content of a file."""
    return zstandard.ZstdCompressor(level=22).compress(msgspec.msgpack.encode(journals))


def replay(journal: Journal) -> Replayed:
    """Apply every entry to an empty engine."""
    return _applied(journal, Engine(State()), 0)


def replay_from_the_snapshot(journal: Journal) -> Replayed:
    """Apply the entries after the cut to the state in the journal's snapshot."""
    return _applied(journal, Engine(snapshot.load(journal.snapshot)), journal.cut)


def _applied(journal: Journal, engine: Engine, first: int) -> Replayed:
    outcomes: list[bytes] = []
    exception = ""
    hashes: list[str] = []
    for place, entry in enumerate(journal.entries[first:], start=first + 1):
        try:
            outcomes.append(engine.apply(
                entry_ms=entry.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=entry.quarantined,
            ))
        except Exception as failure:
            exception = f"{type(failure).__name__}: {failure}"
            break
        if is_hashed(journal, place):
            hashes.append(snapshot.state_hash(engine.state))
    return Replayed(
        build=BUILD, outcomes=outcomes, exception=exception,
        state_hashes=hashes if journal.image_version == IMAGE_VERSION else [],
        golden_last_hash=snapshot.hash_of(journal.last_snapshot),
        last_hash="" if exception else snapshot.state_hash(engine.state),
    )


def is_hashed(journal: Journal, place: int) -> bool:
    """Whether the state after so many entries has its hash in the journal."""
    return place % HASHED_EVERY == 0 or place == len(journal.entries)


def replay_in(build: str, file: Path) -> list[tuple[Replayed, Replayed]]:
    """Replay a file in a process that runs this build: from nothing, and from the snapshot."""
    done = subprocess.run(
        [sys.executable, __file__, str(file)], check=True, stdout=subprocess.PIPE,
        env={**os.environ, "OUTCRY_ENGINE": build},
    )
    replayed = msgspec.msgpack.decode(done.stdout, type=list[tuple[Replayed, Replayed]])
    assert {build} == {each.build for pair in replayed for each in pair}
    return replayed


if __name__ == "__main__":
    told = [
        (replay(journal), replay_from_the_snapshot(journal)) for journal in read(Path(sys.argv[1]))
    ]
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))
