"""Which source a setting names, and which ones production refuses."""

import pytest

from outcry.adapters.prices.auto import AutomaticPrices
from outcry.adapters.prices.backpack import BackpackPrices
from outcry.adapters.prices.choice import (
    SimulationRefused,
    SourceSettings,
    UnknownPriceSource,
    price_source,
)
from outcry.adapters.prices.median import MedianPrices
from outcry.adapters.prices.sim import SimulatedPrices

DEMO = SourceSettings("ws://127.0.0.1:1", seed=7)
PRODUCTION = DEMO._replace(production=True)
STREAM = "stream:ws://127.0.0.1:1/?a=1,2"


def test_production_makes_no_price_up() -> None:
    """The automatic choice is the live feed alone, which grows stale."""
    assert isinstance(price_source("auto", DEMO), AutomaticPrices)
    live = price_source("auto", PRODUCTION)
    assert isinstance(live, BackpackPrices)
    assert live.facts()["simulated"] is False


@pytest.mark.parametrize("setting", [
    "sim", "tape:day.csv", f"{STREAM},sim", "backpack,tape:day.csv?speed=10"
])
def test_production_refuses_prices_that_can_be_known_in_advance(setting: str) -> None:
    """Also as one of several; the message says what to choose."""
    with pytest.raises(SimulationRefused, match="choose a live feed: auto, backpack"):
        price_source(setting, PRODUCTION)


def test_a_seed_that_is_not_stated_is_new_each_time() -> None:
    """And the facts state it."""
    seeds = {price_source("sim", DEMO._replace(seed=None)).facts()["seed"] for _ in range(3)}
    assert 3 == len(seeds)
    assert all(isinstance(seed, int) and seed.bit_length() > 32 for seed in seeds)
    assert 7 == price_source("sim", DEMO).facts()["seed"]


def test_a_list_is_the_median_of_its_sources() -> None:
    """A comma within an address separates nothing."""
    assert isinstance(price_source(STREAM, DEMO), BackpackPrices)
    source = price_source(f"backpack, {STREAM},sim", DEMO)
    assert isinstance(source, MedianPrices)
    facts = source.facts()
    assert "median of backpack, stream, sim" == facts["source"]
    assert ["1 backpack", "2 stream", "3 sim"] == list(facts["sources"])  # type: ignore[call-overload]
    assert facts["simulated"] is True
    assert isinstance(price_source("sim", DEMO), SimulatedPrices)


@pytest.mark.parametrize("setting", ["backpack,auto", "sim,sim,auto", "backpack,", "backpack,own"])
def test_a_list_of_something_else_is_refused(setting: str) -> None:
    with pytest.raises(UnknownPriceSource):
        price_source(setting, DEMO)
