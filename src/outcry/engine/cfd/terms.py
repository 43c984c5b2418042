"""A contract's terms beside its rules: tiers of leverage, and the room for gains."""

from typing import Final

from outcry.engine.events import ContractTermsSet
from outcry.engine.units import AMOUNT_MAX, LEVERAGE_ONE, RATE_ONE, InstrumentId, is_symbol

PAYOUT_ROOM_DEFAULT: Final = 4 * RATE_ONE
PAYOUT_ROOM_MAX: Final = RATE_ONE * RATE_ONE
TIERS_MAX: Final = 32


def no_terms(instrument_id: InstrumentId) -> ContractTermsSet:
    """The terms of a contract for which none were set."""
    return ContractTermsSet(
        instrument_id=instrument_id, profile="", tiers=[], payout_room_rate=PAYOUT_ROOM_DEFAULT
    )


def terms_are_sound(terms: ContractTermsSet) -> bool:
    """Whether the terms make sense: larger notionals have no more leverage than smaller ones."""
    if terms.profile and not is_symbol(terms.profile):
        return False
    if not RATE_ONE <= terms.payout_room_rate <= PAYOUT_ROOM_MAX:
        return False
    tiers = terms.tiers
    if not tiers:
        return True
    if len(tiers) > TIERS_MAX or tiers[-1].notional_max != 0:
        return False
    notional, leverage = 0, LEVERAGE_ONE * RATE_ONE
    for tier in tiers[:-1]:
        if not notional < tier.notional_max < AMOUNT_MAX:
            return False
        notional = tier.notional_max
    for tier in tiers:
        if not LEVERAGE_ONE <= tier.leverage_max <= leverage:
            return False
        leverage = tier.leverage_max
    return True


def leverage_max_of(terms: ContractTermsSet, leverage_max: int, exposure: int) -> int:
    """The highest leverage, in tenths, of an account with this notional, in tenths.

    `leverage_max` is that of the contract's rules, which no tier exceeds.
    """
    for tier in terms.tiers:
        if tier.notional_max == 0 or exposure <= tier.notional_max * LEVERAGE_ONE:
            highest: int = tier.leverage_max
            return min(highest, leverage_max)
    return leverage_max
