"""Outside prices: taken in when they are sound and in time, and remembered."""

from domain.floor import START_MS, Floor
from outcry.engine.commands import SetQuote
from outcry.engine.events import QuoteSet
from outcry.engine.snapshot import image_of


def quote(bid: int = 99, ask: int = 101, *, at_ms: int = START_MS, on: int = 1) -> SetQuote:
    return SetQuote(instrument_id=on, bid=bid, ask=ask, source_ms=at_ms)


def test_a_quote_is_stated_and_the_latest_is_kept() -> None:
    f = Floor()
    f.do(quote(90, 91))
    [event] = f.do(quote(99, 101)).events
    assert QuoteSet(instrument_id=1, bid=99, ask=101, source_ms=START_MS) == event
    f.restart()
    assert [event] == image_of(f.engine.state).quotes


def test_bid_and_ask_may_be_the_same() -> None:
    assert None is Floor().do(quote(100, 100)).rejected


def test_quotes_that_are_none_are_refused() -> None:
    f = Floor()
    for bid, ask in ((0, 1), (-1, 1), (2, 1), (1, 2**62), (0, 0)):
        assert "quote_invalid" == f.do(quote(bid, ask)).rejected
    assert "instrument_not_found" == f.do(quote(on=2)).rejected
    assert [] == image_of(f.engine.state).quotes


def test_a_quote_older_than_the_bound_is_refused() -> None:
    f = Floor()
    assert "quote_stale" == f.do(quote(at_ms=START_MS - 5_001)).rejected
    assert None is f.do(quote(at_ms=START_MS - 5_000)).rejected


def test_a_quote_older_than_the_one_before_is_refused() -> None:
    f = Floor()
    f.do(quote(at_ms=START_MS - 10))
    assert "quote_stale" == f.do(quote(at_ms=START_MS - 11)).rejected
    assert None is f.do(quote(at_ms=START_MS - 10)).rejected


def test_a_quote_from_the_future_does_not_shut_out_honest_ones() -> None:
    f = Floor()
    for ahead_ms in (5_001, 10**12):
        assert "quote_invalid" == f.do(quote(at_ms=START_MS + ahead_ms)).rejected
    assert None is f.do(quote()).rejected
