"""A venue under load whose processes and servers die at random, and whose snapshots fail.

`CHAOS_SECONDS` says for how long (`make chaos`: ten minutes), `CHAOS_SEED` repeats a run.
"""

import asyncio
import contextlib
import itertools
import os
import random
import re
import signal
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from rigs.patience import until
from rigs.traders import PositionTrader, Trader
from rigs.venues import Venue, outcry, running_venue

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(2**32)))
TRADERS = 4
POSITION_TRADERS = 2
TRADERS_PAUSE_S = 0.1  # Between two batches of one trader: a venue under load, not at its limit.
FAULT_PAUSE_S = (1.5, 5.0)  # Between two faults.
KILLED = ("gateway", "stream", "recorder", "valkey", "postgres", "prices")
LEADER, STANDBY, SNAPSHOTS = "engine (leader)", "engine (standby)", "snapshot writes fail"
FAULTS = (*KILLED, LEADER, STANDBY, *([SNAPSHOTS] if sys.platform == "linux" else []))


class Fault(NamedTuple):
    """Something that was done to the venue, and when by `time.monotonic`."""

    name: str
    at: float


class Chaos:
    """Does things to a venue, at moments a seed decides."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._dice = random.Random(SEED)
        self.faults: list[Fault] = []

    async def run(self, stop_at: float) -> None:
        """One fault after the other; each kind comes before any comes again."""
        due: list[str] = []
        while time.monotonic() < stop_at:
            await asyncio.sleep(self._dice.uniform(*FAULT_PAUSE_S))
            if not due:
                due = self._dice.sample(FAULTS, len(FAULTS))
            name = due.pop()
            await asyncio.to_thread(self._strike, name)

    def _strike(self, name: str) -> None:
        """Do it, unless there is nothing to do it to just now."""
        if name == SNAPSHOTS:
            self._fail_snapshots()
            return
        pid = self._venue.pids().get(name) if name in KILLED else self._engine(name)
        if pid is not None and psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
            self.faults.append(Fault(name, time.monotonic()))

    def _engine(self, name: str) -> int | None:
        """The engine that leads or follows now, as far as it can be known."""
        engines = self._venue.status()["engines"]
        found: int | None = engines["leader" if name == LEADER else "standby"]
        return found

    def _fail_snapshots(self) -> None:
        """Let no engine open a file until a snapshot has failed: as good as a full disk to root."""
        before = snapshots_failed(self._venue)
        limited: set[int | None] = {None}
        self.faults.append(Fault(SNAPSHOTS, time.monotonic()))
        with contextlib.ExitStack() as stack:

            def one_failed() -> bool:
                for pid in {self._engine(LEADER), self._engine(STANDBY)} - limited:
                    limited.add(pid)
                    limits = no_more_files(pid)
                    if limits is not None:
                        stack.callback(give_back, pid, limits)
                return snapshots_failed(self._venue) > before

            until(one_failed, "a snapshot to fail", pause_s=0.25)


def snapshots_failed(venue: Venue) -> int:
    """How often engines have said that a snapshot was not written."""
    logs = (venue.data_dir / "logs").glob("*.log*")
    return sum(log.read_text().count("snapshot was not written") for log in logs)


def no_more_files(pid: int) -> tuple[int, int] | None:
    """Leave a process the files and connections it has; returns its limits before."""
    with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):
        process = psutil.Process(pid)
        limits = process.rlimit(psutil.RLIMIT_NOFILE)
        used = {int(path.name) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
        first_free = next(number for number in itertools.count() if number not in used)
        process.rlimit(psutil.RLIMIT_NOFILE, (first_free, limits[1]))
        return limits
    return None


def give_back(pid: int, limits: tuple[int, int]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE, limits)


class Aftermath(NamedTuple):
    """A venue that has been through it, the traders who were there, and what was done."""

    venue: Venue
    traders: list[Trader]
    position_traders: list[PositionTrader]
    faults: list[Fault]
    began: float


async def live_through(
    venue: Venue, traders: list[Trader], position_traders: list[PositionTrader]
) -> list[Fault]:
    """Trade spot and CFD while things happen; what was done."""
    chaos = Chaos(venue)
    stop_at = time.monotonic() + SECONDS

    async def trade(trader: Trader) -> None:
        async with trader.client() as rest:
            while time.monotonic() < stop_at:
                await trader.trade(rest)
                await asyncio.sleep(TRADERS_PAUSE_S)

    async def deal(trader: PositionTrader) -> None:
        async with trader.client() as desk:
            while time.monotonic() < stop_at:
                await trader.deal(desk)
                await asyncio.sleep(TRADERS_PAUSE_S)

    await asyncio.gather(
        chaos.run(stop_at), *(trade(trader) for trader in traders),
        *(deal(trader) for trader in position_traders),
    )
    return chaos.faults


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    print(f"CHAOS_SEED={SEED}")
    data_dir: Path = tmp_path_factory.mktemp("chaos") / "data"
    with running_venue(data_dir, "--no-maker", "--prices", "sim") as venue:
        traders = [Trader(venue, number, seed=SEED) for number in range(TRADERS)]
        position_traders = [
            PositionTrader(venue, number, seed=SEED) for number in range(POSITION_TRADERS)
        ]
        began = time.monotonic()
        faults = asyncio.run(live_through(venue, traders, position_traders))
        until(lambda: set(venue.pids()) >= {*KILLED, "engine", "standby"}, "everything to be back")
        until(lambda: caught_up(venue), "the recorder to catch up")
        yield Aftermath(venue, traders, position_traders, faults, began)


def caught_up(venue: Venue) -> bool:
    """Whether PostgreSQL has all that there was a moment ago."""
    ids = venue.status()["ids"]
    reached, recorded = ids["engine"], ids["recorder"]
    return bool(reached and recorded) and _place(recorded) >= _place(reached) - 1_000


def _place(entry_id: str) -> int:
    return int(entry_id.split("-")[0])


@pytest.mark.timeout(SECONDS + 900)
async def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(aftermath: Aftermath) -> None:
    """Whatever was killed meanwhile. Prints what it cost."""
    lost_at: list[float] = []
    for trader in aftermath.traders:
        lost_at += [trader.acknowledged_at[name] for name in await trader.lost()]
    print_table(aftermath, lost_at)
    assert [] == lost_at
    for desk_trader in aftermath.position_traders:
        assert [] == await desk_trader.lost()
        assert len(desk_trader.acknowledged_at) > SECONDS
    assert sum(len(trader.acknowledged) for trader in aftermath.traders) > SECONDS * 100
    assert aftermath.faults


@pytest.mark.timeout(SECONDS + 900)
def test_journal_events_snapshots_and_postgresql_tell_one_story(aftermath: Aftermath) -> None:
    """The live state is that of a full replay, and so is every row; money sums to zero."""
    data_dir = aftermath.venue.data_dir
    taken = outcry("snapshot", "take", data_dir=data_dir)
    assert 0 == taken.returncode, taken.stderr
    for start in ("start", "oldest", taken.stdout.strip()):
        verified = outcry("verify", "--from", start, data_dir=data_dir)
        print(verified.stdout)
        assert 0 == verified.returncode, verified.stderr
        if start == "start":
            assert "every row as derived from the replay" in verified.stdout
            assert int(re.findall(r"snapshots\s+(\d+) met", verified.stdout)[0]) >= 1


def test_no_process_asked_for_a_person(aftermath: Aftermath) -> None:
    """Every one of them could mend itself; snapshots did fail, and nobody minded."""
    assert "with status 70" not in aftermath.venue.output
    if any(fault.name == SNAPSHOTS for fault in aftermath.faults):
        assert snapshots_failed(aftermath.venue) > 0


def print_table(aftermath: Aftermath, lost_at: list[float]) -> None:
    """Fault, how often, the longest time without an acknowledgement after it, and losses."""
    acknowledged = sorted(
        at for trader in aftermath.traders for at in trader.acknowledged_at.values()
    )
    gaps: dict[str, float] = {}
    for since, upto in pairwise([aftermath.began, *acknowledged]):
        name = _cause(aftermath.faults, since, upto)
        gaps[name] = max(gaps.get(name, 0.0), upto - since)
    print(f"\n{'fault':<22}{'times':>7}{'longest unavailability':>25}{'losses':>8}")
    for name in FAULTS:
        windows = list(_windows(aftermath.faults, name))
        losses = sum(at <= moment < end for at, end in windows for moment in lost_at)
        print(f"{name:<22}{len(windows):>7}{gaps.get(name, 0.0):>23.2f} s{losses:>8}")
    orders = sum(len(trader.acknowledged) for trader in aftermath.traders)
    deals = sum(len(trader.acknowledged_at) for trader in aftermath.position_traders)
    print(f"{orders:,} orders and {deals:,} deals acknowledged in {SECONDS:.0f} s")


def _cause(faults: list[Fault], since: float, upto: float) -> str:
    """The fault within a time without acknowledgement, or the last one before."""
    within = [fault.name for fault in faults if since <= fault.at < upto]
    before = [fault.name for fault in faults if fault.at < since]
    return (within or before[-1:] or [""])[0]


def _windows(faults: list[Fault], name: str) -> Iterator[tuple[float, float]]:
    """From each fault of a name to the next fault of any."""
    for fault, after in zip(faults, [*faults[1:], Fault("", float("inf"))], strict=True):
        if fault.name == name:
            yield fault.at, after.at

