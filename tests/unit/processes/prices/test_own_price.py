"""The price of an own book: weighted by size, averaged over time, and slow to move."""

import pytest

from outcry.processes.prices.own_price import NoPrice, OwnPrice, OwnRules

RULES = OwnRules(
    depth=1, average_ms=10_000, hold_ms=30_000, move_rate=500, spread_rate=1_000,
    spread_max_rate=10_000,
)
START_MS = 1_790_000_000_000
WHOLE = 1_000_000  # A price.
DEPTH = 10 * WHOLE


class Scene:
    """A book with one order on each side, and the price that it makes."""

    def __init__(self, rules: OwnRules = RULES, mark: int | None = None) -> None:
        self.price = OwnPrice(rules, mark)
        self.now_ms = START_MS

    def quote(self, middle: int, half: int = 100, after_ms: int = 250) -> tuple[int, int]:
        self.now_ms += after_ms
        return self.price.quote(
            [(middle - half, 100)], [(middle + half, 100)], DEPTH, self.now_ms
        )

    def stand(self, middle: int, seconds: float) -> tuple[int, int] | None:
        """Let the book stand for a while; the last quote, None if the last was none."""
        last = None
        for _ in range(int(seconds * 4)):
            try:
                last = self.quote(middle)
            except NoPrice:
                last = None
        return last


def test_the_spread_is_its_own_and_at_least_the_books() -> None:
    assert (WHOLE - 500, WHOLE + 500) == Scene().quote(WHOLE, half=100)
    assert (WHOLE - 800, WHOLE + 800) == Scene().quote(WHOLE, half=800)


def test_size_weighs() -> None:
    """An order that is a tenth of the depth moves a side by a tenth of its distance."""
    price = OwnPrice(RULES._replace(spread_rate=1))
    bid, ask = price.quote(
        [(WHOLE - 1_000, 1), (WHOLE - 2_000, 100)], [(WHOLE + 2_000, 100)], DEPTH, START_MS
    )
    # 1 at 999,000 and the rest at 998,000: ten are not quite worth the depth, eleven are.
    assert (WHOLE - 2_000 + 1_000 // 11 + 1 - 1, WHOLE + 2_000) == (bid, ask)


@pytest.mark.parametrize(("bids", "asks", "why"), [
    ([], [(WHOLE + 1, 100)], "no bid"),
    ([(WHOLE - 1, 100)], [], "no ask"),
    ([(WHOLE - 1, 9)], [(WHOLE + 1, 100)], "the bid side is too thin"),
    ([(WHOLE - 1, 100)], [(WHOLE + 1, 9)], "the ask side is too thin"),
    ([(WHOLE - 6_000, 100)], [(WHOLE + 6_000, 100)], "too wide"),
])
def test_a_book_that_is_no_market_has_no_price(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]], why: str
) -> None:
    with pytest.raises(NoPrice, match=why):
        OwnPrice(RULES).quote(bids, asks, DEPTH, START_MS)


@pytest.mark.parametrize("push", [2_000, 5_000, 8_000])
@pytest.mark.parametrize("seconds", [1, 5, 20, 29])
def test_a_push_raises_no_bid_and_lowers_no_ask(push: int, seconds: int) -> None:
    """For as long as it is shorter than the time that is held; up as well as down."""
    for sign in (1, -1):
        scene = Scene()
        before = scene.stand(WHOLE, 40)
        assert before is not None
        for _ in range(seconds * 4):
            bid, ask = scene.quote(WHOLE + sign * push)
            assert bid <= before[0]
            assert ask >= before[1]
            assert bid <= WHOLE + sign * push - 100, "the book as it is can be dealt with"
            assert ask >= WHOLE + sign * push + 100
        for _ in range(240):
            bid, ask = scene.quote(WHOLE)
            assert bid <= before[0]
            assert ask >= before[1]


def test_a_leap_has_no_price_until_the_average_has_followed() -> None:
    """Then the quote is as close as ever."""
    scene = Scene()
    scene.stand(WHOLE, 40)
    leapt = WHOLE * 105 // 100
    with pytest.raises(NoPrice, match="too far from its average"):
        scene.quote(leapt)
    assert scene.stand(leapt, 60) is None
    after = scene.stand(leapt, 120)
    assert after is not None
    assert after == pytest.approx((leapt - 525, leapt + 525), abs=2)


def test_the_average_moves_so_far_in_a_second_and_no_farther_after_a_pause() -> None:
    """A book without a side for a while does not make it move faster."""
    scene = Scene(RULES._replace(average_ms=1, hold_ms=1, spread_max_rate=2 * 10**6))
    scene.stand(WHOLE, 40)
    averages = [scene.quote(2 * WHOLE, after_ms=pause_ms)[0] for pause_ms in (
        250, 250, 250, 250, 3_600_000
    )]
    assert [WHOLE + moved - 501 for moved in (0, 125, 250, 375, 875)] == pytest.approx(
        averages, abs=2
    )


def test_a_restart_sets_out_from_the_latest_mark() -> None:
    """A book that was moved meanwhile has no price."""
    with pytest.raises(NoPrice):
        Scene(mark=WHOLE).quote(WHOLE * 11 // 10)
    assert (WHOLE - 500, WHOLE + 500) == Scene(mark=WHOLE).quote(WHOLE)
