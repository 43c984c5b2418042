"""The catalogue: the contracts that ship with the program, and how their prices are simulated.

It is data, in `catalogue.toml`, so that a market can be added without code.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class SimulatedMarket(NamedTuple):
    """How the simulated feed of a market behaves. Prices are decimals."""

    start: str
    volatility: float  # Standard deviation of a year's logarithmic return.
    common: float  # Correlation with the other simulated markets.
    spread: float  # Usual spread as a part of the price.
    tick: str  # The feed's own smallest step.


class CatalogueContract(NamedTuple):
    """A contract as an operator would list it: the rules are options of `outcry contract add`."""

    underlying: str
    rules: Mapping[str, str]
    calendar: str  # Its text; empty for a market that never closes.
    sim: SimulatedMarket


@cache
def catalogue() -> Mapping[str, CatalogueContract]:
    """All contracts of the catalogue, by the market that they follow."""
    found = tomllib.loads(files("outcry.runtime").joinpath("catalogue.toml").read_text("utf-8"))
    return {
        name: _contract(name, entry, found["calendars"])
        for name, entry in found["contracts"].items()
    }


def _contract(
    name: str, entry: Mapping[str, Any], calendars: Mapping[str, str]
) -> CatalogueContract:
    rules = {
        rule: str(value) for rule, value in entry.items() if rule not in {"calendar", "sim"}
    }
    return CatalogueContract(
        name, rules, calendars[entry["calendar"]], SimulatedMarket(**entry["sim"])
    )
