"""Profiles: named sets of rules and terms for contracts, as data.

`reference` is the desk that the broker contract documents: no cost, no maintenance margin, one
leverage for all sizes. Its clients trade for nothing, so a house with real money takes another.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from outcry.engine.commands import (
    ChangeContract,
    Command,
    SetContractTerms,
    SetQuoteRules,
    Tier,
)
from outcry.engine.units import LEVERAGE_ONE, RATE_ONE, InstrumentId
from outcry.operations.rules import RulesRefused
from outcry.projections.venue import VenueView


class Profile(NamedTuple):
    """Rules and terms of a contract."""

    name: str
    leverage_max: int  # A multiple, and so in tiers.
    spread_rate: int  # The mark-up, in millionths, taken off the bid and added to the ask.
    maintenance_rate: int  # Millionths of the notional.
    # (up to this notional, in whole units of the asset; at most this leverage). 0 is no bound.
    tiers: Sequence[tuple[int, int]]
    payout_room: int  # The factor by which the price can rise before the house runs out of room.
    # Millionths: a quote farther from the last is doubted, and one with a wider spread.
    band_rate: int = 100_000
    spread_max_rate: int = 20_000

    def commands(self, instrument_id: InstrumentId, asset_decimals: int) -> list[Command]:
        """The commands that give a contract this profile."""
        return [
            ChangeContract(
                instrument_id=instrument_id, leverage_max=self.leverage_max * LEVERAGE_ONE,
                maintenance_rate=self.maintenance_rate, spread_rate=self.spread_rate,
            ),
            self.quote_rules(instrument_id),
            self.terms(instrument_id, asset_decimals),
        ]

    def quote_rules(self, instrument_id: InstrumentId) -> SetQuoteRules:
        """The bounds of quotes.

        One false quote within the band is worth the band times the leverage to those who know the
        true price, so high leverage needs a narrow one.
        """
        return SetQuoteRules(
            instrument_id=instrument_id, band_rate=self.band_rate,
            spread_max_rate=self.spread_max_rate,
        )

    def terms(self, instrument_id: InstrumentId, asset_decimals: int) -> SetContractTerms:
        """The terms alone, for a contract that is listed with the rules."""
        return SetContractTerms(
            instrument_id=instrument_id, profile=self.name,
            tiers=[
                Tier(
                    notional_max=notional * 10**asset_decimals,
                    leverage_max=leverage * LEVERAGE_ONE,
                )
                for notional, leverage in self.tiers
            ],
            payout_room_rate=self.payout_room * RATE_ONE,
        )


REFERENCE: Final = Profile(
    name="reference", leverage_max=100, spread_rate=0, maintenance_rate=0, tiers=(), payout_room=4
)
PROFILES: Final = {
    profile.name: profile for profile in (
        REFERENCE,
        Profile(
            name="retail", leverage_max=100, spread_rate=1_000, maintenance_rate=5_000,
            tiers=((50_000, 100), (250_000, 50), (0, 20)), payout_room=4,
            band_rate=20_000, spread_max_rate=10_000,
        ),
        Profile(
            name="crypto", leverage_max=50, spread_rate=1_500, maintenance_rate=10_000,
            tiers=((50_000, 50), (250_000, 20), (1_000_000, 10), (0, 5)), payout_room=10,
            band_rate=30_000, spread_max_rate=10_000,
        ),
    )
}


def profile_commands(venue: VenueView, name: str, assets: Sequence[str]) -> list[Command]:
    """The commands that give a profile to contracts, all of them unless some are named.

    Raises `RulesRefused`.
    """
    profile = PROFILES.get(name)
    if profile is None:
        raise RulesRefused(f"there is no profile {name!r}; there are {', '.join(PROFILES)}")
    contracts = {each.underlying: each for each in venue.cfd.contracts.values()}
    for asset in assets:
        if asset not in contracts:
            known = ", ".join(contracts) or "none"
            raise RulesRefused(f"there is no contract {asset!r}; there are {known}")
    return [
        command for each in assets or contracts
        for command in profile.commands(
            contracts[each].instrument_id,
            venue.listing.assets[contracts[each].asset_id].decimals,
        )
    ]
