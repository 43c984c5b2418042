"""Entries written by hand for the golden journal: doubted quotes, sessions, and thin books.

All of it is under version 2 of the rules, whose answers to stops, exits and added margin differ
from those of version 1.
"""

from golden.rare_entries import ALICE, BOB, CAROL, contract, exits, instrument, order, waiting
from golden.recording import Recording
from outcry.engine.commands import (
    AddMargin,
    ChangeContract,
    ChangePosition,
    ClosePosition,
    CreateAccount,
    Deposit,
    ListAsset,
    OpenPosition,
    OpenVenue,
    SetCalendar,
    SetQuote,
    SetQuoteRules,
    SetSession,
    UseRules,
)
from outcry.engine.units import BUY, FALLS, LONG, MARK_PRICE, SELL, SHORT

USD, SOL = 1, 2
SOL_USD, SOL_CFD, NOTHING = 1, 2, 9
TEN_PERCENT, TWO_PERCENT = 100_000, 20_000


def write_gate_entries(r: Recording) -> None:
    """The whole journal."""
    opening(r)
    bounds_of_quotes(r)
    jumps(r)
    wide_quotes(r)
    sessions(r)
    stale_margin(r)
    marks_in_doubt(r)
    thin_books(r)
    exits_below_a_lot(r)


def opening(r: Recording) -> None:
    """A market whose buyers pay one unit of a lot of ten, and a contract on its base."""
    r.write(
        OpenVenue(venue_id="gates"), UseRules(version=2),
        ListAsset(symbol="USD", name="Dollar", decimals=0),
        ListAsset(symbol="SOL", name="Solana", decimals=1),
        instrument(
            "SOL_USD", SOL, USD, price_decimals=0, quantity_decimals=0, impact_rate=50_000,
            maker_fee_rate=0, taker_fee_rate=0, mark_decimals=0,
        ),
        contract("SOL_CFD", maintenance_rate=5_000),
        *(CreateAccount(user_key=number) for number in range(1, 4)),
        *(
            Deposit(account_id=who, asset_id=asset, amount=10**9, key=10 * who + asset)
            for who in (ALICE, BOB, CAROL) for asset in (USD, SOL)
        ),
    )


def quoted(r: Recording, bid: int, ask: int = 0, *, at: int = SOL_CFD, later_ms: int = 1) -> None:
    """One quote, a moment later."""
    source_ms = r.now_ms + later_ms
    quote = SetQuote(instrument_id=at, bid=bid, ask=ask or bid, source_ms=source_ms)
    r.write(quote, after_ms=later_ms)


def bounds_of_quotes(r: Recording) -> None:
    """One bound, both, another for one of them; and those that make no sense."""
    r.write(
        SetQuoteRules(instrument_id=SOL_CFD, band_rate=TEN_PERCENT),
        SetQuoteRules(instrument_id=SOL_CFD, spread_max_rate=TWO_PERCENT),
        SetQuoteRules(instrument_id=SOL_USD, band_rate=TEN_PERCENT, spread_max_rate=TWO_PERCENT),
        SetQuoteRules(instrument_id=SOL_CFD),
        SetQuoteRules(instrument_id=NOTHING, band_rate=1),
        SetQuoteRules(instrument_id=SOL_CFD, band_rate=-1),
        SetQuoteRules(instrument_id=SOL_CFD, spread_max_rate=2**62),
    )


def deals(r: Recording, position_id: int) -> None:
    """Everything that an owner can do, refused while the price is not one to deal at."""
    r.write(
        OpenPosition(
            account_id=BOB, instrument_id=SOL_CFD, direction=LONG, margin=100, leverage=10
        ),
        ClosePosition(account_id=ALICE, position_id=position_id),
        ChangePosition(account_id=ALICE, position_id=position_id, stop_loss=0),
        AddMargin(account_id=ALICE, position_id=position_id, amount=1),
        ChangeContract(instrument_id=SOL_CFD, spread_rate=100),
        ChangeContract(instrument_id=SOL_CFD, spread_rate=0),
    )


def jumps(r: Recording) -> None:
    """A spike, quotes that disagree, a repeat, a late one, and a move that is confirmed."""
    quoted(r, 1_000_000)
    r.write(
        OpenPosition(
            account_id=ALICE, instrument_id=SOL_CFD, direction=LONG, margin=1_000, leverage=20,
            stop_loss=900_000, take_profit=1_400_000,
        ),
        OpenPosition(
            account_id=ALICE, instrument_id=SOL_CFD, direction=SHORT, margin=1_000, leverage=20,
            stop_loss=1_060_000,
        ),
    )
    quoted(r, 1_100_000, 1_100_001)  # At the edge of the band, and one beyond.
    deals(r, 1)
    quoted(r, 1_000_000)
    for price in (1_150_000, 1_500_000, 1_150_000):
        quoted(r, price)
    quoted(r, 1_150_000, later_ms=0)
    r.write(SetQuote(
        instrument_id=SOL_CFD, bid=1_000_000, ask=1_000_000, source_ms=r.now_ms - 1
    ))
    deals(r, 1)
    quoted(r, 1_151_000)
    quoted(r, 1_149_000, 1_150_500)


def wide_quotes(r: Recording) -> None:
    """A wide quote ends a row, and is not confirmed by repetition."""
    for bid, ask in (
        (1_400_000, 0), (1_400_000, 0), (1_150_000, 1_400_000), (1_150_000, 1_400_000),
        (1_150_000, 1_400_000), (1_400_000, 0), (1_400_000, 0), (1_400_000, 1_428_000),
    ):
        quoted(r, bid, ask)


def sessions(r: Recording) -> None:
    """Closed and opened, each said twice; the first quote after the opening is a jump."""
    r.write(OpenPosition(
        account_id=ALICE, instrument_id=SOL_CFD, direction=SHORT, margin=1_000, leverage=20,
        take_profit=1_350_000,
    ))
    r.write(
        SetCalendar(instrument_id=SOL_CFD, calendar="UTC; Mon-Fri 09:00-17:00"),
        SetCalendar(instrument_id=SOL_USD, calendar=""),
        SetCalendar(instrument_id=SOL_CFD, calendar="\n"),
    )
    closed = SetSession(instrument_id=SOL_CFD, is_open=False)
    opened = SetSession(instrument_id=SOL_CFD, is_open=True)
    r.write(closed, closed, SetSession(instrument_id=SOL_USD, is_open=False))
    quoted(r, 1_300_000)
    deals(r, 3)
    r.write(opened, opened, after_ms=172_800_000)
    deals(r, 3)
    for _ in range(3):
        quoted(r, 1_200_000)


def stale_margin(r: Recording) -> None:
    """Nobody adds margin at a price at which nobody can close."""
    quoted(r, 1_210_000)
    r.write(OpenPosition(
        account_id=BOB, instrument_id=SOL_CFD, direction=LONG, margin=500, leverage=30
    ))
    more = AddMargin(account_id=BOB, position_id=r.engine.state.last_position_id, amount=50)
    r.write(more, after_ms=5_001)
    r.write(UseRules(version=1), more, UseRules(version=2), more)
    quoted(r, 1_212_000)
    r.write(more)


def marks_in_doubt(r: Recording) -> None:
    """Triggers by mark wait for the end of the doubt, and so does one that is due already."""
    quoted(r, 100, at=SOL_USD)
    r.write(
        order(ALICE, BUY, 50, 98), order(ALICE, SELL, 50, 104),
        order(BOB, SELL, 5, conditions=waiting(90, follows=MARK_PRICE)),
    )
    quoted(r, 80, at=SOL_USD)
    r.write(order(BOB, SELL, 5, conditions=waiting(101, follows=MARK_PRICE, direction=FALLS)))
    quoted(r, 80, at=SOL_USD)
    quoted(r, 81, at=SOL_USD)
    quoted(r, 82, 90, at=SOL_USD)
    quoted(r, 82, at=SOL_USD)


def thin_books(r: Recording) -> None:
    """Stops that would take one level after the other: from the mark, and from the last price."""
    for mark in (0, 120):
        r.write(order(CAROL, BUY, 1, 104), *(order(ALICE, BUY, 2, at) for at in (95, 91, 87, 60)))
        if mark:
            quoted(r, mark, at=SOL_USD)
            quoted(r, mark, at=SOL_USD)
            quoted(r, mark, at=SOL_USD)
        else:
            r.now_ms += 5_001  # The mark is too old to count.
        r.write(*(
            order(BOB, SELL, 2, conditions=waiting(at, direction=FALLS)) for at in (97, 95, 91, 87)
        ))
        r.write(order(CAROL, SELL, 30))
        r.write(order(CAROL, SELL, 60, 95))


def exits_below_a_lot(r: Recording) -> None:
    """The fee leaves less than a lot: both exits are told to have failed."""
    r.write(
        instrument("SOL_USD_FEE", SOL, USD, price_decimals=0, quantity_decimals=0,
                   taker_fee_rate=50_000, maker_fee_rate=0, mark_decimals=0),
    )
    at = 3
    r.write(
        order(ALICE, SELL, 1, 100, at=at),
        order(BOB, BUY, 1, 100, at=at, conditions=exits(profit=120, loss=80)),
        order(ALICE, SELL, 3, 100, at=at),
        order(BOB, BUY, 3, 100, at=at, conditions=exits(loss=80)),
        order(BOB, BUY, 3, 50, at=at, conditions=exits(profit=80)),
    )
