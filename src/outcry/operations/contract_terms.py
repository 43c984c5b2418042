"""A contract's terms as an operator writes them, and the command that sets them.

Tiers are written `50000:100,250000:50,20`: up to a notional a leverage, and one beyond all.
"""

from collections.abc import Sequence

from outcry.engine.commands import Command, SetContractTerms, Tier
from outcry.engine.events import AssetListed, ContractTermsSet
from outcry.engine.units import LEVERAGE_DECIMALS, InstrumentId
from outcry.operations.rules import Number, Rules, any_given, fraction

ROOM = fraction("payout_room_rate")
LEVERAGE = Number("leverage_max", LEVERAGE_DECIMALS)
NO_TIERS = "none"


def terms_rules(terms: ContractTermsSet, asset: AssetListed) -> dict[str, str]:
    """A contract's terms, as they would be written."""
    return {
        "profile": terms.profile or "none", "tiers": _written(terms.tiers, asset),
        "payout_room": ROOM.write(terms.payout_room_rate),
    }


def terms_to_set(
    instrument_id: InstrumentId, asset: AssetListed, rules: Rules
) -> Sequence[Command]:
    """The command that sets those terms that are given; raises `RulesRefused`."""
    if not any_given(rules):
        return []
    room, tiers = rules.get("payout_room"), rules.get("tiers")
    return [SetContractTerms(
        instrument_id=instrument_id,
        tiers=None if tiers is None else _read(tiers, asset),
        payout_room_rate=None if room is None else ROOM.read("payout_room", room),
    )]


def _written(tiers: Sequence[Tier], asset: AssetListed) -> str:
    notional = Number("notional_max", asset.decimals)
    return ",".join(
        f"{notional.write(tier.notional_max)}:{LEVERAGE.write(tier.leverage_max)}"
        if tier.notional_max else LEVERAGE.write(tier.leverage_max)
        for tier in tiers
    ) or NO_TIERS


def _read(text: str, asset: AssetListed) -> list[Tier]:
    if text == NO_TIERS:
        return []
    notional = Number("notional_max", asset.decimals)
    tiers = []
    for step in text.split(","):
        bound, _, leverage = step.rpartition(":")
        tiers.append(Tier(
            notional_max=notional.read("tiers", bound) if bound else 0,
            leverage_max=LEVERAGE.read("tiers", leverage),
        ))
    return tiers
