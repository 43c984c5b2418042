"""Rules of contracts as people write them, and the commands that set them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from outcry.engine.commands import ChangeContract
from outcry.engine.events import AssetListed, ContractListed
from outcry.engine.units import (
    AMOUNT_MAX,
    CANCEL_ONLY,
    CLOSED,
    LEVERAGE_DECIMALS,
    OPEN,
    RATE_DECIMALS,
)
from outcry.operations.instrument_rules import RulesRefused
from outcry.projections.venue import Venue
from outcry.wire.decimals import (
    NotADecimal,
    TooManyDecimals,
    amount_text,
    format_decimal,
    parse_decimal,
)

STATES: Final = {"open": OPEN, "close-only": CANCEL_ONLY, "closed": CLOSED}
_WORDS: Final = {state: word for word, state in STATES.items()}
_AMOUNTS: Final = {
    "margin_min": "margin_min", "exposure_max": "exposure_max",
    "house_exposure_max": "house_exposure_max",
}
_RATES: Final = {"maintenance": "maintenance_rate", "spread": "spread_rate"}
_WHOLE: Final = {"positions_max": "positions_max", "quote_age_max_ms": "quote_age_max_ms"}


def contract_rules(contract: ContractListed, asset: AssetListed) -> dict[str, str]:
    """A contract's state and rules as people write them."""
    return {
        "asset": contract.underlying,
        "symbol": contract.symbol,
        "state": _WORDS[contract.state],
        "leverage_max": format_decimal(contract.leverage_max, LEVERAGE_DECIMALS),
        **{name: amount_text(asset, getattr(contract, field)) for name, field in _AMOUNTS.items()},
        **{
            name: format_decimal(getattr(contract, field), RATE_DECIMALS)
            for name, field in _RATES.items()
        },
        **{name: str(getattr(contract, field)) for name, field in _WHOLE.items()},
    }


def contract_to_change(
    venue: Venue, name: str, rules: Mapping[str, str | None]
) -> ChangeContract:
    """The command that sets what is stated; raises `RulesRefused`."""
    contract = venue.cfd.contract(name)
    if contract is None:
        known = ", ".join(each.underlying for each in venue.cfd.contracts.values())
        raise RulesRefused(f"unknown contract {name!r}: there are {known or 'none yet'}")
    stated = {rule: text for rule, text in rules.items() if text is not None}
    if not stated:
        raise RulesRefused("state at least one rule to change")
    asset = venue.listing.assets[contract.asset_id]
    changes = dict(_change(rule, text, asset) for rule, text in stated.items())
    return ChangeContract(instrument_id=contract.instrument_id, **changes)


def _change(rule: str, text: str, asset: AssetListed) -> tuple[str, int]:
    """A rule's field in the command, and its value."""
    if rule == "state":
        if text not in STATES:
            raise RulesRefused(f"state must be one of {', '.join(STATES)}, was {text!r}")
        return rule, STATES[text]
    if rule == "leverage_max":
        return rule, _scaled(rule, text, LEVERAGE_DECIMALS)
    if rule in _AMOUNTS:
        return _AMOUNTS[rule], _scaled(rule, text, asset.decimals)
    if rule in _RATES:
        return _RATES[rule], _scaled(rule, text, RATE_DECIMALS)
    return _WHOLE[rule], _scaled(rule, text, 0)


def _scaled(rule: str, text: str, decimals: int) -> int:
    option = f"--{rule.replace('_', '-')}"
    try:
        value = parse_decimal(text, decimals)
    except (NotADecimal, TooManyDecimals):
        smallest = Decimal(1).scaleb(-decimals)
        raise RulesRefused(
            f"{option} must be a number in steps of {smallest:f}, was {text!r}"
        ) from None
    if not 0 <= value < AMOUNT_MAX:
        raise RulesRefused(f"{option} is out of range: {text!r}")
    return value
