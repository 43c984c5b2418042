"""A recorded feed is played back in its own rhythm, and a file that is none is refused at once."""

import asyncio
import gzip
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from outcry.adapters.prices.choice import UnknownPriceSource, price_source
from outcry.adapters.prices.tape import (
    TapeRow,
    TapeUnreadable,
    TapeUnwritable,
    new_tape,
    read_tape,
)
from outcry.ports.prices import Quote

TAPE = """time_ms,symbol,bid,ask
1000,SOL_USDC,141.07,141.09
1100,DOGE_USDC,0.1,0.2
61000,SOL_USDC,141.08,141.1
"""


def write(path: Path, text: str = TAPE) -> Path:
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def play(setting: str, count: int) -> list[Quote]:
    async def main() -> list[Quote]:
        source = price_source(setting, seed=1, stream_url="ws://127.0.0.1:1")
        source.watch("SOL_USDC", None)
        came = []
        async with aclosing(source.quotes()) as quotes:
            async for quote in quotes:
                came.append(quote)
                if len(came) == count:
                    break
        return came

    return asyncio.run(asyncio.wait_for(main(), 20))


@pytest.mark.parametrize("name", ["tape.csv", "tape.csv.gz"])
def test_a_tape_is_played_at_its_speed(tmp_path: Path, name: str) -> None:
    """Watched symbols only, distances divided by the speed, times of today; then it ends."""
    first, second = play(f"tape:{write(tmp_path / name)}?speed=600", count=3)
    assert (141_070_000_000, 141_090_000_000) == (first.bid, first.ask)
    assert 141_100_000_000 == second.ask
    assert 99 <= second.source_ms - first.source_ms < 10_000


def test_a_looped_tape_begins_again(tmp_path: Path) -> None:
    """With loop=true the first row follows the last."""
    came = play(f"tape:{write(tmp_path / 'tape.csv')}?speed=6000&loop=true", count=5)
    assert came[0].bid == came[2].bid == came[4].bid
    assert sorted(q.source_ms for q in came) == [q.source_ms for q in came]


def test_rows_are_read_exactly(tmp_path: Path) -> None:
    """Decimals become integers of 10^-9."""
    assert TapeRow(1100, "DOGE_USDC", 100_000_000, 200_000_000) == list(
        read_tape(write(tmp_path / "t.csv"))
    )[1]


@pytest.mark.parametrize("text", [
    "", "time,symbol\n", "time_ms,symbol,bid,ask\n", TAPE + "1,SOL_USDC,3\n",
    "time_ms,symbol,bid,ask\n1,SOL_USDC,2,1\n", "time_ms,symbol,bid,ask\n1,SOL_USDC,nan,1\n",
    "time_ms,symbol,bid,ask\n1,SOL_USDC,1e3,1e4\n",
])
def test_what_is_no_tape_is_refused(tmp_path: Path, text: str) -> None:
    """A wrong header, no rows, or a row that is no quote: said with the file's name."""
    path = write(tmp_path / "t.csv", text)
    with pytest.raises(TapeUnreadable, match=r"t\.csv"):
        list(read_tape(path))


@pytest.mark.parametrize("setting", [
    "", "simulation", "tape:", "tape:x?speed=fast", "tape:x?loop=1", "tape:x?pace=2",
])
def test_a_setting_that_means_nothing_is_refused(setting: str) -> None:
    """The message names what the setting may be."""
    with pytest.raises(UnknownPriceSource):
        price_source(setting, seed=1, stream_url="ws://127.0.0.1:1")


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    """Opening the source reads the first row."""
    with pytest.raises(TapeUnreadable):
        price_source(f"tape:{tmp_path / 'none.csv'}", seed=1, stream_url="ws://127.0.0.1:1")


@pytest.mark.parametrize("name", ["day.csv", "day.csv.gz"])
def test_what_is_recorded_is_read_again_without_repetitions(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    quotes = [
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 1_000),
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 1_050),
        Quote("BTC_USDC", 5, 10**15, 1_050),
        Quote("SOL_USDC", 141_080_000_000, 141_090_000_000, 1_100),
    ]
    with new_tape(path) as tape:
        for quote in quotes:
            tape.add(quote)
    assert 3 == tape.written
    assert [
        TapeRow(quote.source_ms, quote.symbol, quote.bid, quote.ask)
        for quote in quotes if quote is not quotes[1]
    ] == list(read_tape(path))


def test_a_tape_is_never_written_over(tmp_path: Path) -> None:
    path = write(tmp_path / "day.csv")
    with pytest.raises(TapeUnwritable, match="File exists"), new_tape(path):
        pass
    assert TAPE == path.read_text()


def test_a_simulation_can_be_recorded_and_played(tmp_path: Path) -> None:
    """By the tool, for as long as was asked for."""
    path = tmp_path / "sim.csv"
    done = subprocess.run(
        [sys.executable, "-m", "outcry", "tape", "record", str(path), "--prices", "sim",
         "--symbols", "SOL_USDC", "--seconds", "3"],
        capture_output=True, text=True, check=False,
    )
    assert 0 == done.returncode, done.stderr
    rows = list(read_tape(path))
    assert f"{len(rows):,} quotes in" in done.stdout
    assert {"SOL_USDC"} == {row.symbol for row in rows}
    assert rows[0].time_ms < rows[-1].time_ms
