"""CFDs as the operator sees them: all positions in each contract, against the house."""

from typing import Self

import msgspec

from outcry.engine.cfd.purse import DAY_MS, Purse
from outcry.engine.events import HouseLimitsSet, HouseResumed, HouseStopped
from outcry.engine.image import StateImage
from outcry.engine.units import LONG, AssetId, InstrumentId
from outcry.projections.cfd import CfdView


class HouseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One contract. Notionals are in tenths of the asset's smallest unit, money is in that unit."""

    instrument_id: InstrumentId
    positions: int
    long_notional: int
    short_notional: int
    margin: int  # That traders have locked.
    unrealized: int | None  # The house's gain if all closed now; None without a quote.

    @property
    def net_notional(self) -> int:
        """The house's long notional less its short one: the traders' net with its sign reversed."""
        return self.short_notional - self.long_notional


class HousePurses:
    """What the house may lose, and has lost, in each asset that has limits."""

    def __init__(self) -> None:
        self.purses: dict[AssetId, Purse] = {}

    @classmethod
    def from_image(cls, image: StateImage) -> Self:
        """The limits and results of a snapshot."""
        house = cls()
        for each in image.purses:
            purse = house._purse(each.asset_id)
            purse.loss_per_day_max, purse.loss_max = each.loss_per_day_max, each.loss_max
            purse.day, purse.result_of_day = each.day, each.result_of_day
            purse.result, purse.stopped = each.result, each.stopped
        return house

    def fold(self, event: HouseLimitsSet | HouseResumed | HouseStopped, now_ms: int) -> None:
        """Take in limits, a stop at one of them, or the end of the stop."""
        purse = self._purse(event.asset_id)
        purse.turn_to(now_ms)
        match event:
            case HouseLimitsSet():
                purse.loss_per_day_max, purse.loss_max = event.loss_per_day_max, event.loss_max
            case HouseStopped():
                purse.stopped = True
            case HouseResumed():
                purse.resume()

    def add(self, asset_id: AssetId, now_ms: int, result: int) -> None:
        """Count what the house has won or lost with a position that was closed."""
        purse = self.purses.get(asset_id)
        if purse is not None:
            purse.add(now_ms, result)

    def result_of_day(self, asset_id: AssetId, now_ms: int) -> int:
        """What the house has won or lost on the day of a moment."""
        purse = self.purses.get(asset_id)
        if purse is None or purse.day != now_ms // DAY_MS:
            return 0
        return purse.result_of_day

    @property
    def stopped(self) -> list[AssetId]:
        """The assets in which nothing is opened until the operator resumes the house."""
        return [asset_id for asset_id, purse in self.purses.items() if purse.stopped]

    def _purse(self, asset_id: AssetId) -> Purse:
        return self.purses.setdefault(asset_id, Purse())


def house_rows(cfd: CfdView) -> list[HouseRow]:
    """A row for each contract, also for those in which nobody has a position."""
    open_in: dict[InstrumentId, list[int]] = {each: [0, 0, 0, 0, 0] for each in cfd.contracts}
    for position in cfd.every_open():
        sums = open_in[position.instrument_id]
        sums[0] += 1
        sums[1 if position.direction == LONG else 2] += position.notional
        sums[3] += position.remaining_margin
        sums[4] -= cfd.unrealized(position) or 0
    return [
        HouseRow(
            instrument_id=instrument_id, positions=positions, long_notional=long,
            short_notional=short, margin=margin,
            unrealized=None if cfd.prices(instrument_id) is None else unrealized,
        )
        for instrument_id, (positions, long, short, margin, unrealized) in open_in.items()
    ]
