"""What is listed can be found by id and by symbol, and turns lots into money."""

from outcry.projections.listing import Listing
from rigs.scripted_log import SOL, SOL_USDC, USDC, ScriptedLog


def test_a_listing_from_a_snapshot_is_that_of_the_events() -> None:
    log = ScriptedLog()
    log.open_market()
    listing = Listing.from_image(log.image())

    assert [USDC, SOL] == list(listing.assets)
    assert listing.assets[SOL] == listing.asset("SOL")
    assert listing.instruments[SOL_USDC] == listing.instrument("SOL_USDC")
    assert listing.asset("sol") is None
    assert listing.instrument("SOL") is None


def test_lots_and_ticks_come_to_money() -> None:
    """A lot is 0.01 SOL of 9 decimals, a tick 0.01 USDC of 6."""
    log = ScriptedLog()
    log.open_market()
    listing = Listing.from_image(log.image())

    assert 30_000_000 == listing.base_amount(SOL_USDC, 3)
    assert 250 * 3 * 100 == listing.quote_amount(SOL_USDC, price=250, quantity=3)
