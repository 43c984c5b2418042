"""What `outcry status` says about the price sources."""

import pytest

from outcry.cli.status import _prices, _source


@pytest.mark.parametrize(("facts", "said"), [
    ({}, "none, no quote yet"),
    ({"source": "sim", "simulated": True}, "sim (simulated), no quote yet"),
    (
        {"source": "backpack", "merged": 1_234},
        "backpack, no quote yet, 1,234 quotes merged under load",
    ),
    (
        {"source": "median of backpack, stream, redis",
         "strays": {"SOL_USDC": ["2 stream"], "BTC_USDC": ["1 backpack", "3 redis"]}},
        "median of backpack, stream, redis, no quote yet, SOL_USDC without 2 stream, "
        "BTC_USDC without 1 backpack and 3 redis",
    ),
])
def test_a_price_source_is_one_line(facts: dict[str, object], said: str) -> None:
    """Its name, whether it is simulated, the merged quotes and the feeds that are left out."""
    assert said == _source(_prices(facts))
