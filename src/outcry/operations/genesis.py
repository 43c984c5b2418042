"""The first journal entry of a venue: it opens the venue, and lists its assets and markets.

A new venue uses the newest rules from the start. An older venue keeps its version until its
operator puts another in force.
"""

from outcry.engine.commands import (
    Command,
    ListAsset,
    ListContract,
    ListInstrument,
    OpenVenue,
    SetQuoteRules,
    UseRules,
)
from outcry.engine.rules import RULES_KNOWN
from outcry.engine.units import LEVERAGE_ONE, AssetId, InstrumentId
from outcry.operations.profiles import REFERENCE, Profile

MAKER_FEE_RATE = 200  # 2 basis points.
TAKER_FEE_RATE = 500  # 5 basis points.

# Against orders that move a thin book: of a limit price from the last trade, and of a market order
# from the best price.
PRICE_BAND_RATE = 100_000  # 10 %.
IMPACT_RATE = 50_000  # 5 %.

# Outside quotes beyond these bounds are doubted. A spread of 2 % is far above that of any liquid
# market, and far below the move that a wide quote would feign.
QUOTE_BAND_RATE = 100_000  # 10 %.
QUOTE_SPREAD_MAX_RATE = 20_000  # 2 %.

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

# (underlying, decimals of the price).
CONTRACTS = (("SOL", 6), ("ETH", 6), ("BTC", 4))
CONTRACT_PRICE_MAX = 10_000_000  # Of each, in USDC.
MARGIN_MIN = 10_000  # 0.01 USDC.
EXPOSURE_MAX = 50_000_000_000_000  # 50 million USDC of notional in each, of one account
HOUSE_EXPOSURE_MAX = 500_000_000_000_000  # and 500 million net, of all.


def first_commands(
    venue_id: str, profile: Profile = REFERENCE, *, bounded: bool = True
) -> list[Command]:
    """The commands of a new journal's first entry: one entry, so that it is all there or none.

    Unless prices are `bounded`, orders and quotes are taken at any price. That is for tests.
    """
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
            price_band_rate=PRICE_BAND_RATE if bounded else 0,
            impact_rate=IMPACT_RATE if bounded else 0,
        )
        for base, price_decimals, quantity_decimals, price_max, quantity_max in SPOT
    ]
    contracts = [
        ListContract(
            symbol=f"{base}_USDC_CFD",
            underlying=f"{base}_USDC",
            asset_id=ids["USDC"],
            price_decimals=decimals,
            price_max=CONTRACT_PRICE_MAX * 10**decimals,
            leverage_max=profile.leverage_max * LEVERAGE_ONE,
            margin_min=MARGIN_MIN,
            maintenance_rate=profile.maintenance_rate,
            spread_rate=profile.spread_rate,
            exposure_max=EXPOSURE_MAX,
            house_exposure_max=HOUSE_EXPOSURE_MAX,
        )
        for base, decimals in CONTRACTS
    ]
    rules = UseRules(version=RULES_KNOWN[-1])
    # Instruments and contracts share their ids, and get them in this order.
    ids_given = [
        InstrumentId(number) for number in range(1, len(instruments) + len(contracts) + 1)
    ]
    of_contracts = ids_given[len(instruments):]
    quote_rules = [
        *map(_quote_rules, ids_given[:len(instruments)]), *map(profile.quote_rules, of_contracts)
    ]
    terms = [profile.terms(each, ASSETS[0].decimals) for each in of_contracts]
    return [
        OpenVenue(venue_id=venue_id), rules, *ASSETS, *instruments, *contracts,
        *(quote_rules if bounded else ()),
        *terms,
    ]


def _quote_rules(instrument_id: InstrumentId) -> SetQuoteRules:
    return SetQuoteRules(
        instrument_id=instrument_id, band_rate=QUOTE_BAND_RATE,
        spread_max_rate=QUOTE_SPREAD_MAX_RATE,
    )
