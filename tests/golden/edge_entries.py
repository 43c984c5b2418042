"""Entries written by hand for the golden journal: each bound from both sides, by one unit.

A comparison that becomes strict, or is no longer so, changes an answer here.
"""

from golden.rare_entries import (
    ALICE,
    BOB,
    BTC,
    BTC_CFD,
    BTC_USD,
    CAROL,
    LARGEST,
    LONG,
    POOR,
    SHORT,
    SOL,
    SOL_CFD,
    SOL_USD,
    USD,
    closing,
    contract,
    exits,
    instrument,
    opening,
    order,
    quote,
    waiting,
)
from golden.recording import Recording
from outcry.engine.commands import (
    AddMargin,
    CancelOrder,
    CancelOrders,
    ChangeContract,
    ChangeInstrument,
    ChangePosition,
    CreateAccount,
    Deposit,
    Heartbeat,
    ListAsset,
    OpenVenue,
    PlaceOrder,
    ReplaceOrder,
    Withdraw,
)
from outcry.engine.units import BUY, FALLS, FOK, LIMIT, MARKET, RISES, SELL

EUR = 4
# Seven units of margin at 1x from a price of 2 can gain half a unit less than `LARGEST`.
TOO_MUCH = (2**63 - 1) // 7 + 2
TOO_MUCH_CFD, MUCH_CFD = 5, 6


def write_edge_entries(r: Recording) -> None:
    """The whole journal."""
    names(r)
    definitions(r)
    amounts(r)
    order_bounds(r)
    impact_and_amounts(r)
    shares(r)
    held_by_what_is_replaced(r)
    order_of_firing(r)
    quote_times(r)
    margins(r)
    limits_of_the_desk(r)
    what_the_house_can_owe(r)
    what_is_forgotten(r)


def names(r: Recording) -> None:
    r.write(OpenVenue(venue_id="x" * 65), OpenVenue(venue_id="x" * 64))
    r.write(
        ListAsset(symbol="USD", name="N" * 64, decimals=6),
        ListAsset(symbol="SOL", name="Sol\u00e9", decimals=9),
        ListAsset(symbol="BTC", name="B", decimals=8),
        ListAsset(symbol="E" * 64, name="Zero decimals", decimals=0),
    )
    r.write(*(
        ListAsset(symbol=symbol, name=name, decimals=decimals)
        for symbol, name, decimals in (
            ("F" * 65, "F", 0), ("F", "F" * 65, 0), ("F", "F\x00", 0), ("F", "F\n", 0),
            ("F", "F", -1), ("\u00e9", "F", 0), ("_", "F", 0), ("F-", "F", 0), ("", "F", 0),
        )
    ))


def definitions(r: Recording) -> None:
    r.write(
        instrument("SOL_USD", SOL, USD),
        instrument(
            "BTC_USD", BTC, USD, price_band_rate=100_000, impact_rate=50_000, open_orders_max=3,
            maker_fee_rate=-500,
        ),
        contract("SOL_CFD", positions_max=2), contract("BTC_CFD", quote_age_max_ms=1_000),
        contract("TOO_MUCH_CFD", asset_id=EUR, price_max=TOO_MUCH, margin_min=1),
        contract("MUCH_CFD", asset_id=EUR, price_max=TOO_MUCH - 1, margin_min=1),
    )
    r.write(*(
        instrument("A_B", SOL, USD, **{rule: value})
        for rule, values in {
            "price_decimals": (-1, 5, 10), "quantity_decimals": (-1, 5, 10),
            "tick_size": (0, LARGEST), "lot_size": (0, LARGEST), "price_min": (0, 1_000_001),
            "price_max": (0, LARGEST // 100), "quantity_min": (0, 1_000_001),
            "quantity_max": (0, LARGEST // 10**8), "maker_fee_rate": (10**6, -501),
            "taker_fee_rate": (10**6, -201), "price_band_rate": (-1, LARGEST),
            "impact_rate": (-1, LARGEST), "open_orders_max": (-1, LARGEST),
            "mark_decimals": (-1, 10),
        }.items() for value in values
    ))
    r.write(instrument("A_A", SOL, SOL))
    r.write(*(
        contract("A_CFD", **{rule: value})
        for rule, values in {
            "price_decimals": (-1, 10), "price_max": (0, LARGEST), "leverage_max": (9, 10**7 + 1),
            "margin_min": (0, LARGEST), "maintenance_rate": (-1, 10**6), "spread_rate": (-1, 10**6),
            "exposure_max": (-1, LARGEST), "house_exposure_max": (-1, LARGEST),
            "positions_max": (-1, LARGEST), "quote_age_max_ms": (0, LARGEST),
        }.items() for value in values
    ))


def amounts(r: Recording) -> None:
    """The largest sum an asset can have, and one unit more."""
    r.write(*(CreateAccount(user_key=key) for key in (1, 2, 3, 2**63 - 1)))
    r.write(*(
        Deposit(account_id=who, asset_id=asset, amount=10**15, key=10 * who + asset)
        for who in (ALICE, BOB, CAROL) for asset in (USD, SOL, BTC)
    ))
    r.write(
        Deposit(account_id=POOR, asset_id=EUR, amount=LARGEST, key=1),
        Deposit(account_id=POOR, asset_id=EUR, amount=LARGEST - 1, key=1),
        Deposit(account_id=POOR, asset_id=EUR, amount=1, key=2),
        Withdraw(account_id=POOR, asset_id=EUR, amount=LARGEST, key=2),
        Withdraw(account_id=POOR, asset_id=EUR, amount=LARGEST - 1, key=2),
        Deposit(account_id=ALICE, asset_id=EUR, amount=1_000, key=3),
        Deposit(account_id=POOR, asset_id=USD, amount=1_000_000, key=2**63 - 1),
    )


def order_bounds(r: Recording) -> None:
    r.write(
        order(ALICE, SELL, 10**6, 10**6), order(ALICE, BUY, 1, 1), order(POOR, BUY, 100, 101),
        order(POOR, BUY, 100, 100), order(POOR, BUY, 1, 1), order(CAROL, SELL, 100, 100),
        order(POOR, SELL, 100, 200), order(POOR, SELL, 99, 200), order(POOR, SELL, 1, 200),
        order(ALICE, BUY, 1, 1, client_id=2**32 - 1), order(ALICE, BUY, 1, 1, client_id=0),
        order(ALICE, BUY, 1, 1, client_id=-1), order(ALICE, BUY, 0, quote_amount=LARGEST),
        order(BOB, BUY, 0, quote_amount=LARGEST - 1, time_in_force=FOK),
    )
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, POOR)))
    r.write(
        order(ALICE, BUY, 1, 1, conditions=exits(1, 1)),
        order(ALICE, BUY, 1, 1, conditions=exits(2, 1)),
        order(ALICE, BUY, 1, 1, conditions=waiting(100, direction=1)),
        order(ALICE, BUY, 1, 1, conditions=waiting(100)),
        order(ALICE, BUY, 1, 1, conditions=waiting(101)),
        order(ALICE, BUY, 0, 1, conditions=waiting(101, share_rate=10**6)),
    )
    r.write(order(BOB, SELL, 2, 1_000, at=BTC_USD), order(CAROL, BUY, 2, 1_000, at=BTC_USD))
    r.write(*(order(ALICE, BUY, 1, price, at=BTC_USD) for price in (1_101, 899, 1_100, 900)))
    r.write(order(ALICE, BUY, 1, 905, at=BTC_USD), order(ALICE, BUY, 1, 906, at=BTC_USD))
    r.write(CancelOrders(account_id=ALICE, instrument_id=BTC_USD))


def impact_and_amounts(r: Recording) -> None:
    """The last level that a market order reaches, and amounts of exactly so many lots."""
    for side, prices in ((BUY, (1_001, 1_051, 1_052)), (SELL, (999, 950, 949))):
        r.write(*(
            order(who, -side, 1, price, at=BTC_USD)
            for who, price in zip((ALICE, BOB, CAROL), prices, strict=True)
        ))
        r.write(order(POOR, side, 1, at=BTC_USD), order(BOB, side, 2, at=BTC_USD))
        r.write(order(ALICE, side, 3, at=BTC_USD), order(ALICE, side, 1, at=BTC_USD))
        r.write(*(
            CancelOrders(account_id=who, instrument_id=BTC_USD) for who in (ALICE, BOB, CAROL)
        ))
    r.write(order(ALICE, SELL, 3, 1_000), order(BOB, SELL, 3, 1_001))
    r.write(*(
        order(CAROL, BUY, 0, quote_amount=amount)
        for amount in (99_999, 100_000, 199_999, 200_099, 100_100, 200_199, 100_100, 100_100)
    ))


def shares(r: Recording) -> None:
    """Shares of what is free that leave a fraction of a unit, or of a lot."""
    r.write(CreateAccount(user_key=5))
    who = r.engine.state.last_account_id
    r.write(
        Deposit(account_id=who, asset_id=USD, amount=1_000_003, key=50),
        Deposit(account_id=who, asset_id=SOL, amount=10**9 + 7, key=51),
        order(ALICE, SELL, 50, 100), order(BOB, BUY, 50, 99),
    )
    for price in (0, 100):
        for side in (BUY, SELL):
            for rate in (9_999, 333_333, 500_001, 990_001, 10**6):
                r.write(PlaceOrder(
                    account_id=who, instrument_id=SOL_USD, side=side,
                    order_type=LIMIT if price else MARKET, price=price,
                    conditions=waiting(99, share_rate=rate, direction=1),
                ))
    r.write(*(CancelOrders(account_id=each, instrument_id=SOL_USD) for each in (who, ALICE, BOB)))


def held_by_what_is_replaced(r: Recording) -> None:
    """The reserve of an order counts toward its replacement."""
    r.write(CreateAccount(user_key=7))
    who = r.engine.state.last_account_id
    r.write(
        Deposit(account_id=who, asset_id=USD, amount=100_000, key=70),
        Deposit(account_id=who, asset_id=SOL, amount=10**8, key=71),
    )
    for side, price in ((BUY, 50), (SELL, 5_000)):
        r.write(order(who, side, 8, price))
        r.write(*(
            ReplaceOrder(
                account_id=who, instrument_id=SOL_USD, order_id=r.engine.state.last_order_id,
                price=price + step, quantity=quantity,
            )
            for step, quantity in ((0, 21), (0, 20), (1, 20), (1, 10), (0, 10), (50, 10), (51, 10))
        ))
        r.write(CancelOrders(account_id=who, instrument_id=SOL_USD))


def order_of_firing(r: Recording) -> None:
    """The nearest fires first, of those as near the oldest, whichever way the price came."""
    def waits(who: int, side: int, price: int, direction: int, lots: int = 1) -> PlaceOrder:
        return order(who, side, lots, conditions=waiting(price, direction=direction))

    for nearer in (1, 2, 3):
        r.write(order(ALICE, SELL, 1, 101), order(BOB, BUY, 1, 101))
        r.write(
            order(ALICE, SELL, 30, 106), order(BOB, BUY, 30, 98), order(BOB, SELL, 1, 102),
            waits(CAROL, BUY, 102, RISES, 2), waits(CAROL, SELL, 102, RISES, 2),
            waits(CAROL, SELL, 102 - nearer, FALLS), waits(CAROL, BUY, 104, RISES),
            waits(CAROL, SELL, 100, FALLS), waits(CAROL, BUY, 105, RISES),
        )
        r.write(order(POOR, BUY, 1), order(CAROL, BUY, 1))
        r.write(*(
            CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, BOB, CAROL)
        ))


def quote_times(r: Recording) -> None:
    r.write(Heartbeat(), after_ms=20_000)
    for at in (SOL_USD, SOL_CFD):
        r.write(
            quote(r, at, 1_000_000, age_ms=5_001), quote(r, at, 1_000_000, age_ms=5_000),
            quote(r, at, 1_000_000, age_ms=5_001), quote(r, at, 1_000_000, age_ms=5_000),
            quote(r, at, 1_000_000, age_ms=-5_001), quote(r, at, 1_000_000, 999_999),
            quote(r, at, 0), quote(r, at, 1), quote(r, at, LARGEST - 1), quote(r, at, LARGEST),
            quote(r, at, 100_000_000), quote(r, at, 1, 100_000_001),
        )
    r.write(ChangeContract(instrument_id=BTC_CFD, spread_rate=500_001))
    r.write(*(quote(r, BTC_CFD, bid) for bid in (1, 2, 3)))
    r.write(ChangeContract(instrument_id=BTC_CFD, spread_rate=0), quote(r, BTC_CFD, 1_000_000))
    for after_ms in (1_000, 1):
        r.write(
            opening(ALICE, LONG, 1_000, 10, BTC_CFD), closing(ALICE, 1, 500),
            ChangePosition(account_id=ALICE, position_id=1, stop_loss=500_000), after_ms=after_ms,
        )


def margins(r: Recording) -> None:
    """The last free unit, parts down to the least margin, and triggers at the very price."""
    r.write(CreateAccount(user_key=6))
    who = r.engine.state.last_account_id
    r.write(quote(r, SOL_CFD, 1_000_000), quote(r, BTC_CFD, 1_000_000))
    r.write(
        Deposit(account_id=who, asset_id=USD, amount=1_000, key=60),
        opening(who, LONG, 1_001, 10), opening(who, LONG, 900, 10),
    )
    last = r.engine.state.last_position_id
    r.write(
        AddMargin(account_id=who, position_id=last, amount=101),
        AddMargin(account_id=who, position_id=last, amount=100),
        closing(who, last, 1_001), closing(who, last, 991), closing(who, last, 990),
        closing(who, last, 10), opening(who, SHORT, 9, 10), opening(who, SHORT, 10, 1_000),
    )
    last = r.engine.state.last_position_id
    r.write(*(
        ChangePosition(account_id=who, position_id=last, stop_loss=stop, take_profit=target)
        for stop, target in (
            (10**6, None), (10**6 + 1, None), (0, 10**6), (0, 10**6 - 1), (10**8, 0),
            (10**8 + 1, 0), (-1, 0), (0, -1),
        )
    ))
    r.write(closing(who, last))


def limits_of_the_desk(r: Recording) -> None:
    r.write(
        ChangeContract(instrument_id=BTC_CFD, exposure_max=100_000, house_exposure_max=150_000),
        closing(ALICE, 1), opening(ALICE, LONG, 9_999, 100, BTC_CFD),
        opening(ALICE, LONG, 11, 10, BTC_CFD), opening(ALICE, LONG, 10, 10, BTC_CFD),
        opening(BOB, LONG, 50_001, 10, BTC_CFD), opening(BOB, LONG, 50_000, 10, BTC_CFD),
        opening(CAROL, LONG, 10, 10, BTC_CFD), opening(CAROL, SHORT, 10, 10, BTC_CFD),
    )
    r.write(
        opening(BOB, LONG, 10, 10), opening(BOB, LONG, 10, 1_000), opening(BOB, LONG, 10, 10),
        opening(CAROL, LONG, 10, 1_000, stop_loss=999_999, take_profit=1_000_001),
        opening(CAROL, LONG, 10, 1_001),
    )
    r.write(
        ChangeContract(instrument_id=BTC_CFD, house_exposure_max=1_000),
        opening(CAROL, LONG, 10, 10, BTC_CFD), opening(CAROL, SHORT, 10, 10, BTC_CFD),
    )
    r.write(ChangeContract(
        instrument_id=BTC_CFD, maintenance_rate=10_000, exposure_max=0, house_exposure_max=0
    ))
    r.write(
        opening(CAROL, LONG, 100, 1_000, BTC_CFD), opening(CAROL, LONG, 100, 999, BTC_CFD),
        ChangeContract(instrument_id=BTC_CFD, spread_rate=50_000),
        *(
            opening(CAROL, direction, 1_000, leverage, BTC_CFD)
            for direction in (LONG, SHORT) for leverage in range(84, 96)
        ),
    )


def what_the_house_can_owe(r: Recording) -> None:
    """The house refuses a position that could gain `LARGEST` at some price."""
    r.write(quote(r, TOO_MUCH_CFD, 2), quote(r, MUCH_CFD, 2))
    r.write(
        opening(ALICE, LONG, 7, 10, TOO_MUCH_CFD), opening(ALICE, LONG, 8, 10, MUCH_CFD),
        opening(ALICE, LONG, 7, 10, MUCH_CFD),
    )
    last = r.engine.state.last_position_id
    r.write(*(opening(ALICE, SHORT, margin, 10, MUCH_CFD) for margin in (5, 4, 3, 2, 1)))
    r.write(quote(r, MUCH_CFD, TOO_MUCH - 1), after_ms=1)
    r.write(closing(ALICE, last, 3), closing(ALICE, last))
    r.write(quote(r, MUCH_CFD, 2), after_ms=1)
    r.write(opening(ALICE, LONG, 1, 10, MUCH_CFD))


def what_is_forgotten(r: Recording) -> None:
    """Client ids after ten minutes or a thousand orders, writers after an hour, to the ms."""
    r.write(order(ALICE, BUY, 1, 1, client_id=77), Heartbeat())
    r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, client_id=77))
    for after_ms in (599_999, 1):
        r.write(order(ALICE, BUY, 1, 1, client_id=77), after_ms=after_ms)
    for idle_ms in (3_599_999, 3_600_000):
        r.write(Heartbeat(), writer=9, number=1)
        r.write(Heartbeat(), after_ms=idle_ms)
        r.write(CreateAccount(user_key=1), writer=9, number=1)
        r.write(Heartbeat(), after_ms=3_600_000)
    for number in (2, 2, 4, 3, 4, 5):
        r.write(CreateAccount(user_key=1), writer=9, number=number)
    r.write(Heartbeat(), after_ms=499)
    r.write(order(ALICE, BUY, 1, 2), ChangeInstrument(instrument_id=SOL_USD, open_orders_max=0))
    r.write(Heartbeat(), after_ms=499)
    r.write(Heartbeat(), after_ms=1)
    many = range(1_000, 2_001)
    r.write(ChangeInstrument(instrument_id=SOL_USD, open_orders_max=10))
    for first in range(0, len(many), 250):
        r.write(*(
            command for client_id in many[first:first + 250] for command in (
                order(BOB, BUY, 1, 1, client_id=client_id),
                CancelOrder(account_id=BOB, instrument_id=SOL_USD, client_id=client_id),
            )
        ))
    r.write(*(order(BOB, BUY, 1, 1, client_id=client_id) for client_id in many[:3]))
