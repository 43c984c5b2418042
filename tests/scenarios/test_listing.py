"""Listing assets and instruments: what is refused, and what a listing makes possible."""

from typing import Any

import pytest

from domain.floor import Floor, instrument
from outcry.engine.commands import Command, ListAsset, ListInstrument, OpenVenue
from outcry.engine.events import AssetListed, InstrumentListed
from outcry.engine.units import AMOUNT_MAX, OPEN


def asset(**fields: Any) -> ListAsset:
    return ListAsset(**{"symbol": "ETH", "name": "Ether", "decimals": 0, **fields})


def other(**rules: Any) -> ListInstrument:
    return instrument(**{"symbol": "OTHER", **rules})


def test_a_venue_gets_its_id_once() -> None:
    f = Floor(empty=True)
    assert "venue_open" == f.do(OpenVenue(venue_id="")).rejected
    assert None is f.do(OpenVenue(venue_id="a-venue")).rejected
    assert "venue_open" == f.do(OpenVenue(venue_id="another")).rejected
    f.restart()
    assert "venue_open" == f.do(OpenVenue(venue_id="another")).rejected


def test_assets_and_instruments_get_the_next_id() -> None:
    f = Floor(empty=True)
    f.do(asset(symbol="A"))
    f.do(asset(symbol="B"))
    [third] = f.do(asset(symbol="C")).events
    assert isinstance(third, AssetListed)
    assert (3, "C", "Ether", 0) == (third.asset_id, third.symbol, third.name, third.decimals)

    f.do(other(symbol="A_B", base_asset_id=1, quote_asset_id=2))
    [second] = f.do(other(symbol="B_C", base_asset_id=2, quote_asset_id=3)).events
    assert isinstance(second, InstrumentListed)
    assert (2, OPEN, f.now_ms) == (second.instrument_id, second.state, second.listed_ms)


@pytest.mark.parametrize("wrong", [
    {"decimals": -1}, {"decimals": 10}, {"decimals": 2**62},
    {"symbol": ""}, {"symbol": "A\0"}, {"symbol": "A B"}, {"symbol": "É"}, {"symbol": "_"},
    {"symbol": "A" * 65}, {"symbol": "A-B"},
    {"name": ""}, {"name": "\0"}, {"name": "x" * 65}, {"name": "two\nlines"},
], ids=str)
def test_an_asset_that_breaks_a_rule_is_refused(wrong: dict[str, Any]) -> None:
    f = Floor()
    assert "asset_invalid" == f.do(asset(**wrong)).rejected
    assert None is f.do(asset()).rejected


def test_an_asset_may_have_no_decimals_or_nine() -> None:
    f = Floor()
    assert None is f.do(asset(symbol="A", decimals=0)).rejected
    assert None is f.do(asset(symbol="B", decimals=9)).rejected


def test_symbols_are_used_once() -> None:
    f = Floor()
    assert "asset_exists" == f.do(asset(symbol="SOL")).rejected
    assert "asset_exists" == f.do(asset(symbol="SOL", decimals=99)).rejected
    assert "instrument_exists" == f.list_instrument().rejected
    assert "instrument_exists" == f.list_instrument(tick_size=0).rejected


@pytest.mark.parametrize("wrong", [
    {"symbol": ""}, {"symbol": "A\0B"}, {"symbol": "A/B"}, {"symbol": "A" * 65},
    {"base_asset_id": 1},
    {"price_decimals": -1}, {"price_decimals": 10},
    {"quantity_decimals": -1}, {"quantity_decimals": 10},
    {"mark_decimals": -1}, {"mark_decimals": 10},
    {"tick_size": 0}, {"tick_size": -1}, {"tick_size": AMOUNT_MAX},
    {"lot_size": 0}, {"lot_size": -1}, {"lot_size": AMOUNT_MAX},
    {"price_min": 0}, {"price_min": -1}, {"price_min": 1_000_001}, {"price_max": 0},
    {"price_max": AMOUNT_MAX},
    {"quantity_min": 0}, {"quantity_min": 1_000_001}, {"quantity_max": 0},
    {"quantity_max": AMOUNT_MAX},
    {"taker_fee_rate": 1_000_000}, {"maker_fee_rate": 1_000_000},
    {"taker_fee_rate": 2**62}, {"maker_fee_rate": -1_000_000, "taker_fee_rate": 999_999},
    {"maker_fee_rate": -1}, {"maker_fee_rate": -2, "taker_fee_rate": 1},
    {"price_band_rate": -1}, {"price_band_rate": AMOUNT_MAX},
    {"impact_rate": -1}, {"impact_rate": AMOUNT_MAX},
], ids=str)
def test_an_instrument_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    f = Floor()
    assert "instrument_invalid" == f.do(other(**wrong)).rejected
    assert None is f.do(other()).rejected


@pytest.mark.parametrize(("assets", "rules"), [
    ((0, 0), {"quantity_decimals": 1}),  # A lot of 0.1 SOL, which has no decimals.
    ((0, 0), {"price_decimals": 1}),  # 0.1 USDC for a lot, which has no decimals.
    ((0, 9), {"quantity_decimals": 1}),  # A tick times a lot is 0.1 USDC.
    ((6, 9), {"price_decimals": 4, "quantity_decimals": 3}),
    ((6, 9), {"price_decimals": 4, "quantity_decimals": 3, "tick_size": 5}),
], ids=str)
def test_an_instrument_whose_trades_would_round_is_refused(
    assets: tuple[int, int], rules: dict[str, Any]
) -> None:
    f = Floor(usdc_decimals=assets[0], sol_decimals=assets[1])
    assert "instrument_invalid" == f.do(other(**rules)).rejected


def test_tick_and_lot_may_make_up_for_decimals_together() -> None:
    f = Floor(usdc_decimals=6, sol_decimals=9)
    rules = {"price_decimals": 4, "quantity_decimals": 3, "tick_size": 5, "lot_size": 2}
    assert None is f.do(other(**rules)).rejected
    f.rich("alice", "bob")
    f.sell("alice", 3, at=7, on="OTHER")
    f.buy("bob", 3, at=7, on="OTHER")
    # 0.0035 USDC a unit, 0.006 SOL: 21 millionths.
    assert 10**15 + 21 == f.balance("alice", "USDC")
    assert 10**15 + 6_000_000 == f.balance("bob", "SOL")


@pytest.mark.parametrize("too_large", [
    {"price_max": 2**31, "quantity_max": 2**31},
    {"price_max": 1, "quantity_max": 2**61, "lot_size": 2, "tick_size": 1},
], ids=str)
def test_price_times_quantity_stays_below_two_to_the_62(too_large: dict[str, Any]) -> None:
    f = Floor()
    assert "instrument_invalid" == f.do(other(**too_large)).rejected
    fits = {"price_max": 2**31, "quantity_max": 2**31 - 1}
    assert None is f.do(other(**fits)).rejected


def test_lots_in_smallest_units_stay_below_two_to_the_62() -> None:
    f = Floor(sol_decimals=9)
    most = 2**62 // 10**9
    assert "instrument_invalid" == f.do(other(price_max=1, quantity_max=most + 1)).rejected
    assert None is f.do(other(price_max=1, quantity_max=most)).rejected


@pytest.mark.parametrize("nothing", [0, 3, 2**63 - 1])
def test_an_instrument_of_unknown_assets_is_refused(nothing: int) -> None:
    f = Floor()
    for rules in ({"base_asset_id": nothing}, {"quote_asset_id": nothing}):
        assert "asset_not_found" == f.do(other(**rules)).rejected


def test_the_largest_order_an_instrument_allows_can_be_traded() -> None:
    f = Floor(price_max=2**31, quantity_max=2**31 - 1)
    whole = 2**31 * (2**31 - 1)
    f.deposit("alice", sol=2**31 - 1)
    f.deposit("bob", usdc=whole)
    f.buy("bob", 2**31 - 1, at=2**31)
    assert whole == f.locked("bob", "USDC")
    f.sell("alice", 2**31 - 1, at=2**31)
    assert whole == f.balance("alice", "USDC")


def test_several_listings_in_one_entry_refer_to_each_other() -> None:
    f = Floor(empty=True)
    commands: list[Command] = [asset(symbol="A"), asset(symbol="B"), other(symbol="A_B")]
    assert [None, None, None] == [answer.rejected for answer in f.entry(commands)]
