"""Whole venues that live through everything that can go wrong, each from a seed.

`SIMULATE_SEEDS` says how many, `SIMULATE_FROM` which is the first.
"""

import os
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from simulation.chances import RATES
from simulation.planted import (
    BUGS,
    Plant,
    answer_before_folding,
    planted,
    publish_onto_any_end,
)
from simulation.run import Run, run

SEEDS = int(os.environ.get("SIMULATE_SEEDS", "40"))
FIRST = int(os.environ.get("SIMULATE_FROM", "0"))
SEEDS_FOR_ALL = 40  # So many meet everything.
SEEDS_FOR_A_BUG = 100
PROCESSES = 2
SAID_EVERY = 50

# What has to have come up, beside every misfortune.
SITUATIONS = {
    "takeover", "trim", "refused publication", "snapshot passed over", "views ahead of history",
    "ended by Killed", "ended by PassingFault", "ended by AnotherRecorder",
}


def repeated_by(seed: int) -> str:
    return f"SIMULATE_FROM={seed} SIMULATE_SEEDS=1 .venv/bin/pytest tests/simulation -k test_seeds"


def outcome_of(seed: int) -> Run | str:
    """What a seed came to; what was wrong, in words."""
    try:
        return run(seed)
    except Exception:
        return traceback.format_exc()


def outcomes(seeds: range) -> Iterator[tuple[int, Run | str]]:
    """What each seed came to, two at a time when there are many."""
    if len(seeds) <= SEEDS_FOR_ALL:
        yield from ((seed, outcome_of(seed)) for seed in seeds)
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as pool:
        yield from zip(seeds, pool.map(outcome_of, seeds, chunksize=5), strict=True)


def test_seeds() -> None:
    """Nothing acknowledged is lost, nothing is done twice, and all that is kept agrees."""
    began = time.monotonic()
    met: Counter[str] = Counter()
    entries = answered = 0
    seeds = range(FIRST, FIRST + SEEDS)
    for seed, outcome in outcomes(seeds):
        if isinstance(outcome, str):
            pytest.fail(f"seed {seed}: {outcome}\nagain: {repeated_by(seed)}", pytrace=False)
        met.update(outcome.met)
        entries += outcome.entries
        answered += outcome.answered
        if (seed - FIRST + 1) % SAID_EVERY == 0:
            seconds = time.monotonic() - began
            print(f"{seed - FIRST + 1} of {SEEDS} seeds, {entries} entries, {seconds:.0f} s",
                  flush=True)
    print(f"{answered} requests answered;", ", ".join(f"{k}: {n}" for k, n in sorted(met.items())))
    if SEEDS >= SEEDS_FOR_ALL:
        assert (SITUATIONS | set(RATES)) - set(met) == set(), "never met"


def test_a_seed_says_everything() -> None:
    """The same seed gives the same history, whatever the interpreter's hashes are."""
    code = "from simulation.run import run; print(run(1))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[1], env={**os.environ, "PYTHONHASHSEED": hashes},
        ).stdout
        for hashes in ("1", "2")
    }
    assert {f"{run(1)}\n"} == said


@pytest.mark.parametrize(
    "bug",
    BUGS if SEEDS > SEEDS_FOR_ALL else (publish_onto_any_end, answer_before_folding),
    ids=lambda bug: bug.__name__,
)
def test_a_planted_bug_is_found(bug: Plant) -> None:
    """All ten with `make simulate`."""
    for seed in range(SEEDS_FOR_A_BUG):
        try:
            run(seed, planted(bug))
        except Exception as error:
            print(f"{bug.__name__}: seed {seed}: {type(error).__name__}: {error}")
            return
    pytest.fail(f"not found with {SEEDS_FOR_A_BUG} seeds")
