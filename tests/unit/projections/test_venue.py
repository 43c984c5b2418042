"""The whole venue: from the beginning, or from a snapshot anywhere, it comes out the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.engine.commands import ChangeInstrument
from outcry.engine.units import BUY, LIMIT_ONLY, MARK_PRICE, OPEN, SELL
from outcry.projections.history import TradeRow
from outcry.projections.venue import VenueView
from rigs.scripted_log import (
    ALICE,
    BOB,
    SOL_USDC,
    START_MS,
    ScriptedLog,
    limit,
    quote,
    shown,
    waits_for,
)
from rigs.venue_log import random_log

seeds = st.integers(0, 2**32)


def folded(log: ScriptedLog, venue: VenueView, start: int = 0) -> list[TradeRow]:
    trades: list[TradeRow] = []
    for entry, outcome in zip(log.entries[start:], log.outcomes[start:], strict=True):
        trades += venue.fold(entry.id, outcome).trades
    return trades



def assert_same(one: VenueView, other: VenueView) -> None:
    assert one.reached == other.reached
    assert one.now_ms == other.now_ms
    assert one.listing.assets == other.listing.assets
    assert one.listing.instruments == other.listing.instruments
    assert one.quotes.mark(SOL_USDC) == other.quotes.mark(SOL_USDC)
    assert one.depth[SOL_USDC].seq == other.depth[SOL_USDC].seq
    assert one.depth[SOL_USDC].levels() == other.depth[SOL_USDC].levels()
    for account_id in (ALICE, BOB):
        assert one.accounts.balances(account_id) == other.accounts.balances(account_id)
        ours, theirs = one.orders.open_of(account_id), other.orders.open_of(account_id)
        assert [shown(order) for order in ours] == [shown(order) for order in theirs]


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 60), st.integers(0, 60))
def test_a_snapshot_and_what_came_after_is_the_whole(seed: int, first: int, rest: int) -> None:
    """Whatever is folded again, because history begins before the snapshot, changes nothing."""
    whole = random_log(seed, first + rest)
    early = random_log(seed, first)
    assert early.top == whole.entries[len(early.entries) - 1].id
    straight = VenueView()
    trades = folded(whole, straight)
    resumed = VenueView.from_image(early.image(), early.top)

    assert trades == folded(whole, resumed)  # From the first entry on: trades are never skipped.
    assert_same(straight, resumed)
    assert_same(straight, VenueView.from_image(whole.image(), whole.top))
    assert straight.tape.latest(SOL_USDC) == resumed.tape.latest(SOL_USDC)
    assert straight.tickers.view(SOL_USDC) == resumed.tickers.view(SOL_USDC)


def test_an_entry_says_what_it_changed() -> None:
    log = ScriptedLog()
    log.open_market()
    venue = VenueView()
    folded(log, venue)
    outcome = log.write(
        limit(ALICE, SELL, 2, at=100), limit(BOB, BUY, 3, at=100),
        quote(900_000, 900_100, log.now_ms),
    )
    changes = venue.fold(log.top, outcome)

    assert [1, 2, 2, 1] == [update.order.order_id for update in changes.orders]
    assert [(1, 100, 2)] == [
        (trade.trade_id, trade.price, trade.quantity) for trade in changes.trades
    ]
    assert (2, 1) == (changes.trades[0].buy_order_id, changes.trades[0].sell_order_id)
    assert [900_000] == [set_quote.bid for set_quote in changes.quotes]
    assert 900_050 == venue.quotes.mark(SOL_USDC)
    assert [] == changes.listed
    assert [] == changes.changed


def test_rules_that_change_are_listed_anew_and_orders_they_let_go_are_told() -> None:
    """An order whose trigger was passed while the market was closed fires when it opens."""
    log = ScriptedLog()
    log.open_market()
    log.write(
        limit(ALICE, SELL, 1, at=100), limit(BOB, BUY, 1, at=100),
        limit(BOB, BUY, 1, at=98, conditions=waits_for(99)),
        quote(1_000_000, 1_000_000, START_MS),
        limit(BOB, BUY, 1, at=97, conditions=waits_for(99, follows=MARK_PRICE)),
        ChangeInstrument(instrument_id=SOL_USDC, state=LIMIT_ONLY, taker_fee_rate=7),
        quote(980_000, 980_000, START_MS),
    )
    venue = VenueView()
    folded(log, venue)
    symbols = [instrument.symbol for instrument in venue.listing.instruments.values()]
    closed = venue.listing.instrument("SOL_USDC")
    assert closed is not None
    assert (["SOL_USDC"], LIMIT_ONLY, 7) == (symbols, closed.state, closed.taker_fee_rate)
    assert closed == venue.listing.instruments[SOL_USDC]

    outcome = log.write(ChangeInstrument(instrument_id=SOL_USDC, state=OPEN))
    changes = venue.fold(log.top, outcome)

    assert [(SOL_USDC, OPEN)] == [
        (instrument.instrument_id, instrument.state) for instrument in changes.changed
    ]
    assert [] == changes.listed
    assert [4] == [update.order.order_id for update in changes.orders]
    assert changes.changed == [venue.listing.instrument("SOL_USDC")]


def test_a_new_instrument_has_an_empty_book() -> None:
    log = ScriptedLog()
    log.open_market()
    venue = VenueView()
    listed = venue.fold(log.entries[0].id, log.outcomes[0]).listed

    assert ["SOL_USDC"] == [instrument.symbol for instrument in listed]
    assert ([], []) == (
        venue.depth[SOL_USDC].levels().bids, venue.depth[SOL_USDC].levels().asks
    )
    assert venue.tickers.view(SOL_USDC) is None
    assert venue.quotes.mark(SOL_USDC) is None
