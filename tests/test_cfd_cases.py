"""The terminal reckons positions itself; its test cases are what the engine says.

Written anew by `python tests/test_cfd_cases.py`, and brought into form by `npm run format`.
"""

import json
import random
from pathlib import Path
from typing import Any

from outcry.engine.cfd.positions import liquidation_price_of, pnl_of
from outcry.engine.units import LEVERAGE_ONE, LONG, SHORT, div_floor

CASES = Path(__file__).parents[1] / "web" / "tests" / "model" / "cfd-cases.json"
SEED = 20261121
COUNT = 120


def drawn(dice: random.Random) -> dict[str, int]:
    """The terms of a position, from the smallest to the largest there may be."""
    entry_price = dice.randint(1, 10 ** dice.randint(1, 13))
    return {
        "direction": dice.choice((LONG, SHORT)),
        "margin": dice.randint(1, 10 ** dice.randint(1, 12)),
        "leverage": dice.randint(LEVERAGE_ONE, 1_000),
        "entry_price": entry_price,
        "exit_price": max(1, entry_price * dice.randint(1, 2_000) // 1_000),
        "maintenance_rate": dice.choice((0, 0, 5_000, 9_999)),
        "part": dice.randint(1, 99),
    }


def answered(case: dict[str, int]) -> dict[str, int]:
    """The same with what the engine makes of it."""
    terms = {name: case[name] for name in ("direction", "entry_price")}
    notional = case["margin"] * case["leverage"]
    part = max(1, case["margin"] * case["part"] // 100)
    part_notional = div_floor(notional * part, case["margin"])
    return case | {
        "pnl": pnl_of(notional=notional, exit_price=case["exit_price"], **terms),
        "liquidation": liquidation_price_of(
            margin=case["margin"], notional=notional,
            maintenance_rate=case["maintenance_rate"], **terms,
        ),
        "part_margin": part,
        "part_pnl": pnl_of(notional=part_notional, exit_price=case["exit_price"], **terms),
    }


def written(case: dict[str, int]) -> dict[str, Any]:
    """As text: JavaScript's numbers end before these do."""
    return {name: str(value) for name, value in case.items()}


def test_the_terminals_cases_are_what_the_engine_says() -> None:
    """Whoever changes how the engine rounds has to change how the terminal does."""
    dice = random.Random(SEED)
    expected = [written(answered(drawn(dice))) for _ in range(COUNT)]
    assert expected == json.loads(CASES.read_text())


if __name__ == "__main__":
    source = random.Random(SEED)
    lines = [json.dumps(written(answered(drawn(source)))) for _ in range(COUNT)]
    CASES.write_text("[\n" + ",\n".join(lines) + "\n]\n")
