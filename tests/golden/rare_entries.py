"""Entries written by hand for the golden journal: each rule of the engine once, where it bends.

Random traffic rarely meets the last unit of a fee, a gap past a liquidation, or a halt while
triggers wait. SOL_USD charges ordinary fees; BTC_USD pays its makers and bounds its prices.
"""

from typing import Any

from golden.recording import Recording
from outcry.engine.commands import (
    AddMargin,
    CancelOrder,
    CancelOrders,
    ChangeContract,
    ChangeInstrument,
    ChangePosition,
    ClosePosition,
    Conditions,
    CreateAccount,
    Deposit,
    Exit,
    Heartbeat,
    ListAsset,
    ListContract,
    ListInstrument,
    OpenPosition,
    OpenVenue,
    PlaceOrder,
    ReplaceOrder,
    SetQuote,
    Trigger,
    UseRules,
    Withdraw,
)
from outcry.engine.units import (
    BUY,
    CANCEL_ONLY,
    CLOSED,
    FALLS,
    FOK,
    GTC,
    IOC,
    LIMIT,
    LIMIT_ONLY,
    LONG,
    MARK_PRICE,
    MARKET,
    OPEN,
    POST_ONLY,
    REJECT_BOTH,
    REJECT_MAKER,
    REJECT_TAKER,
    RESTING_ORDERS,
    RISES,
    SELL,
    SHORT,
    WAITING_ORDERS,
)

USD, SOL, BTC = 1, 2, 3
SOL_USD, BTC_USD, SOL_CFD, BTC_CFD = 1, 2, 3, 4
ALICE, BOB, CAROL, POOR = 100, 101, 102, 103
LARGEST = 2**62


def order(
    who: int, side: int, quantity: int, price: int = 0, *, at: int = SOL_USD, **more: Any
) -> PlaceOrder:
    """A limit order, or a market order when it has no price."""
    return PlaceOrder(
        account_id=who, instrument_id=at, side=side, order_type=LIMIT if price else MARKET,
        price=price, quantity=quantity, **more,
    )


def waiting(price: int, *, profit: Exit | None = None, loss: Exit | None = None,
            **more: int) -> Conditions:
    return Conditions(trigger=Trigger(price=price, **more), take_profit=profit, stop_loss=loss)


def exits(profit: int = 0, loss: int = 0, **more: int) -> Conditions:
    return Conditions(
        take_profit=Exit(trigger_price=profit, **more) if profit else None,
        stop_loss=Exit(trigger_price=loss, **more) if loss else None,
    )


def instrument(symbol: str, base: int, quote: int, **rules: int) -> ListInstrument:
    given = {
        "price_decimals": 2, "tick_size": 1, "quantity_decimals": 2, "lot_size": 1,
        "price_min": 1, "price_max": 1_000_000, "quantity_min": 1, "quantity_max": 1_000_000,
        "maker_fee_rate": 200, "taker_fee_rate": 500, **rules,
    }
    return ListInstrument(symbol=symbol, base_asset_id=base, quote_asset_id=quote, **given)


def contract(symbol: str, **rules: int) -> ListContract:
    given = {
        "asset_id": USD, "price_decimals": 4, "price_max": 100_000_000, "leverage_max": 1_000,
        "margin_min": 10, **rules,
    }
    return ListContract(symbol=symbol, underlying=symbol.removesuffix("_CFD"), **given)


def quote(r: Recording, at: int, bid: int, ask: int = 0, *, age_ms: int = 0) -> SetQuote:
    return SetQuote(
        instrument_id=at, bid=bid, ask=ask or bid, source_ms=r.now_ms - age_ms
    )


def write_rare_entries(r: Recording) -> None:
    """The whole journal."""
    listing(r)
    money(r)
    refused_entries(r)
    times_in_force(r)
    refused_orders(r)
    self_trades(r)
    fees_and_rebates(r)
    replacements(r)
    triggers(r)
    attached_exits(r)
    halts(r)
    bounds(r)
    positions(r)
    refused_positions(r)
    position_triggers(r)
    gaps(r)
    contract_states(r)
    forgotten(r)


def listing(r: Recording) -> None:
    r.write(Heartbeat(), UseRules(version=1), UseRules(version=0), UseRules(version=-1))
    r.write(OpenVenue(venue_id=""), OpenVenue(venue_id="golden-1"), OpenVenue(venue_id="again"))
    r.write(
        ListAsset(symbol="USD", name="Dollar", decimals=6),
        ListAsset(symbol="SOL", name="Solana", decimals=9),
        ListAsset(symbol="BTC", name="Bitcoin", decimals=8),
        ListAsset(symbol="SOL", name="Again", decimals=9),
        ListAsset(symbol="A B", name="Blank", decimals=2),
        ListAsset(symbol="EUR", name="", decimals=2),
        ListAsset(symbol="EUR", name="Euro", decimals=10),
    )
    r.write(
        instrument("SOL_USD", SOL, USD),
        instrument(
            "BTC_USD", BTC, USD, price_decimals=1, tick_size=5, quantity_decimals=4, lot_size=2,
            maker_fee_rate=-333, taker_fee_rate=777, price_band_rate=100_000, impact_rate=50_000,
            open_orders_max=4, mark_decimals=2,
        ),
        instrument("SOL_USD", BTC, USD), instrument("X_Y", 9, USD),
        instrument("SOL_BTC", SOL, BTC, price_decimals=9),
        instrument("SOL_BTC", SOL, BTC, price_min=9, price_max=8),
    )
    r.write(
        contract("SOL_CFD"),
        contract(
            "BTC_CFD", maintenance_rate=5_000, spread_rate=1_234, exposure_max=90_000_000,
            house_exposure_max=100_000_000, positions_max=3, quote_age_max_ms=1_000,
        ),
        contract("SOL_CFD"), contract("ETH_CFD", asset_id=9), contract("ETH_CFD", leverage_max=9),
    )


def money(r: Recording) -> None:
    r.write(*(CreateAccount(user_key=key) for key in (11, 12, 13, 14, 11, 0, -1)))
    r.write(*(
        Deposit(account_id=who, asset_id=asset, amount=10**15, key=10 * who + asset)
        for who in (ALICE, BOB, CAROL) for asset in (USD, SOL, BTC)
    ))
    r.write(
        Deposit(account_id=POOR, asset_id=USD, amount=1_000_000, key=1),
        Deposit(account_id=POOR, asset_id=USD, amount=1, key=1),
        Deposit(account_id=POOR, asset_id=9, amount=1, key=2),
        Deposit(account_id=999, asset_id=USD, amount=1, key=2),
        Deposit(account_id=POOR, asset_id=USD, amount=0, key=2),
        Deposit(account_id=POOR, asset_id=BTC, amount=LARGEST - 1, key=2),
        Withdraw(account_id=POOR, asset_id=USD, amount=250_000, key=3),
        Withdraw(account_id=POOR, asset_id=USD, amount=1, key=3),
        Withdraw(account_id=POOR, asset_id=USD, amount=750_001, key=4),
        Withdraw(account_id=POOR, asset_id=USD, amount=-1, key=4),
        Withdraw(account_id=0, asset_id=USD, amount=1, key=4),
        Deposit(account_id=2, asset_id=USD, amount=5, key=-(2**63)),
    )


def refused_entries(r: Recording) -> None:
    r.write(Heartbeat(), number=1)
    r.write(Heartbeat(), Heartbeat(), number=r.number)
    r.write(Heartbeat(), writer=2**63 - 1, number=2**63 - 1, after_ms=1)
    r.write(Heartbeat(), CreateAccount(user_key=15), deadline_ms=r.now_ms - 1)
    r.write(Heartbeat(), deadline_ms=r.now_ms)
    r.write(
        CreateAccount(user_key=15), CreateAccount(user_key=16), CreateAccount(user_key=17),
        quarantined=(0, 2),
    )
    r.write(Heartbeat(), quarantined=(5,))
    for broken in (
        b"", b"\xc1", b"\x92\x00", b"\x05", b"\x92\x00\x91\x92\x00\xa1\xff",
        b"\x92\x00\x91\x92\x0a\xa1a", b"\x92\x00\x91\x91\x0a",
        b"\x92\x00\x91\x92\x0a\xcf" + b"\xff" * 8,
    ):
        r.number += 1
        r.write_raw(broken, writer=7, number=r.number)
    r.write()


def times_in_force(r: Recording) -> None:
    r.write(
        order(ALICE, SELL, 100, 15_000), order(ALICE, SELL, 100, 15_001, client_id=1),
        order(BOB, BUY, 100, 14_990, client_id=1), order(BOB, BUY, 50, 14_980, post_only=True),
    )
    r.write(order(CAROL, BUY, 150, 15_001, time_in_force=IOC))
    r.write(order(CAROL, BUY, 100, 15_001, time_in_force=IOC))
    r.write(order(ALICE, SELL, 10, 15_000))
    r.write(
        order(CAROL, BUY, 11, 15_000, time_in_force=FOK),
        order(CAROL, BUY, 10, 15_000, time_in_force=FOK),
        order(CAROL, BUY, 10, 15_000, post_only=True),
        order(CAROL, SELL, 10, 14_990, post_only=True),
    )
    r.write(order(ALICE, SELL, 70, 15_010), order(BOB, SELL, 70, 15_020))
    r.write(
        order(CAROL, BUY, 20), order(CAROL, BUY, 0, quote_amount=15_010_000),
        order(CAROL, BUY, 0, quote_amount=1_501_099, time_in_force=FOK),
        order(CAROL, SELL, 200), order(CAROL, BUY, 500, time_in_force=FOK),
        order(CAROL, BUY, 500), order(CAROL, BUY, 0, quote_amount=10**6),
    )
    r.write(
        order(ALICE, SELL, 100, 15_000), order(POOR, BUY, 0, quote_amount=749_999),
        order(POOR, BUY, 1, 15_000),
    )
    r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, client_id=1))
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, BOB, CAROL)))
    for tif in (GTC, IOC, FOK):
        r.write(order(BOB, BUY, 15, 14_990), order(BOB, SELL, 15, 15_000))
        r.write(*(
            order(CAROL, side, lots, price, time_in_force=tif)
            for lots in (10, 10) for side, limit in ((BUY, 15_000), (SELL, 14_990))
            for price in (0, limit)
        ))
        r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (BOB, CAROL)))


def refused_orders(r: Recording) -> None:
    r.write(
        order(ALICE, BUY, 1, 1, at=9), order(999, BUY, 1, 1), order(2, BUY, 1, 1),
        order(ALICE, 0, 1, 1), order(ALICE, BUY, 1, 1, time_in_force=4),
        order(ALICE, BUY, 1, 1, self_trade=0), order(ALICE, BUY, 1, 1, client_id=2**32),
        order(ALICE, BUY, 1, post_only=True), order(ALICE, BUY, 0, 1),
        order(ALICE, BUY, 1_000_001, 1), order(ALICE, BUY, 1, 1_000_001), order(ALICE, BUY, 0),
        order(ALICE, BUY, 1, quote_amount=1), order(ALICE, BUY, 1, 1, quote_amount=1),
        order(ALICE, BUY, 1, 1, client_id=1), order(POOR, SELL, 1, 1), order(POOR, BUY, 1, 14_000),
    )
    r.write(
        order(ALICE, BUY, 1, 1, conditions=exits(5, 6)),
        order(ALICE, SELL, 1, 1, conditions=exits(6, 5)),
        order(ALICE, BUY, 1, 1, conditions=exits(1_000_001)),
        order(ALICE, BUY, 1, 1, conditions=exits(5, follows=3)),
        order(ALICE, BUY, 1, 1, conditions=exits(5, limit_price=-1)),
        order(ALICE, BUY, 1, 1, conditions=waiting(5, direction=2)),
        order(ALICE, BUY, 1, 1, conditions=waiting(5, share_rate=1)),
        order(ALICE, BUY, 0, 1, conditions=waiting(5, share_rate=1_000_001)),
        order(ALICE, BUY, 0, conditions=waiting(5, share_rate=-1)),
        order(ALICE, BUY, 1, 1, conditions=waiting(5, follows=MARK_PRICE)),
        order(ALICE, BUY, 1, 1, conditions=waiting(0)),
    )
    r.write(
        CancelOrder(account_id=ALICE, instrument_id=SOL_USD, order_id=1),
        CancelOrder(account_id=999, instrument_id=SOL_USD, order_id=1),
        CancelOrders(account_id=ALICE, instrument_id=9),
        CancelOrders(account_id=999, instrument_id=SOL_USD),
        CancelOrders(account_id=ALICE, instrument_id=SOL_USD, kind=3),
        ReplaceOrder(account_id=999, instrument_id=SOL_USD, order_id=1),
        ReplaceOrder(account_id=ALICE, instrument_id=SOL_USD, order_id=1, price=1),
    )


def self_trades(r: Recording) -> None:
    for mode in (REJECT_TAKER, REJECT_MAKER, REJECT_BOTH):
        for tif in (GTC, IOC, FOK):
            r.write(
                order(BOB, SELL, 5, 14_999), order(ALICE, SELL, 5, 15_000),
                order(BOB, SELL, 5, 15_000), order(ALICE, SELL, 5, 15_001),
            )
            r.write(order(ALICE, BUY, 10, 15_000, self_trade=mode, time_in_force=tif))
            r.write(order(ALICE, BUY, 12, 15_001, self_trade=mode), order(ALICE, BUY, 3))
            r.write(order(ALICE, BUY, 0, quote_amount=900_000, self_trade=mode))
            r.write(*(
                CancelOrders(account_id=who, instrument_id=SOL_USD, kind=RESTING_ORDERS)
                for who in (ALICE, BOB)
            ))


def fees_and_rebates(r: Recording) -> None:
    """Fractions of a unit add up over the fills of one order."""
    r.write(order(ALICE, SELL, 1_000, 100, at=BTC_USD), order(BOB, BUY, 1, 100, at=BTC_USD))
    r.write(*(order(BOB, BUY, lots, 100, at=BTC_USD) for lots in (1, 1, 3, 7, 11)))
    r.write(order(BOB, BUY, 2_000, 100, at=BTC_USD))
    r.write(*(order(CAROL, SELL, lots, at=BTC_USD) for lots in (1, 2, 3, 333)))
    r.write(ChangeInstrument(
        instrument_id=BTC_USD, maker_fee_rate=999_999, taker_fee_rate=333_333
    ))
    r.write(*(order(CAROL, SELL, lots, 100, at=BTC_USD) for lots in (1, 2, 5)))
    r.write(
        ChangeInstrument(instrument_id=BTC_USD, maker_fee_rate=-333, taker_fee_rate=777),
        ChangeInstrument(instrument_id=BTC_USD, maker_fee_rate=-778),
        CancelOrders(account_id=BOB, instrument_id=BTC_USD),
    )


def replacements(r: Recording) -> None:
    def replaced(order_id: int = 0, **more: Any) -> ReplaceOrder:
        return ReplaceOrder(
            account_id=ALICE, instrument_id=SOL_USD, order_id=order_id, **more
        )

    r.write(order(ALICE, SELL, 10, 15_000, client_id=20), order(BOB, SELL, 10, 15_000))
    first = r.engine.state.last_order_id - 1
    r.write(order(CAROL, BUY, 4, 15_000))
    r.write(replaced(first, quantity=6), replaced(client_id=20, quantity=9))
    r.write(
        replaced(first, quantity=4), replaced(first, quantity=-1), replaced(first, price=-5),
        replaced(first, quantity=1_000_001), replaced(first, price=1_000_001), replaced(first),
    )
    r.write(order(CAROL, BUY, 12, 15_000), order(CAROL, BUY, 2, 14_990))
    r.write(order(ALICE, SELL, 3, 15_100, post_only=True))
    first = r.engine.state.last_order_id
    r.write(replaced(first, price=14_990), replaced(first, price=15_050, quantity=8))
    r.write(order(ALICE, SELL, 5, 15_200, conditions=exits(14_000, 16_000)))
    r.write(replaced(r.engine.state.last_order_id, price=14_990))
    r.write(order(POOR, BUY, 1, 2_000))
    r.write(ReplaceOrder(
        account_id=POOR, instrument_id=SOL_USD, order_id=r.engine.state.last_order_id, price=9_000
    ))
    r.write(order(ALICE, BUY, 5, 14_000, conditions=waiting(16_000)))
    r.write(replaced(r.engine.state.last_order_id, price=15_000))
    r.write(*(
        CancelOrders(account_id=ALICE, instrument_id=SOL_USD, kind=kind)
        for kind in (WAITING_ORDERS, RESTING_ORDERS)
    ))
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (BOB, CAROL, POOR)))


def triggers(r: Recording) -> None:
    """Each price, direction and share, and a cascade; the last trade was at 14,990."""
    r.write(quote(r, SOL_USD, 149_800_001, 149_800_002), order(BOB, BUY, 900, 14_900))
    r.write(order(BOB, SELL, 900, 15_100))
    for follows in (1, MARK_PRICE):
        r.write(
            order(ALICE, BUY, 5, conditions=waiting(15_050, follows=follows)),
            order(ALICE, SELL, 5, 14_900, conditions=waiting(14_950, follows=follows)),
            order(ALICE, BUY, 5, conditions=waiting(15_040, follows=follows, direction=RISES)),
            order(ALICE, SELL, 5, conditions=waiting(14_940, follows=follows, direction=FALLS)),
            order(ALICE, BUY, 5, conditions=waiting(15_900, follows=follows, direction=FALLS)),
        )
        r.write(
            order(ALICE, SELL, 0, conditions=waiting(15_100, share_rate=1, follows=follows)),
            order(CAROL, BUY, 0, conditions=waiting(15_100, share_rate=333, follows=follows)),
            order(CAROL, BUY, 0, 15_000, conditions=waiting(15_099, share_rate=7)),
            order(POOR, BUY, 0, 15_000, conditions=waiting(15_099, share_rate=10)),
            order(ALICE, BUY, 0, quote_amount=10**7, conditions=waiting(15_098)),
            order(ALICE, BUY, 3, 15_100, post_only=True, conditions=waiting(15_097)),
            order(ALICE, BUY, 3, 15_090, time_in_force=IOC, conditions=waiting(15_096)),
            order(POOR, SELL, 3, conditions=waiting(15_095)),
        )
        for tif in (GTC, IOC, FOK):
            r.write(*(
                order(CAROL, side, 2, price, time_in_force=tif, conditions=waiting(
                    15_100 + side, follows=follows
                ))
                for side in (BUY, SELL) for price in (0, 15_000)
            ))
        r.write(*(
            order(CAROL, side, 0, quote_amount=10**6, conditions=waiting(
                14_900, follows=follows, direction=direction
            ))
            for side in (BUY, SELL) for direction in (RISES, FALLS)
        ))
    r.write(quote(r, SOL_USD, 149_490_000, 149_510_000), after_ms=1)
    r.write(quote(r, SOL_USD, 149_400_000, 149_390_000), quote(r, SOL_USD, 149_400_000), after_ms=1)
    r.write(quote(r, SOL_USD, 151_000_000, 151_000_001), after_ms=1)
    r.write(order(CAROL, BUY, 1, 15_100), order(CAROL, SELL, 1, 14_900))
    r.write(
        quote(r, SOL_USD, 0), quote(r, SOL_USD, 1, age_ms=-5_001), quote(r, SOL_USD, 1, age_ms=9),
        quote(r, SOL_USD, 1, age_ms=5_001), quote(r, 9, 1), quote(r, SOL_USD, 1, age_ms=-5_000),
    )
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, BOB, CAROL)))


def attached_exits(r: Recording) -> None:
    r.write(order(BOB, BUY, 900, 14_900), order(BOB, SELL, 900, 15_100))
    r.write(
        order(ALICE, BUY, 7, conditions=exits(15_200, 14_800)),
        order(ALICE, SELL, 7, conditions=exits(14_800, 15_200)),
        order(CAROL, BUY, 9, 15_100, conditions=exits(15_300)),
        order(CAROL, SELL, 9, 14_900, conditions=exits(loss=15_250, limit_price=15_400)),
        order(CAROL, BUY, 0, quote_amount=15_100_000, conditions=exits(loss=14_700)),
        order(CAROL, BUY, 9, conditions=exits(15_400, 14_600, follows=MARK_PRICE)),
        order(CAROL, BUY, 9, 15_000, conditions=waiting(
            15_050, profit=Exit(trigger_price=15_500), loss=Exit(trigger_price=14_500)
        )),
    )
    r.write(order(ALICE, BUY, 20, 14_950, conditions=exits(15_210, 14_790)))
    parent = r.engine.state.last_order_id
    r.write(order(BOB, SELL, 6, 14_950))
    r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, order_id=parent))
    r.write(
        order(CAROL, BUY, 5, 14_940, time_in_force=IOC, conditions=exits(15_500)),
        order(CAROL, BUY, 1, 1, conditions=exits(1, follows=MARK_PRICE)),
    )
    r.write(CancelOrders(account_id=BOB, instrument_id=SOL_USD))
    r.write(order(BOB, SELL, 50, 15_210), order(BOB, BUY, 30, 14_780))
    r.write(order(CAROL, BUY, 2))
    r.write(order(CAROL, SELL, 2))
    r.write(quote(r, SOL_USD, 154_000_000), after_ms=5_001)
    r.write(quote(r, SOL_USD, 145_000_000), after_ms=1)
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, BOB, CAROL)))


def halts(r: Recording) -> None:
    """Triggers that are reached while the book is halted fire when it opens."""
    r.write(order(BOB, BUY, 90, 14_900), order(BOB, SELL, 90, 15_100))
    for state in (POST_ONLY, LIMIT_ONLY, CANCEL_ONLY, CLOSED):
        r.write(order(ALICE, BUY, 4, conditions=waiting(15_100, direction=RISES)))
        r.write(order(ALICE, SELL, 4, conditions=waiting(1_000, direction=FALLS)))
        resting = r.engine.state.last_order_id
        r.write(ChangeInstrument(instrument_id=SOL_USD, state=state))
        r.write(
            order(CAROL, BUY, 2, 15_100), order(CAROL, BUY, 2), order(CAROL, BUY, 2, 15_000),
            order(CAROL, BUY, 2, 14_999, post_only=True),
            order(CAROL, BUY, 2, 15_100, time_in_force=IOC),
            order(CAROL, BUY, 2, 15_100, time_in_force=FOK),
            order(CAROL, BUY, 2, 15_100, conditions=waiting(15_300)),
        )
        r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, order_id=resting))
        r.write(ChangeInstrument(instrument_id=SOL_USD, state=OPEN))
    r.write(
        ChangeInstrument(instrument_id=SOL_USD, state=6), ChangeInstrument(instrument_id=9),
        ChangeInstrument(instrument_id=SOL_USD, price_min=5, price_max=4),
        ChangeInstrument(instrument_id=SOL_USD),
    )
    r.write(*(CancelOrders(account_id=who, instrument_id=SOL_USD) for who in (ALICE, BOB, CAROL)))


def bounds(r: Recording) -> None:
    """Bands, impact, and as many orders as one may have; the last trade was at 100."""
    r.write(*(order(ALICE, SELL, 10, price, at=BTC_USD) for price in (102, 104, 108, 110, 111)))
    r.write(order(BOB, BUY, 40, at=BTC_USD), order(BOB, BUY, 1, 112, at=BTC_USD))
    r.write(order(BOB, BUY, 20, 200, at=BTC_USD, conditions=waiting(105, direction=RISES)))
    r.write(order(BOB, BUY, 1, 108, at=BTC_USD))
    r.write(*(order(CAROL, BUY, 1, 90 + step, at=BTC_USD) for step in range(6)))
    r.write(
        ChangeInstrument(
            instrument_id=BTC_USD, price_min=95, price_max=500, quantity_min=2, quantity_max=9,
            price_band_rate=0, impact_rate=0, open_orders_max=6,
        ),
        order(BOB, BUY, 1, 108, at=BTC_USD), order(BOB, BUY, 10, 108, at=BTC_USD),
        order(BOB, BUY, 2, 94, at=BTC_USD), order(BOB, BUY, 9, 500, at=BTC_USD),
        CancelOrders(account_id=CAROL, instrument_id=BTC_USD),
    )


def opening(
    who: int, direction: int, margin: int, leverage: int, at: int = SOL_CFD, **more: Any
) -> OpenPosition:
    return OpenPosition(
        account_id=who, instrument_id=at, direction=direction, margin=margin, leverage=leverage,
        **more,
    )


def closing(who: int, position_id: int, margin: int = 0) -> ClosePosition:
    return ClosePosition(
        account_id=who, position_id=position_id, margin=margin, request_id=b"close"
    )


def positions(r: Recording) -> None:
    """Opened, added to, and closed in parts that do not divide."""
    r.write(opening(ALICE, LONG, 1_000, 15))
    r.write(quote(r, SOL_CFD, 1_999_999, 2_000_003), quote(r, BTC_CFD, 7_000_001, 7_000_009))
    r.write(
        opening(ALICE, LONG, 1_000_003, 37, request_id=b"0123456789abcdef"),
        opening(ALICE, SHORT, 999_999, 1_000),
        opening(BOB, LONG, 777, 10), opening(BOB, SHORT, 777, 10),
        opening(CAROL, LONG, 1_000_001, 33, BTC_CFD),
        opening(CAROL, SHORT, 10_007, 55, BTC_CFD, stop_loss=8_000_000, take_profit=6_000_000),
    )
    r.write(
        AddMargin(account_id=ALICE, position_id=1, amount=17, request_id=b"add"),
        AddMargin(account_id=ALICE, position_id=2, amount=10**9),
        ChangePosition(
            account_id=ALICE, position_id=1, stop_loss=1_900_000, take_profit=2_100_000,
            request_id=b"change",
        ),
        ChangePosition(account_id=ALICE, position_id=1, stop_loss=0),
        ChangePosition(account_id=ALICE, position_id=1),
    )
    for bid in (2_000_033, 1_999_967, 2_012_345):
        r.write(quote(r, SOL_CFD, bid, bid + 7), after_ms=40)
        r.write(*(closing(ALICE, number, part) for number in (1, 2) for part in (1, 333, 77_777)))
        r.write(closing(BOB, 3, 13), closing(BOB, 4, 13), closing(CAROL, 5, 100_001))
    r.write(closing(ALICE, 1), closing(BOB, 3), closing(BOB, 4, 738), closing(CAROL, 6))


def refused_positions(r: Recording) -> None:
    r.write(quote(r, SOL_CFD, 2_000_000), quote(r, BTC_CFD, 7_000_000), after_ms=40)
    r.write(
        opening(ALICE, LONG, 1_000, 10, 9), opening(999, LONG, 1_000, 10),
        opening(2, LONG, 1_000, 10), opening(ALICE, 0, 1_000, 10), opening(ALICE, LONG, 9, 10),
        opening(ALICE, LONG, LARGEST, 10), opening(ALICE, LONG, 1_000, 9),
        opening(ALICE, LONG, 1_000, 1_001), opening(ALICE, LONG, 1_000, 10, stop_loss=2_000_000),
        opening(ALICE, SHORT, 1_000, 10, take_profit=2_000_000),
        opening(ALICE, LONG, 1_000, 10, take_profit=-1),
        opening(POOR, LONG, 10**7, 10), opening(ALICE, LONG, 10**7, 100, BTC_CFD),
        opening(ALICE, SHORT, 100, 1_000, BTC_CFD),
    )
    r.write(
        ChangeContract(instrument_id=BTC_CFD, spread_rate=20_000),
        opening(ALICE, LONG, 1_000, 1_000, BTC_CFD),
        ChangeContract(instrument_id=BTC_CFD, maintenance_rate=100_000),
        opening(ALICE, LONG, 1_000, 1_000, BTC_CFD),
        ChangeContract(instrument_id=BTC_CFD, maintenance_rate=5_000, spread_rate=1_234),
        *(opening(BOB, LONG, 100, 10, BTC_CFD) for _ in range(4)),
        opening(ALICE, LONG, 8 * 10**6, 100, BTC_CFD),
        opening(BOB, LONG, 8 * 10**6, 100, BTC_CFD),
        opening(CAROL, LONG, 8 * 10**6, 100, BTC_CFD),
        opening(CAROL, SHORT, 10**6, 100, BTC_CFD),
        opening(ALICE, LONG, 10**13, 1_000),
    )
    last = r.engine.state.last_position_id
    r.write(
        closing(POOR, last), closing(ALICE, 10**6), closing(ALICE, 2, -1),
        closing(ALICE, 2, 10**12), closing(CAROL, last, 10**6 - 1), closing(999, 2),
        AddMargin(account_id=POOR, position_id=2, amount=1),
        AddMargin(account_id=ALICE, position_id=2, amount=0),
        AddMargin(account_id=ALICE, position_id=2, amount=10**16),
        ChangePosition(account_id=POOR, position_id=2, stop_loss=1),
        ChangePosition(account_id=ALICE, position_id=2, stop_loss=1),
    )
    r.write(
        closing(CAROL, last), ChangePosition(account_id=CAROL, position_id=last, stop_loss=0),
        opening(CAROL, LONG, 1_000, 10, BTC_CFD), after_ms=1_001,
    )


def position_triggers(r: Recording) -> None:
    """Every price exactly reached, and one unit before."""
    for direction in (LONG, SHORT):
        r.write(quote(r, SOL_CFD, 2_000_000), after_ms=5)
        stop, target = 2_000_000 - direction * 1_000, 2_000_000 + direction * 1_000
        r.write(
            opening(BOB, direction, 5_000, 100, stop_loss=stop, take_profit=target),
            opening(BOB, direction, 5_001, 1_000, take_profit=target),
            opening(BOB, direction, 5_003, 30, stop_loss=stop),
            opening(CAROL, direction, 5_003, 33, stop_loss=stop - direction),
        )
        r.write(quote(r, SOL_CFD, target - direction), after_ms=5)
        r.write(quote(r, SOL_CFD, target), after_ms=5)
        r.write(quote(r, SOL_CFD, stop + direction), after_ms=5)
        r.write(quote(r, SOL_CFD, stop), after_ms=5)
        r.write(opening(BOB, direction, 4_001, 77))
        position = r.engine.state.positions[r.engine.state.last_position_id]
        gone = position.liquidation_price
        r.write(quote(r, SOL_CFD, gone + direction), after_ms=5)
        r.write(quote(r, SOL_CFD, gone), after_ms=5)


def gaps(r: Recording) -> None:
    """A jump past everything at once: the worst for the position, in order, and a shortfall."""
    for direction in (LONG, SHORT):
        r.write(quote(r, SOL_CFD, 2_000_000, 2_000_010), after_ms=5)
        r.write(*(
            opening(
                who, direction, 3_000 + leverage, leverage,
                stop_loss=(2_000_000 - direction * 500) * (leverage < 100),
                take_profit=(2_000_010 + direction * 10_000) * (leverage > 200),
            )
            for who in (ALICE, BOB, CAROL) for leverage in (10, 55, 333, 1_000)
        ))
        r.write(quote(r, SOL_CFD, 2_000_000 - direction * 900_000), after_ms=5)
        r.write(quote(r, SOL_CFD, 2_000_000 + direction * 1_900_000), after_ms=5)
    r.write(quote(r, SOL_CFD, 1), quote(r, SOL_CFD, 100_000_000), after_ms=5)
    r.write(quote(r, SOL_CFD, 100_000_001), quote(r, SOL_CFD, -1), quote(r, SOL_CFD, 5, 4))


def contract_states(r: Recording) -> None:
    """New rules close positions, and some states refuse commands."""
    r.write(quote(r, SOL_CFD, 2_000_000), after_ms=5)
    r.write(opening(ALICE, LONG, 5_000, 900), opening(ALICE, SHORT, 5_000, 900))
    r.write(opening(BOB, LONG, 5_000, 20), opening(BOB, LONG, 5_000, 20))
    r.write(ChangeContract(instrument_id=SOL_CFD, spread_rate=15_000))
    last = r.engine.state.last_position_id
    r.write(ChangeContract(instrument_id=SOL_CFD, state=CANCEL_ONLY), opening(BOB, LONG, 50, 10))
    r.write(closing(BOB, last))
    r.write(
        ChangeContract(instrument_id=SOL_CFD, state=CLOSED), closing(BOB, last - 1),
        opening(BOB, LONG, 50, 10),
        ChangePosition(account_id=BOB, position_id=last - 1, stop_loss=1_500_000),
    )
    r.write(quote(r, SOL_CFD, 1_500_000), after_ms=5)
    r.write(
        ChangeContract(
            instrument_id=SOL_CFD, state=OPEN, leverage_max=200, margin_min=20, spread_rate=0,
            maintenance_rate=1, exposure_max=10**9, house_exposure_max=10**9, positions_max=50,
            quote_age_max_ms=60_000,
        ),
        ChangeContract(instrument_id=SOL_CFD), ChangeContract(instrument_id=9),
        ChangeContract(instrument_id=SOL_CFD, state=POST_ONLY),
        ChangeContract(instrument_id=SOL_CFD, margin_min=0),
    )


def forgotten(r: Recording) -> None:
    """Client ids and writers are forgotten after their time, to the millisecond."""
    r.write(order(ALICE, BUY, 1, 50, client_id=77))
    r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, client_id=77))
    r.write(Heartbeat(), writer=9, number=5)
    for after_ms in (499, 1, 599_499, 1, 2_999_999, 1, 86_400_000):
        r.write(Heartbeat(), after_ms=after_ms)
        r.write(order(ALICE, BUY, 1, 50, client_id=77), Heartbeat())
        r.write(CancelOrder(account_id=ALICE, instrument_id=SOL_USD, client_id=77))
        r.write(Heartbeat(), writer=9, number=5)
