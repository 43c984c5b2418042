"""Positions at a venue in memory: a fresh price, and positions opened by a key."""

from typing import Any

from outcry.engine.commands import SetQuote
from rigs.gateway_venue import MemoryVenue, Trader

POSITIONS = "/api/v1/cfd/positions"
ASSET = "SOL_USDC"


async def quote(venue: MemoryVenue, price: int = 100) -> None:
    """Bid and ask alike, in whole USDC."""
    contract = venue.views.venue.cfd.contract(ASSET)
    assert contract is not None
    price *= 10**contract.price_decimals
    await venue.command_writer.submit(SetQuote(
        instrument_id=contract.instrument_id, bid=price, ask=price, source_ms=venue.now_ms
    ))


async def opened(trader: Trader) -> str:
    """The id of a position that was opened now."""
    trader.venue.now_ms += 1  # Else it would be the same signed request each time.
    answer = await trader.post(POSITIONS, {
        "asset": ASSET, "direction": "LONG", "margin": 100, "leverage": 20,
    })
    assert 200 == answer.status_code, answer.text
    trade_id: str = answer.json()["tradeId"]
    return trade_id


async def open_ids(trader: Trader) -> list[str]:
    """The ids of the open positions."""
    positions: list[dict[str, Any]] = (await trader.get(POSITIONS)).json()
    return [position["tradeId"] for position in positions]
