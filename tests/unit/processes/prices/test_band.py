"""Spikes are held back, and moves go through once they are confirmed."""

import pytest

from outcry.ports.prices import Quote
from outcry.processes.prices.band import PriceBand


def taken(band: PriceBand, *prices: int, symbol: str = "SOL_USDC") -> list[int]:
    return [price for price in prices if band.takes(Quote(symbol, price, price, 1))]


@pytest.mark.parametrize(("prices", "expected"), [
    ([100, 109, 118], [100, 109, 118]),
    ([100, 200, 100, 101], [100, 100, 101]),
    ([100, 50, 51, 52, 53], [100, 52, 53]),
    ([100, 200, 100, 200, 100, 200], [100, 100, 100]),
    ([100, 200, 50, 200, 50, 200], [100]),
    ([100, 200, 300, 301, 302], [100, 302]),
    ([100, 110, 122, 110], [100, 110, 110]),
])
def test_what_is_believed(prices: list[int], expected: list[int]) -> None:
    band = PriceBand(100_000)
    assert expected == taken(band, *prices)
    assert len(prices) - len(expected) == band.held


def test_each_symbol_by_itself() -> None:
    band = PriceBand(100_000)
    assert [100] == taken(band, 100)
    assert [5000] == taken(band, 5000, symbol="BTC_USDC")
    assert [] == taken(band, 200)
    assert [5001] == taken(band, 5001, symbol="BTC_USDC")


def test_without_a_band_everything_is_believed() -> None:
    assert [100, 1, 10**9] == taken(PriceBand(0), 100, 1, 10**9)
