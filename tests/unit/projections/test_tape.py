"""The tape keeps the newest trades, each once."""

from outcry.engine.units import BUY, InstrumentId, OrderId, TradeId
from outcry.projections.history import TradeRow
from outcry.projections.tape import Tape

ONE = InstrumentId(1)
TWO = InstrumentId(2)


def trade(trade_id: int, instrument_id: InstrumentId = ONE) -> TradeRow:
    return TradeRow(
        instrument_id=instrument_id, trade_id=TradeId(trade_id), price=100, quantity=1,
        taker_side=BUY, buy_order_id=OrderId(1), sell_order_id=OrderId(2), traded_ms=trade_id,
    )


def ids(trades: list[TradeRow]) -> list[int]:
    return [row.trade_id for row in trades]


def test_latest_are_newest_first() -> None:
    tape = Tape()
    for trade_id in (1, 2, 3, 4):
        tape.fold(trade(trade_id))
    tape.fold(trade(1, TWO))

    assert [4, 3, 2, 1] == ids(tape.latest(ONE))
    assert [3, 2] == ids(tape.latest(ONE, limit=2, offset=1))
    assert trade(1, TWO) == tape.last(TWO)
    assert tape.last(InstrumentId(3)) is None
    assert [] == tape.latest(InstrumentId(3))


def test_history_and_events_may_overlap() -> None:
    tape = Tape()
    tape.prime(ONE, [trade(3), trade(2), trade(1)])
    for trade_id in (2, 3, 4):
        tape.fold(trade(trade_id))

    assert [4, 3, 2, 1] == ids(tape.latest(ONE))


def test_the_tape_has_an_end() -> None:
    tape = Tape(length=3)
    for trade_id in range(1, 6):
        tape.fold(trade(trade_id))

    assert [5, 4, 3] == ids(tape.latest(ONE)) == ids(tape.latest(ONE, limit=2 * tape.length))
