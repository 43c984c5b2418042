"""How a venue begins: its first journal entry opens it and lists what it has out of the box."""

from outcry.engine.commands import Command, ListAsset, ListInstrument, OpenVenue
from outcry.engine.units import AssetId

MAKER_FEE_RATE = 200  # 2 basis points.
TAKER_FEE_RATE = 500  # 5 basis points.

# Of a new venue's assets the first listed gets the id 1, the next 2, and so on.
ASSETS = (
    ListAsset(symbol="USDC", name="USD Coin", decimals=6),
    ListAsset(symbol="SOL", name="Solana", decimals=9),
    ListAsset(symbol="ETH", name="Ether", decimals=9),
    ListAsset(symbol="BTC", name="Bitcoin", decimals=8),
)

# (base, decimals of the price, decimals of the quantity, highest price, largest quantity).
SPOT = (
    ("SOL", 2, 2, 100_000_00, 1_000_000_00),
    ("ETH", 2, 4, 1_000_000_00, 100_000_0000),
    ("BTC", 1, 5, 10_000_000_0, 10_000_00000),
)


def first_commands(venue_id: str) -> list[Command]:
    """The commands of a new journal's first entry: one entry, so that it is all there or none."""
    ids = {asset.symbol: AssetId(number) for number, asset in enumerate(ASSETS, start=1)}
    instruments = [
        ListInstrument(
            symbol=f"{base}_USDC",
            base_asset_id=ids[base],
            quote_asset_id=ids["USDC"],
            price_decimals=price_decimals,
            tick_size=1,
            quantity_decimals=quantity_decimals,
            lot_size=1,
            price_min=1,
            price_max=price_max,
            quantity_min=1,
            quantity_max=quantity_max,
            maker_fee_rate=MAKER_FEE_RATE,
            taker_fee_rate=TAKER_FEE_RATE,
        )
        for base, price_decimals, quantity_decimals, price_max, quantity_max in SPOT
    ]
    return [OpenVenue(venue_id=venue_id), *ASSETS, *instruments]
