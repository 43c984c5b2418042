"""A contract's terms as an operator writes them."""

import pytest

from outcry.engine.commands import SetContractTerms, Tier
from outcry.engine.events import AssetListed, ContractTermsSet
from outcry.engine.units import AssetId, InstrumentId
from outcry.operations.contract_terms import terms_rules, terms_to_set
from outcry.operations.rules import RulesRefused

USDC = AssetListed(asset_id=AssetId(1), symbol="USDC", name="USD Coin", decimals=6)
CONTRACT = InstrumentId(4)
RETAIL = [
    Tier(notional_max=50_000_000_000, leverage_max=1_000),
    Tier(notional_max=250_000_500_000, leverage_max=505), Tier(notional_max=0, leverage_max=200),
]
TEXT = "50000:100,250000.5:50.5,20"


def test_terms_are_shown_as_they_are_written() -> None:
    shown = terms_rules(ContractTermsSet(
        instrument_id=CONTRACT, profile="retail", tiers=RETAIL, payout_room_rate=4_500_000
    ), USDC)
    assert {"profile": "retail", "tiers": TEXT, "payout_room": "4.5"} == shown
    bare = ContractTermsSet(
        instrument_id=CONTRACT, profile="", tiers=[], payout_room_rate=4_000_000
    )
    assert {"profile": "none", "tiers": "none", "payout_room": "4"} == terms_rules(bare, USDC)


@pytest.mark.parametrize(("rules", "stated"), [
    ({"tiers": TEXT}, {"tiers": RETAIL}), ({"tiers": "none"}, {"tiers": []}),
    ({"payout_room": "4.5"}, {"payout_room_rate": 4_500_000}),
])
def test_what_is_stated_is_set(rules: dict[str, str], stated: dict[str, object]) -> None:
    none = {"tiers": None, "payout_room": None}
    assert [SetContractTerms(instrument_id=CONTRACT, **stated)] == terms_to_set(
        CONTRACT, USDC, {**none, **rules}
    )
    assert [] == terms_to_set(CONTRACT, USDC, none)


@pytest.mark.parametrize(("rules", "said"), [
    ({"tiers": "50000:many,20"}, "--tiers must be a number in steps of 0.1, was 'many'"),
    ({"tiers": "some:100,20"}, "--tiers must be a number in steps of 0.000001, was 'some'"),
    ({"tiers": ""}, "--tiers must be a number"),
    ({"payout_room": "x"}, "--payout-room must be a number in steps of 0.000001"),
])
def test_what_cannot_be_read_is_said_in_one_line(rules: dict[str, str], said: str) -> None:
    with pytest.raises(RulesRefused, match=said):
        terms_to_set(CONTRACT, USDC, rules)
