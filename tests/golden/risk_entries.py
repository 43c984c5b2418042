"""Entries written by hand for the golden journal: shortfalls, tiers, rooms, and the house's purse.

All of it is under version 2 of the rules, except where it returns to version 1 with debts open.
"""

from golden.rare_entries import ALICE, BOB, CAROL, contract
from golden.recording import Recording
from outcry.engine.commands import (
    AddMargin,
    ChangeContract,
    ClosePosition,
    CreateAccount,
    Deposit,
    ListAsset,
    OpenPosition,
    OpenVenue,
    ResumeHouse,
    SetContractTerms,
    SetHouseLimits,
    SetQuote,
    Tier,
    UseRules,
    Withdraw,
)
from outcry.engine.units import HOUSE, LONG, SHORT

USD = 1
SOL_CFD, ETH_CFD = 1, 2
PRICE_END = 2**62 - 1
DAY_MS = 86_400_000


def write_risk_entries(r: Recording) -> None:
    """The whole journal."""
    opening(r)
    shortfalls(r)
    parts_of_debts(r)
    debts_under_version_1(r)
    tiers(r)
    purse(r)
    rooms(r)
    edges(r)


def opening(r: Recording) -> None:
    r.write(
        OpenVenue(venue_id="risk"), UseRules(version=2),
        ListAsset(symbol="USD", name="Dollar", decimals=6),
        contract("SOL_CFD", price_max=PRICE_END, leverage_max=10_000),
        contract("ETH_CFD", price_max=PRICE_END, maintenance_rate=5_000, spread_rate=500),
        *(CreateAccount(user_key=number) for number in range(1, 4)),
        Deposit(account_id=ALICE, asset_id=USD, amount=2**50, key=1),
        Deposit(account_id=BOB, asset_id=USD, amount=2**50, key=2),
        Deposit(account_id=CAROL, asset_id=USD, amount=2**61, key=3),
    )


def quoted(r: Recording, bid: int, ask: int = 0, *, at: int = SOL_CFD) -> None:
    r.write(
        SetQuote(instrument_id=at, bid=bid, ask=ask or bid, source_ms=r.now_ms + 1), after_ms=1
    )


def position(
    who: int, direction: int, margin: int, leverage: int, *, at: int = SOL_CFD, **more: int
) -> OpenPosition:
    return OpenPosition(
        account_id=who, instrument_id=at, direction=direction, margin=margin, leverage=leverage,
        **more,
    )


def last(r: Recording) -> int:
    return r.engine.state.last_position_id


def close_all(r: Recording) -> None:
    """Close everything at the present prices."""
    for contract_id, each in r.engine.state.contracts.items():
        quoted(r, each.bid or 2_000_000, at=contract_id)
    r.write(*(
        ClosePosition(account_id=each.account_id, position_id=each.position_id)
        for each in r.engine.state.positions.values()
    ))


def shortfalls(r: Recording) -> None:
    """Pairs that lose a leg in a gap, triggers on the way, and a spread that gapes by a rule."""
    quoted(r, 2_000_000)
    quoted(r, 2_000_000, at=ETH_CFD)
    r.write(
        position(ALICE, LONG, 10**8, 1_000), position(ALICE, SHORT, 10**8, 1_000),
        position(BOB, SHORT, 10**7, 1_000), position(BOB, LONG, 10**7, 100, take_profit=2_010_000),
        position(BOB, LONG, 5 * 10**7 + 3, 55), position(CAROL, SHORT, 333, 999),
    )
    quoted(r, 2_060_007)
    quoted(r, 1_900_001, 1_900_999)
    r.write(
        *(position(CAROL, SHORT, 10**6 + number, 500, at=ETH_CFD) for number in range(3)),
        *(position(CAROL, LONG, 10**6 - number, 300, at=ETH_CFD) for number in range(4)),
    )
    quoted(r, 2_090_000, at=ETH_CFD)
    r.write(ChangeContract(instrument_id=ETH_CFD, spread_rate=40_000))
    r.write(ChangeContract(instrument_id=ETH_CFD, spread_rate=500))
    close_all(r)


def indebted(r: Recording) -> int:
    """Alice's long, which owes for a short that a gap took; its id."""
    quoted(r, 2_000_000)
    r.write(position(ALICE, LONG, 10**8 + 1, 1_000), position(ALICE, SHORT, 10**8, 1_000))
    long = last(r) - 1
    quoted(r, 2_061_111)
    return long


def parts_of_debts(r: Recording) -> None:
    long = indebted(r)
    r.write(
        ClosePosition(account_id=ALICE, position_id=long, margin=33_333_333),
        AddMargin(account_id=ALICE, position_id=long, amount=10**7),
        ClosePosition(account_id=ALICE, position_id=long, margin=10),
        ClosePosition(account_id=ALICE, position_id=long, margin=11),
    )
    quoted(r, 2_050_000)
    close_all(r)


def debts_under_version_1(r: Recording) -> None:
    long = indebted(r)
    r.write(UseRules(version=1), ClosePosition(account_id=ALICE, position_id=long, margin=10**7))
    r.write(position(ALICE, SHORT, 10**8, 1_000))
    quoted(r, 2_150_000)
    r.write(UseRules(version=2))
    close_all(r)


def tiers(r: Recording) -> None:
    steps = [
        Tier(notional_max=10**9, leverage_max=1_000), Tier(notional_max=10**10, leverage_max=500),
        Tier(notional_max=0, leverage_max=200),
    ]
    r.write(
        SetContractTerms(instrument_id=SOL_CFD, profile="retail", tiers=steps),
        SetContractTerms(instrument_id=SOL_CFD, payout_room_rate=2_500_000),
        SetContractTerms(instrument_id=SOL_CFD),
        SetContractTerms(instrument_id=SOL_CFD, tiers=steps[:2]),
        SetContractTerms(instrument_id=SOL_CFD, payout_room_rate=999_999),
        SetContractTerms(instrument_id=9),
    )
    quoted(r, 2_000_000)
    r.write(
        position(ALICE, LONG, 10**7, 1_000), position(ALICE, SHORT, 1_000, 1_000),
        position(ALICE, SHORT, 1_000, 500), position(BOB, LONG, 10**10, 201),
        position(BOB, LONG, 10**10, 200),
    )
    close_all(r)
    r.write(SetContractTerms(instrument_id=SOL_CFD, tiers=[], payout_room_rate=40_000_000))


def purse(r: Recording) -> None:
    r.write(
        Deposit(account_id=HOUSE, asset_id=USD, amount=10**12, key=50),
        SetHouseLimits(asset_id=USD, loss_per_day_max=10**8, loss_max=3 * 10**8),
        SetHouseLimits(asset_id=9, loss_per_day_max=0, loss_max=0),
        SetHouseLimits(asset_id=USD, loss_per_day_max=-1, loss_max=0), ResumeHouse(asset_id=9),
    )
    for day in range(4):
        quoted(r, 2_000_000)
        r.write(
            position(ALICE, LONG, 10**9, 10, take_profit=2_100_000), position(BOB, LONG, 10**8, 20)
        )
        quoted(r, 2_180_000 + day * 40_000)
        r.write(
            position(CAROL, LONG, 10**6, 10),
            ClosePosition(account_id=BOB, position_id=last(r)),
        )
        r.write(ResumeHouse(asset_id=USD), after_ms=DAY_MS if day else 0)
    r.write(
        SetHouseLimits(asset_id=USD, loss_per_day_max=0, loss_max=0),
        Withdraw(account_id=HOUSE, asset_id=USD, amount=10**11, key=51),
    )
    close_all(r)


def rooms(r: Recording) -> None:
    """At a price of 1, where every unit of margin is worth its room."""
    quoted(r, 1_000_000)
    full = 2**62 // 40
    r.write(
        position(CAROL, LONG, full + 1, 10), position(CAROL, LONG, full, 10),
        position(BOB, LONG, 10**7, 10), position(BOB, SHORT, 10**7, 10),
    )
    quoted(r, 40_000_001)
    quoted(r, 39_000_000)
    quoted(r, 41_000_000)
    quoted(r, 1_000_000)
    close_all(r)
    r.write(ChangeContract(instrument_id=ETH_CFD, price_max=3_000_000))
    quoted(r, 3_000_001, at=ETH_CFD)
    r.write(ChangeContract(instrument_id=ETH_CFD, price_max=PRICE_END))
    quoted(r, 3_000_001, at=ETH_CFD)


def edges(r: Recording) -> None:
    """Amounts that would leave 64 bits."""
    quoted(r, 1_000_000)
    r.write(
        ChangeContract(instrument_id=SOL_CFD, exposure_max=0, house_exposure_max=0),
        position(CAROL, LONG, 2**62 // 10_000 + 1, 10_000),
        position(CAROL, LONG, 2**60, 10), position(CAROL, LONG, 2**64 // 10_000, 10_000),
        UseRules(version=1), position(CAROL, LONG, 2**64 // 10_000 + 1, 10_000),
        UseRules(version=2), position(CAROL, SHORT, 10, 10),
        AddMargin(account_id=CAROL, position_id=last(r) + 1, amount=2**60),
        AddMargin(account_id=CAROL, position_id=last(r) + 1, amount=2**62 - 1),
    )
    r.write(ChangeContract(instrument_id=SOL_CFD, spread_rate=999_999))
    quoted(r, 1_000_000)
    r.write(position(CAROL, SHORT, 10, 10))
    r.write(ChangeContract(instrument_id=SOL_CFD, spread_rate=0))
    close_all(r)
