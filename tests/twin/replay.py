"""Replays a file of entries in a process of its own, so that either build of the engine can do it.

`python -m twin.replay FILE` with `OUTCRY_ENGINE` set writes a `Replayed` to standard output. The
file holds journals, each for an empty engine.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from outcry.engine import BUILD, snapshot
from outcry.engine.commands import OpenVenue, UseRules
from outcry.engine.engine import Engine
from outcry.engine.image import decode_image, encode_image
from outcry.engine.state import State
from outcry.wire.journal import encode_commands
from twin.traffic import Entry

TESTS = Path(__file__).parents[1]


class Journals(msgspec.Struct):
    """What to replay. Of the first `verbatim` journals every outcome is given back."""

    journals: list[list[Entry]]
    verbatim: int


class Replayed(msgspec.Struct):
    """What came of each journal."""

    build: str
    outcomes: list[list[bytes]]
    digests: list[str]  # Of all outcomes of a journal.
    state_hashes: list[str]
    exceptions: list[str]  # What misuse raised, by name and, where it is ours, by message.


def replay(task: Journals) -> Replayed:
    """Replay every journal from an empty engine."""
    replayed = Replayed(BUILD, [], [], [], exceptions_of_misuse())
    for number, entries in enumerate(task.journals):
        engine = Engine(State())
        digest = sha256()
        outcomes: list[bytes] = []
        for entry in entries:
            outcome = engine.apply(
                entry_ms=entry.ms, writer=entry.writer, number=entry.number,
                commands=entry.commands, quarantined=entry.quarantined,
            )
            digest.update(len(outcome).to_bytes(8, "big") + outcome)
            if number < task.verbatim:
                outcomes.append(outcome)
        replayed.outcomes.append(outcomes)
        replayed.digests.append(digest.hexdigest())
        replayed.state_hashes.append(snapshot.state_hash(engine.state))
    return replayed


def exceptions_of_misuse() -> list[str]:
    """What both builds must refuse in the same way."""
    engine = Engine(State())
    packed = encode_commands([OpenVenue(venue_id="a")])
    engine.apply(entry_ms=10, writer=1, number=1, commands=packed, quarantined=[])
    image = decode_image(snapshot.dump(engine.state))
    other_version = encode_image(msgspec.structs.replace(image, version=99))
    raised: list[str] = []
    for misuse in (
        lambda: engine.apply(entry_ms=9, writer=1, number=2, commands=packed, quarantined=[]),
        lambda: snapshot.load(b""),
        lambda: snapshot.load(b"\xc1 garbage"),
        lambda: snapshot.load(packed),
        lambda: snapshot.load(other_version),
        lambda: Engine(State()).apply(
            entry_ms=9, writer=1, number=1, quarantined=[],
            commands=encode_commands([UseRules(version=99)]),
        ),
        lambda: Engine(State(), rules=(2, 3)),
        lambda: engine.state.ledger.lock(engine.state.accounts[0].balance(1), 1),
        lambda: engine.state.ledger.unlock(engine.state.accounts[0].balance(1), 1),
        lambda: engine.state.accounts[99],
    ):
        try:
            misuse()
        except Exception as failure:
            raised.append(f"{type(failure).__name__}: {failure}")
        else:
            raised.append("nothing")
    return raised


def replay_in(
    build: str, journals: Sequence[Sequence[Entry]], folder: Path, *, verbatim: int = 0
) -> Replayed:
    """Replay in a process of its own that runs this build of the engine."""
    file = folder / f"{build}.journals"
    task = Journals([list(entries) for entries in journals], verbatim)
    file.write_bytes(msgspec.msgpack.encode(task))
    done = subprocess.run(
        [sys.executable, "-m", "twin.replay", str(file)], cwd=TESTS, check=True,
        stdout=subprocess.PIPE, env={**os.environ, "OUTCRY_ENGINE": build},
    )
    replayed = msgspec.msgpack.decode(done.stdout, type=Replayed)
    assert build == replayed.build
    return replayed


if __name__ == "__main__":
    given = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Journals)
    sys.stdout.buffer.write(msgspec.msgpack.encode(replay(given)))
