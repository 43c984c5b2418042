"""Changes of a book put together say what the last of them left."""

import msgspec
import pytest

from outcry.processes.stream.merged_depth import MergedDepth
from rigs.scripted_log import SOL_USDC, ScriptedLog


def nothing_yet() -> MergedDepth:
    log = ScriptedLog()
    log.open_market()
    return MergedDepth(log.engine.state.books[SOL_USDC].instrument.listed)


def test_a_later_change_replaces_an_earlier_one() -> None:
    merged = nothing_yet()
    assert not merged
    merged.add(bids=[(99, 1), (98, 2)], asks=[], first_seq=5, last_seq=5, changed_ms=1)
    merged.add(bids=[(99, 0)], asks=[(101, 4)], first_seq=6, last_seq=6, changed_ms=2)

    frame = msgspec.json.decode(merged.message(9))
    assert merged
    assert 3 == merged.level_count
    assert (5, 6, 2_000, 9) == (frame["U"], frame["u"], frame["T"], frame["E"])
    assert [["0.98", "0.02"], ["0.99", "0.00"]] == frame["b"]
    assert [["1.01", "0.04"]] == frame["a"]


def test_a_gap_is_noticed() -> None:
    merged = nothing_yet()
    merged.add(bids=[], asks=[], first_seq=5, last_seq=7, changed_ms=1)
    with pytest.raises(AssertionError):
        merged.add(bids=[], asks=[], first_seq=9, last_seq=9, changed_ms=1)
