"""CFDs as the operator sees them: all positions in each contract, against the house."""

import msgspec

from outcry.engine.units import LONG, InstrumentId
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
