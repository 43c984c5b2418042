"""Every golden journal comes to the same bytes again, interpreted and compiled.

The outcomes were written down once by `make_journal.py` and never change. So this test fails on
any change of what a command comes to, including one that the naive twin shares.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
import pytest

from golden.replay import (
    HASHED_EVERY,
    Journal,
    Recorded,
    Replayed,
    golden_files,
    read,
    replay_in,
)
from outcry.wire.journal import decode_commands, decode_outcome

LAW = (
    "a byte that differs is a new version of the rules"
    " (CONTRIBUTING.md, Changing the result of a command)"
)
FILES = golden_files()
BUILDS = ("interpreted", pytest.param("compiled", marks=pytest.mark.compiler))

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
every_build = pytest.mark.parametrize("build", BUILDS)


@cache
def replayed(build: str, file: Path) -> list[tuple[Replayed, Replayed]]:
    """The replay of a file by this build, which is compiled anew when its sources changed."""
    if build == "compiled":
        subprocess.run(
            [sys.executable, "-m", "outcry.engine_build"], check=True,
            env={**os.environ, "OUTCRY_ENGINE": "interpreted"},
        )
    return replay_in(build, file)


def test_there_is_a_golden_journal() -> None:
    """Without one the tests below would pass on nothing."""
    assert FILES


@every_build
@every_file
@pytest.mark.timeout(600)
def test_a_replay_gives_the_golden_bytes(file: Path, build: str) -> None:
    """Every outcome, every state hash on the way, and the state at the end."""
    for journal, (again, _) in zip(read(file), replayed(build, file), strict=True):
        assert_same(f"{file.name}, {journal.name}, {build}", journal, again, first=0)


@every_build
@every_file
@pytest.mark.timeout(600)
def test_a_golden_snapshot_goes_on_to_the_golden_bytes(file: Path, build: str) -> None:
    """The stored snapshot still loads, and the rest of the journal does not notice."""
    for journal, (_, again) in zip(read(file), replayed(build, file), strict=True):
        where = f"{file.name}, {journal.name}, {build}, from the snapshot after {journal.cut}"
        assert_same(where, journal, again, first=journal.cut)


def assert_same(where: str, journal: Journal, again: Replayed, *, first: int) -> None:
    """Fail with the first thing that differs. `first` entries were not replayed."""
    difference = first_difference(journal, again, first)
    if difference is not None:
        pytest.fail(f"{where}: {difference}\n{LAW}", pytrace=False)


def first_difference(journal: Journal, again: Replayed, first: int) -> str | None:
    """The first entry, or else the first state, that differs, in words."""
    for place, entry in enumerate(journal.entries[first:]):
        if place == len(again.outcomes):
            return (
                f"entry {first + place} made the engine fail: {again.exception}\n"
                f"{commands_in_words(entry.commands)}"
            )
        if entry.outcome != again.outcomes[place]:
            return f"entry {first + place} differs\n{entry_in_words(entry, again.outcomes[place])}"
    # Snapshots of a later version are hashed otherwise, but their content still has to agree.
    if again.state_hashes:
        golden = journal.state_hashes[first // HASHED_EVERY:]
        for place, (expected, actual) in enumerate(zip(golden, again.state_hashes, strict=True)):
            if expected != actual:
                after = (first // HASHED_EVERY + 1 + place) * HASHED_EVERY
                return f"the state differs after {min(after, len(journal.entries))} entries"
    if again.golden_last_hash != again.last_hash:
        return "the state at the end differs from the last snapshot"
    return None


def entry_in_words(entry: Recorded, actual: bytes) -> str:
    """An entry's commands, with the expected and the actual events of each that differs."""
    golden, now = decode_outcome(entry.outcome), decode_outcome(actual)
    try:
        commands = decode_commands(entry.commands).commands
    except (msgspec.MsgspecError, UnicodeDecodeError):
        commands = []
    lines = [f"at {entry.ms} of writer {entry.writer}, number {entry.number}"]
    if not commands or len(golden.answers) != len(now.answers):
        lines += [commands_in_words(entry.commands)]
        lines += [f"  expected {golden.answers}", f"  actual   {now.answers}"]
    else:
        for place, command in enumerate(commands):
            mark = " " if golden.answers[place] == now.answers[place] else "!"
            lines += [f"{mark} {command}"]
            if mark == "!":
                lines += [f"    expected {event}" for event in golden.answers[place]]
                lines += [f"    actual   {event}" for event in now.answers[place]]
    for part in ("balances", "books"):
        if getattr(golden, part) != getattr(now, part):
            lines += [f"! {part}", f"    expected {getattr(golden, part)}"]
            lines += [f"    actual   {getattr(now, part)}"]
    if golden == now:
        lines += [
            "  decoded they agree, their bytes do not",
            f"    expected {entry.outcome.hex()}", f"    actual   {actual.hex()}",
        ]
    return "\n".join(lines)


def commands_in_words(packed: bytes) -> str:
    """The commands of an entry, or its bytes when they are none."""
    try:
        return "\n".join(f"  {command}" for command in decode_commands(packed).commands)
    except (msgspec.MsgspecError, UnicodeDecodeError) as failure:
        return f"  malformed ({failure}): {packed.hex()}"
