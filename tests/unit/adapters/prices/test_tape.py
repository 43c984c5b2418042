"""A recorded feed is played back in its own rhythm, and a file that is none is refused at once."""

import asyncio
import gzip
import subprocess
import sys
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

import pytest

from outcry.adapters.prices.choice import SourceSettings, UnknownPriceSource, price_source
from outcry.adapters.prices.tape import (
    TapePrices,
    TapeRow,
    TapeUnreadable,
    TapeUnwritable,
    new_tape,
    read_tape,
)
from outcry.ports.prices import Quote
from rigs.price_loop import START_MS as VIRTUAL_START_MS
from rigs.price_loop import collected, in_virtual_time, virtual_ms

OPTIONS = SourceSettings("ws://127.0.0.1:1", seed=1)
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
        source = price_source(setting, OPTIONS)
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
    "time_ms,symbol,bid,ask\n1,SOL_USDC,1,\n", "time_ms,symbol,bid,ask\n,SOL_USDC,,\n",
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
        price_source(setting, OPTIONS)


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    """Opening the source reads the first row."""
    with pytest.raises(TapeUnreadable):
        price_source(f"tape:{tmp_path / 'none.csv'}", OPTIONS)


def recorded(path: Path, quotes: list[Quote]) -> list[TapeRow]:
    with new_tape(path) as tape:
        for quote in quotes:
            tape.add(quote)
    assert len(list(read_tape(path))) >= tape.written
    return list(read_tape(path))


@pytest.mark.parametrize("name", ["day.csv", "day.csv.gz"])
def test_what_is_recorded_is_read_again(tmp_path: Path, name: str) -> None:
    """Every change, and an unchanged quote once a second."""
    quotes = [
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 1_000),
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 1_999),
        Quote("BTC_USDC", 5, 10**15, 1_999),
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 2_000),
        Quote("SOL_USDC", 141_070_000_000, 141_090_000_000, 2_900),
        Quote("SOL_USDC", 141_080_000_000, 141_090_000_000, 2_901),
    ]
    assert [
        TapeRow(quote.source_ms, quote.symbol, quote.bid, quote.ask)
        for number, quote in enumerate(quotes) if number not in {1, 4}
    ] == recorded(tmp_path / name, quotes)


def test_a_silence_is_recorded(tmp_path: Path) -> None:
    """A row without prices three seconds after the last word, of each symbol, in order of time."""
    quotes = [
        Quote("SOL_USDC", 1, 2, 1_000), Quote("ETH_USDC", 3, 4, 1_500),
        *(Quote("BTC_USDC", 5, 6, at_ms) for at_ms in range(2_000, 7_000, 500)),
        Quote("SOL_USDC", 1, 2, 7_000),
    ]
    rows = recorded(tmp_path / "t.csv", quotes)
    assert [(4_000, "SOL_USDC", None, None), (4_500, "ETH_USDC", None, None)] == [
        row for row in rows if row.bid is None
    ]
    assert sorted(rows, key=lambda row: row.time_ms) == rows
    assert (7_000, "SOL_USDC", 1, 2) == rows[-1]


def played(path: Path, text: str, *, seconds: float, speed: int = 1) -> list[tuple[int, str, int]]:
    """What a tape says in virtual time: milliseconds from its start, symbol, bid."""
    async def play() -> list[Quote]:
        source = TapePrices(write(path, text), speed=speed, clock_ms=virtual_ms)
        source.watch("SOL_USDC", None)
        source.watch("BTC_USDC", None)
        return await collected(source, seconds)

    return [
        (quote.source_ms - VIRTUAL_START_MS, quote.symbol, quote.bid // 10**9)
        for quote in in_virtual_time(play)
    ]


GAP = """time_ms,symbol,bid,ask
0,SOL_USDC,141,142
500,BTC_USDC,9,10
3000,BTC_USDC,10,11
3600,SOL_USDC,142,143
"""


def test_a_price_that_holds_is_repeated_until_its_next_row(tmp_path: Path) -> None:
    """Of each symbol by itself, whatever other symbols do, every second of the playing."""
    assert [
        (0, "SOL_USDC", 141), (500, "BTC_USDC", 9), (1_000, "SOL_USDC", 141),
        (1_500, "BTC_USDC", 9), (2_000, "SOL_USDC", 141), (2_500, "BTC_USDC", 9),
        (3_000, "BTC_USDC", 10), (3_000, "SOL_USDC", 141), (3_600, "SOL_USDC", 142),
    ] == played(tmp_path / "t.csv", GAP, seconds=60)
    assert [(0, 141), (300, 142)] == [
        (at_ms, bid) for at_ms, symbol, bid in played(
            tmp_path / "t.csv", GAP, seconds=60, speed=12
        ) if symbol == "SOL_USDC"
    ]


def test_a_recorded_silence_is_played_as_a_silence(tmp_path: Path) -> None:
    """From the row without prices to the next row of the symbol nothing is said about it."""
    text = GAP.replace("500,BTC", "1500,SOL_USDC,,\n1600,BTC")
    assert [0, 1_000, 3_600] == [
        at_ms for at_ms, symbol, _ in played(tmp_path / "t.csv", text, seconds=60)
        if symbol == "SOL_USDC"
    ]


def test_a_quiet_feed_that_was_recorded_never_goes_stale(tmp_path: Path) -> None:
    """A feed repeats one price for a minute: when it is played, no gap is above a second or so."""
    path = tmp_path / "t.csv"
    recorded(path, [
        Quote("SOL_USDC", 141 * 10**9, 142 * 10**9, at_ms) for at_ms in range(0, 60_000, 700)
    ])
    times = [at_ms for at_ms, *_ in played(tmp_path / "p.csv", path.read_text(), seconds=90)]
    assert times[-1] >= 58_000
    assert max(after - before for before, after in pairwise(times)) <= 1_000


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
         "--prices-seed", "1", "--symbols", "SOL_USDC", "--seconds", "3"],
        capture_output=True, text=True, check=False,
    )
    assert 0 == done.returncode, done.stderr
    rows = list(read_tape(path))
    assert f"{len(rows):,} quotes in" in done.stdout
    assert {"SOL_USDC"} == {row.symbol for row in rows}
    assert rows[0].time_ms < rows[-1].time_ms
