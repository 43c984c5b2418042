"""Fees: cumulative per order, rounded up, out of what is received; rebates rounded down."""

from domain.floor import Floor
from outcry.engine.units import BUY, SELL

RICH = 10**15


def test_each_side_pays_in_the_asset_it_receives() -> None:
    f = Floor(maker_fee_rate=20_000, taker_fee_rate=50_000)  # 2 % and 5 %.
    f.rich("alice", "bob")
    f.sell("alice", 100, at=10)

    answer = f.buy("bob", 100, at=10)

    assert (5, 20) == (answer.taker_fees, answer.maker_fees)
    assert (RICH - 1_000, RICH + 95) == (f.balance("bob", "USDC"), f.balance("bob", "SOL"))
    assert (RICH + 980, RICH - 100) == (f.balance("alice", "USDC"), f.balance("alice", "SOL"))
    assert (20, 5) == (f.fees_collected("USDC"), f.fees_collected("SOL"))

    f.buy("alice", 100, at=10)
    answer = f.sell("bob", 100, at=10)
    assert (50, 2) == (answer.taker_fees, answer.maker_fees)
    assert (70, 7) == (f.fees_collected("USDC"), f.fees_collected("SOL"))


def test_a_fee_rounds_up() -> None:
    f = Floor(maker_fee_rate=1, taker_fee_rate=1)
    f.rich("alice", "bob")
    f.sell("alice", 1, at=1)
    answer = f.buy("bob", 1, at=1)
    assert (1, 1) == (answer.taker_fees, answer.maker_fees)


def test_a_fee_that_is_a_whole_number_is_not_rounded() -> None:
    f = Floor(maker_fee_rate=10_000, taker_fee_rate=10_000)
    f.rich("alice", "bob")
    f.sell("alice", 100, at=1)
    answer = f.buy("bob", 100, at=1)
    assert (1, 1) == (answer.taker_fees, answer.maker_fees)


def test_five_thousand_pieces_cost_what_one_fill_costs() -> None:
    f = Floor(maker_fee_rate=333, taker_fee_rate=777)
    f.rich("alice", "bob")
    f.entry([f.limit("alice", SELL, 1, at=7) for _ in range(5_000)])

    pieces = f.buy("bob", 5_000, at=7)

    assert 5_000 == len(pieces.trades)
    assert 4 == pieces.taker_fees  # ceil(5,000 x 777 / 10^6) = ceil(3.885).
    f.sell("alice", 5_000, at=7)
    assert pieces.taker_fees == f.buy("bob", 5_000, at=7).taker_fees


def test_a_maker_filled_in_pieces_pays_what_one_fill_costs() -> None:
    f = Floor(maker_fee_rate=333, taker_fee_rate=0)
    f.rich("alice", "bob")
    f.sell("alice", 5_000, at=7)
    answers = f.entry([f.limit("bob", BUY, 1, at=7) for _ in range(5_000)])
    # ceil(35,000 x 333 / 10^6) = ceil(11.655).
    assert 12 == sum(answer.maker_fees for answer in answers)


def test_a_rebate_rounds_down() -> None:
    f = Floor(maker_fee_rate=-10_000, taker_fee_rate=20_000)
    f.rich("alice", "bob")
    f.buy("alice", 1_000, at=1)
    f.sell("bob", 1_000, at=1)  # Fees of 20 USDC; a rebate of 10 SOL finds none collected.
    f.sell("alice", 199, at=1)

    answer = f.buy("bob", 199, at=1)

    assert -1 == answer.maker_fees  # Of 1.99.
    assert 19 == f.fees_collected("USDC")


def test_a_rebate_never_exceeds_the_fees_collected() -> None:
    f = Floor(maker_fee_rate=-10_000, taker_fee_rate=10_000)
    f.rich("alice", "bob")
    f.sell("alice", 1_000, at=1)
    assert 0 == f.buy("bob", 1_000, at=1).maker_fees  # No USDC was collected so far.
    assert (0, 10) == (f.fees_collected("USDC"), f.fees_collected("SOL"))

    f.buy("alice", 2_000, at=1)
    answer = f.sell("bob", 2_000, at=1)
    assert (20, -10) == (answer.taker_fees, answer.maker_fees)  # Of 20 SOL only 10 are there.
    assert (20, 0) == (f.fees_collected("USDC"), f.fees_collected("SOL"))


def test_what_a_rebate_lacked_is_made_up_for_by_later_fills_of_the_order() -> None:
    f = Floor(maker_fee_rate=-10_000, taker_fee_rate=10_000)
    f.rich("alice", "bob", "carol")
    f.sell("alice", 2_000, at=10)
    assert 0 == f.buy("bob", 1_000, at=10).maker_fees  # 100 were due, and none collected.
    f.buy("carol", 1_000, at=9)
    f.sell("bob", 1_000, at=9)
    assert 90 == f.fees_collected("USDC")

    assert -90 == f.buy("bob", 500, at=10).maker_fees  # 150 were due, and 90 collected.
    f.buy("carol", 2_000, at=9)
    f.sell("bob", 2_000, at=9)
    assert -110 == f.buy("bob", 500, at=10).maker_fees  # The rest of 200.


def test_fees_do_not_depend_on_a_restart_in_between() -> None:
    fees: list[int] = []
    for restart in (False, True):
        f = Floor(maker_fee_rate=333, taker_fee_rate=777)
        f.rich("alice", "bob")
        f.sell("alice", 3_001, at=7)
        paid = 0
        for _ in range(3):
            paid += f.buy("bob", 1_000, at=7).maker_fees
            if restart:
                f.restart()
        fees.append(paid)
    assert fees[0] == fees[1]


def test_fees_count_smallest_units_of_the_assets() -> None:
    """With 6 and 9 decimals: 1.5 SOL at 150.00 USDC, 5 basis points of each."""
    f = Floor(
        usdc_decimals=6, sol_decimals=9, price_decimals=2, quantity_decimals=2,
        maker_fee_rate=200, taker_fee_rate=500,
    )
    f.rich("alice", "bob")
    f.sell("alice", 150, at=15_000)

    answer = f.buy("bob", 150, at=15_000)

    assert 750_000 == answer.taker_fees  # 0.00075 SOL.
    assert 45_000 == answer.maker_fees  # 0.045 USDC.
    assert RICH + 1_500_000_000 - 750_000 == f.balance("bob", "SOL")
    assert RICH + 225_000_000 - 45_000 == f.balance("alice", "USDC")
