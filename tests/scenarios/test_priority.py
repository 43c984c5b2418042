"""Price-time priority: who trades with whom, at which price, and what is then the best."""

from domain.floor import Floor
from outcry.engine.units import BUY, IOC, SELL


def floor() -> Floor:
    """A floor where Alice makes, Bob takes, and Carol and Dave make as well."""
    made = Floor()
    made.rich("alice", "bob", "carol", "dave")
    return made


def test_the_best_price_trades_first_whoever_came_first() -> None:
    f = floor()
    worse = f.sell("alice", 1, at=103).order_id
    best = f.sell("carol", 1, at=101).order_id
    middle = f.sell("alice", 1, at=102).order_id

    assert [best, middle, worse] == f.buy("bob", 3, at=103).makers

    f.buy("alice", 1, at=91)
    f.buy("carol", 1, at=93)
    f.buy("alice", 1, at=92)
    assert "1 @ 93, 1 @ 92, 1 @ 91" == f.sell("bob", 3, at=91).fills


def test_at_one_price_the_first_to_come_trades_first_across_separate_takers() -> None:
    f = floor()
    queue = [f.sell(who, 2, at=101).order_id for who in ("alice", "carol", "dave", "alice")]

    makers = [maker for _ in range(8) for maker in f.buy("bob", 1, at=101).makers]

    assert [order for order in queue for _ in range(2)] == makers
    assert "|" == f.book()


def test_a_partly_filled_maker_keeps_its_place() -> None:
    f = floor()
    first = f.buy("alice", 5, at=99).order_id
    second = f.buy("carol", 5, at=99).order_id

    assert [first] == f.sell("bob", 2, at=99).makers
    third = f.buy("dave", 5, at=99).order_id

    assert [first, second, third] == f.sell("bob", 13, at=99).makers


def test_fills_happen_at_the_makers_price_on_both_sides() -> None:
    f = floor()
    f.sell("alice", 2, at=101)
    assert "2 @ 101" == f.buy("bob", 2, at=110).fills

    f.buy("alice", 2, at=99)
    assert "2 @ 99" == f.sell("bob", 2, at=90).fills


def test_a_marketable_limit_stops_at_its_own_price() -> None:
    f = floor()
    for price in (101, 102, 103):
        f.sell("alice", 1, at=price)

    assert "1 @ 101, 1 @ 102" == f.buy("bob", 3, at=102).fills
    assert "1 @ 103 | 1 @ 102" == f.book()

    for price in (99, 98, 97):
        f.buy("alice", 1, at=price)
    assert "1 @ 102, 1 @ 99, 1 @ 98" == f.sell("carol", 4, at=98).fills
    assert "1 @ 103, 1 @ 98 | 1 @ 97" == f.book()


def test_the_remainder_of_a_crossing_limit_becomes_the_best_price() -> None:
    f = floor()
    f.sell("alice", 2, at=101)
    f.sell("alice", 2, at=105)
    f.buy("alice", 2, at=99)

    answer = f.buy("bob", 5, at=103)

    assert "2 @ 101" == answer.fills
    assert "2 @ 105 | 3 @ 103, 2 @ 99" == f.book()
    assert [answer.order_id] == f.sell("carol", 1, at=90).makers


def test_the_best_price_right_after_its_last_order_is_canceled() -> None:
    f = floor()
    best_ask = f.sell("alice", 1, at=101).order_id
    f.sell("alice", 1, at=102)
    best_bid = f.buy("alice", 1, at=99).order_id
    f.buy("alice", 1, at=98)

    f.cancel("alice", best_ask)
    f.cancel("alice", best_bid)

    assert "1 @ 102 | 1 @ 98" == f.book()
    assert "1 @ 102" == f.buy("bob", 1, at=102, tif=IOC).fills
    assert "1 @ 98" == f.sell("bob", 1, at=98, tif=IOC).fills


def test_a_price_that_empties_may_be_used_again() -> None:
    f = floor()
    f.cancel("alice", f.sell("alice", 1, at=101).order_id)
    f.sell("alice", 1, at=101)
    assert "1 @ 101" == f.buy("bob", 1, at=101).fills
    f.sell("alice", 3, at=101)
    assert "3 @ 101 |" == f.book()


def test_prices_at_both_ends_of_the_range() -> None:
    f = Floor(price_min=1, price_max=1_000_000)
    f.rich("alice", "bob")
    f.sell("alice", 2, at=1_000_000)
    f.buy("alice", 2, at=1)

    assert "2 @ 1000000 | 2 @ 1" == f.book()
    assert "price_invalid" == f.sell("alice", 1, at=1_000_001).rejected
    assert "price_invalid" == f.buy("alice", 1, at=0).rejected
    assert "price_invalid" == f.buy("alice", 1, at=-1).rejected

    assert "2 @ 1000000" == f.buy_market("bob", 2).fills
    assert "2 @ 1" == f.sell_market("bob", 2).fills
    assert "|" == f.book()


def test_a_sweep_of_five_thousand_fills() -> None:
    """5,000 makers over 50 prices, placed out of order, are taken by one order in exact order."""
    f = floor()
    orders = [f.limit("alice", SELL, 2, at=101 + number * 7 % 50) for number in range(5_000)]
    places = f.entry(orders)
    expected = sorted(
        range(5_000), key=lambda number: (orders[number].price, places[number].order_id)
    )

    answer = f.buy("bob", 9_999, at=150)

    assert 5_000 == len(answer.trades)
    assert [places[number].order_id for number in expected] == answer.makers
    assert "1 @ 150 |" == f.book()
    assert [trade.taker_filled for trade in answer.trades] == [*range(2, 9_999, 2), 9_999]


def test_trade_ids_and_order_ids_count_from_one_without_gaps() -> None:
    f = floor()
    ids = [f.sell("alice", 1, at=101).order_id for _ in range(3)]
    trades = [trade.trade_id for trade in f.buy("bob", 3, at=101).trades]

    assert [1, 2, 3] == ids
    assert [1, 2, 3] == trades
    assert 5 == f.sell("alice", 1, at=101).order_id


def test_a_refused_order_takes_no_order_id() -> None:
    f = floor()
    assert "price_invalid" == f.buy("bob", 1, at=0).rejected
    assert 1 == f.buy("bob", 1, at=1).order_id


def test_books_of_two_instruments_do_not_meet() -> None:
    f = floor()
    f.list_instrument(symbol="SOL_OTHER")
    f.sell("alice", 1, at=100)

    answer = f.buy("bob", 1, at=100, on="SOL_OTHER")

    assert "" == answer.fills
    assert "1 @ 100 |" == f.book()
    assert "| 1 @ 100" == f.book("SOL_OTHER")


def test_a_fill_reports_both_orders_so_far() -> None:
    f = floor()
    maker = f.sell("alice", 10, at=101).order_id
    f.buy("bob", 3, at=101)

    [trade] = f.buy("carol", 4, at=102).trades

    assert (BUY, 4, 404) == (trade.taker_side, trade.taker_filled, trade.taker_quote_filled)
    assert (maker, 7, 707) == (trade.maker_order_id, trade.maker_filled, trade.maker_quote_filled)
    assert (f.account("carol"), f.account("alice")) == (
        trade.taker_account_id, trade.maker_account_id,
    )
