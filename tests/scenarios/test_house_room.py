"""The room for the house's debt follows the price: the documented limits are what binds.

The desk here is that of a new venue, with the limits that the documents state.
"""

from decimal import Decimal

import pytest

from domain.cfd import CfdFloor, units
from outcry.engine.commands import SetContractTerms, UseRules
from outcry.engine.events import CommandRejected, PositionOpened
from outcry.engine.rejects import RejectReason
from outcry.engine.units import LONG, SHORT
from outcry.operations.genesis import first_commands

SOL, ETH = 4, 5  # Listed after three instruments.
MILLION = 10**6
# Of a contract whose price has room for a fortyfold: what it may be worth at most.
FULL = 2**62 // 40
R = RejectReason


class NewDesk(CfdFloor):
    """The desk of a new venue, with fresh prices of 100 for SOL and 200 for ETH."""

    def open_venue(self, **_: object) -> None:
        for command in first_commands("new"):
            self.do(command)
        self.price(100, at=SOL)
        self.price(200, at=ETH)


@pytest.fixture
def desk() -> NewDesk:
    return NewDesk()


def test_one_client_below_every_limit_takes_no_room_from_anybody(desk: NewDesk) -> None:
    """461,173 of margin at 100x once reserved its gain at 10,000,000, and closed the desk."""
    desk.person("whale", 1 * MILLION)
    assert isinstance(desk.open("whale", LONG, "461173.2", 100, at=SOL), PositionOpened)
    desk.person("ann", 5_000)
    for at in (SOL, ETH):
        for direction in (LONG, SHORT):
            assert isinstance(desk.open("ann", direction, 10, 1, at=at), PositionOpened)


def test_under_version_1_nobody_else_could_open_anything(desk: NewDesk) -> None:
    desk.do(UseRules(version=1))
    desk.person("whale", 1 * MILLION)
    assert isinstance(desk.open("whale", LONG, "461173.2", 100, at=SOL), PositionOpened)
    desk.person("ann", 5_000)
    assert R.HOUSE_LIMIT == desk.open("ann", LONG, 10, 1, at=SOL)
    assert R.HOUSE_LIMIT == desk.open("ann", LONG, 10, 1, at=ETH)


def test_a_desk_at_its_documented_limits_still_deals_with_others(desk: NewDesk) -> None:
    """Ten accounts at their 50 million bring the house to its 500 million."""
    for number in range(10):
        desk.person(f"whale {number}", 2 * MILLION)
        assert isinstance(desk.open(f"whale {number}", LONG, 500_000, 100, at=SOL), PositionOpened)
        assert R.EXPOSURE_LIMIT == desk.open(f"whale {number}", LONG, 1, 1, at=SOL)
    desk.person("ann", 5_000)
    assert R.HOUSE_LIMIT == desk.open("ann", LONG, 10, 1, at=SOL), "it would add to the house's"
    assert isinstance(desk.open("ann", SHORT, 10, 1, at=SOL), PositionOpened)
    assert isinstance(desk.open("ann", LONG, 10, 1, at=SOL), PositionOpened)
    for direction in (LONG, SHORT):
        assert isinstance(desk.open("ann", direction, 10, 1, at=ETH), PositionOpened)


def test_every_contract_can_be_at_its_limits_at_once(desk: NewDesk) -> None:
    for at in (SOL, ETH):
        for number in range(10):
            desk.person(f"whale {number}", 2 * MILLION)
            opened = desk.open(f"whale {number}", SHORT, 500_000, 100, at=at)
            assert isinstance(opened, PositionOpened)


@pytest.fixture
def unbounded() -> CfdFloor:
    """A contract without limits, at the price of 1, and Ann with most of what fits."""
    floor = CfdFloor(price_max=2**62 - 1)
    floor.do(UseRules(version=2))
    floor.person("ann", Decimal(2**62 - 1) / MILLION)
    floor.price(1)
    room(floor, "40")
    return floor


def room(floor: CfdFloor, rate: str, *, at: int = 1) -> None:
    [event] = floor.do(SetContractTerms(instrument_id=at, payout_room_rate=units(rate)))
    assert not isinstance(event, CommandRejected)




@pytest.mark.parametrize(("margin", "fits"), [(FULL, True), (FULL + 1, False)])
def test_a_position_needs_room_for_its_price_to_rise(
    unbounded: CfdFloor, margin: int, fits: bool
) -> None:
    answer = unbounded.open("ann", LONG, Decimal(margin) / MILLION)
    assert fits == isinstance(answer, PositionOpened)
    assert fits or answer == R.HOUSE_LIMIT


def test_the_room_is_a_factor_of_each_contract(unbounded: CfdFloor) -> None:
    margin = Decimal(FULL + 1) / MILLION
    assert R.HOUSE_LIMIT == unbounded.open("ann", LONG, margin)
    room(unbounded, "39.9")
    assert isinstance(unbounded.open("ann", LONG, margin), PositionOpened)


def test_a_position_that_does_not_add_to_the_exposure_needs_no_room(unbounded: CfdFloor) -> None:
    half = Decimal(FULL) / MILLION
    assert isinstance(unbounded.open("ann", LONG, half), PositionOpened)
    assert R.HOUSE_LIMIT == unbounded.open("ann", LONG, "0.000002")
    assert isinstance(unbounded.open("ann", SHORT, half), PositionOpened)


def test_what_other_contracts_could_pay_counts_too(unbounded: CfdFloor) -> None:
    other = unbounded.list_another("ETH_USDC")
    unbounded.price(1, at=other)
    half = Decimal(FULL // 2) / MILLION
    assert isinstance(unbounded.open("ann", LONG, half), PositionOpened)
    more = Decimal(FULL // 2 + 2) / MILLION
    room(unbounded, "40", at=other)
    assert R.HOUSE_LIMIT == unbounded.open("ann", LONG, more, at=other)
    less = Decimal(FULL // 2) / MILLION
    assert isinstance(unbounded.open("ann", LONG, less, at=other), PositionOpened)


def test_a_quote_that_could_not_be_paid_is_refused_and_a_lower_one_passes(
    unbounded: CfdFloor
) -> None:
    unbounded.open("ann", LONG, Decimal(FULL) / MILLION)
    assert [] == unbounded.price(40)
    [refused] = unbounded.price("40.000001")
    assert CommandRejected(reason=R.QUOTE_UNPAYABLE) == refused
    assert [] == unbounded.price("39.999999"), "the contract goes on at a price that fits"


def test_a_quote_at_which_a_loss_could_not_be_written_down_is_refused(unbounded: CfdFloor) -> None:
    """In the first version of the rules it ended the engine."""
    unbounded.open("ann", SHORT, Decimal(FULL) / MILLION)
    [refused] = unbounded.price("40.000001")
    assert CommandRejected(reason=R.QUOTE_UNPAYABLE) == refused
    [closed] = unbounded.price(40)
    assert 38 * FULL == closed.shortfall


def test_the_highest_price_of_a_contract_can_be_raised() -> None:
    floor = CfdFloor(price_max=units(150))
    floor.do(UseRules(version=2))
    floor.price(150)
    assert [CommandRejected(reason=R.QUOTE_INVALID)] == floor.price("150.000001")
    floor.rules(price_max=units(200))
    assert [] == floor.price(200)


@pytest.mark.parametrize("version", [1, 2])
def test_another_highest_price_counts_alike_before_and_after_a_restart(version: int) -> None:
    """The floor restores the engine before each command; this one must not need that."""
    floor = CfdFloor(price_max=units(1_000))
    floor.do(UseRules(version=version))
    floor.person("ann", 5_000)
    floor.price(200)
    floor.open("ann", LONG, 100, 10)
    floor.open("ann", SHORT, 100, 10)
    before = dict(floor.engine.state.gains_max)
    floor.rules(price_max=units(2_000))
    after = dict(floor.engine.state.gains_max)
    floor.rules(price_max=units(2_000))
    assert before != after == floor.engine.state.gains_max
