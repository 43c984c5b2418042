"""The engine against its naive twin on random commands, and the compiled engine against both.

`PROPERTY_COMMANDS` sets how many commands are tried (20,000 unless set) and `PROPERTY_SEED` repeats
a run; a failure names both, and the duel that differed.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcry.engine.commands import COMMAND_TYPES
from outcry.engine.events import EVENT_TYPES
from outcry.engine.rejects import CANCEL_NAMES, REJECT_NAMES, RejectReason
from outcry.wire.journal import decode_commands
from twin.duel import Duel, duel_from_seed
from twin.replay import Replayed, replay_in
from twin.situations import SITUATIONS
from twin.traffic import Entry, of_the_exchange

COMMANDS = int(os.environ.get("PROPERTY_COMMANDS", "20000"))
SEED = int(os.environ.get("PROPERTY_SEED", secrets.randbits(32)))
DUEL_COMMANDS = 2_000
VERBATIM = 3  # Of so many journals the builds are compared outcome by outcome.
REASONS_OF_CONTRACTS = {  # Those have a twin of their own.
    RejectReason.MARGIN_INVALID, RejectReason.LEVERAGE_INVALID, RejectReason.WOULD_LIQUIDATE,
    RejectReason.EXPOSURE_LIMIT, RejectReason.HOUSE_LIMIT, RejectReason.POSITION_LIMIT,
    RejectReason.POSITION_NOT_FOUND, RejectReason.SESSION_CLOSED, RejectReason.QUOTE_DOUBTED,
    RejectReason.QUOTE_UNPAYABLE, RejectReason.LEVERAGE_TIER, RejectReason.HOUSE_STOPPED,
}

Told = tuple[list[list[Entry]], list[list[bytes]], dict[str, int]]


@pytest.fixture(scope="module")
def told() -> Told:
    """Journals of random duels, their outcomes, and how often everything was said."""
    journals: list[list[Entry]] = []
    outcomes: list[list[bytes]] = []
    said: dict[str, int] = {}
    for number in range(-(-COMMANDS // DUEL_COMMANDS)):
        duel = duel_from_seed(
            SEED + number, min(COMMANDS, DUEL_COMMANDS), commands_max=(1, 8, 64)[number % 3]
        )
        journals.append(duel.entries)
        outcomes.append(duel.outcomes if number < VERBATIM else [])
        for kind, count in duel.said.items():
            said[kind] = said.get(kind, 0) + count
    return journals, outcomes, said


@given(random=st.randoms(use_true_random=False), commands_max=st.integers(1, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_small_cases_do_not_differ(random: Random, commands_max: int) -> None:
    duel = Duel(random)
    duel.run(40, commands_max=commands_max)
    duel.replays_the_same()


@pytest.mark.timeout(max(300, COMMANDS // 500))
def test_random_commands_do_not_differ_and_reach_every_answer(told: Told) -> None:
    """Same answers, fills, fees, books and balances; and the traffic is worth its name."""
    journals, _, said = told
    sent: set[type] = set()
    for entry in (entry for entries in journals[:10] for entry in entries):
        try:
            sent.update(type(command) for command in decode_commands(entry.commands).commands)
        except ValueError:
            continue
    assert {kind for kind in COMMAND_TYPES if of_the_exchange(kind)} == sent

    for kind, count in sorted(said.items()):
        print(f"{count:8,} {described(kind)}")
    kinds = {kind.split()[0] for kind in said}
    assert {kind.__name__ for kind in EVENT_TYPES if of_the_exchange(kind)} <= kinds
    if COMMANDS >= 20_000:
        reasons = set(REJECT_NAMES) - REASONS_OF_CONTRACTS
        rejected = {f"CommandRejected {reason}" for reason in reasons}
        canceled = {f"OrderCanceled {reason}" for reason in CANCEL_NAMES}
        assert set() == (rejected | canceled | SITUATIONS) - set(said), f"PROPERTY_SEED={SEED}"


def described(kind: str) -> str:
    """A count's name, with its reason in words."""
    name, _, number = kind.partition(" ")
    names = CANCEL_NAMES if name == "OrderCanceled" else REJECT_NAMES
    return f"{name} {names[int(number)]}" if number.isdigit() else kind


@pytest.fixture(scope="module")
def interpreted(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    return replay_in(
        "interpreted", told[0], tmp_path_factory.mktemp("interpreted"), verbatim=VERBATIM
    )


@pytest.fixture(scope="module")
def compiled(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    environment = {**os.environ, "OUTCRY_ENGINE": "interpreted"}
    subprocess.run(
        [sys.executable, "-m", "outcry.engine_build"], check=True, env=environment
    )
    folder: Path = tmp_path_factory.mktemp("compiled")
    return replay_in("compiled", told[0], folder, verbatim=VERBATIM)


def test_another_process_interprets_to_the_same_bytes(told: Told, interpreted: Replayed) -> None:
    assert told[1][:VERBATIM] == interpreted.outcomes[:VERBATIM]


@pytest.mark.compiler
@pytest.mark.timeout(max(600, COMMANDS // 500))
def test_compiled_and_interpreted_engines_say_the_same_bytes(
    compiled: Replayed, interpreted: Replayed
) -> None:
    assert interpreted.outcomes == compiled.outcomes
    assert interpreted.digests == compiled.digests
    assert interpreted.state_hashes == compiled.state_hashes


@pytest.mark.compiler
def test_compiled_and_interpreted_engines_refuse_misuse_in_the_same_way(
    compiled: Replayed, interpreted: Replayed
) -> None:
    assert "nothing" not in interpreted.exceptions
    assert interpreted.exceptions == compiled.exceptions
