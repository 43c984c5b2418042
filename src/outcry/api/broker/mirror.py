"""Outcomes in the words of other designs: answers, events of trades, and published market data.

Every value of a stream's entry is text. `data` is JSON, with numbers as in the broker's answers.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from outcry.api.backpack.errors import ApiError
from outcry.api.broker.answers import Data
from outcry.api.broker.commands import DIRECTIONS, TradableContract
from outcry.api.broker.numbers import number
from outcry.engine.events import BookAfter, InstrumentListed, PositionClosed, PositionOpened
from outcry.engine.rejects import CloseReason
from outcry.engine.units import BUY, LEVERAGE_DECIMALS
from outcry.projections.cfd import PositionUpdate
from outcry.projections.history import TradeRow
from outcry.wire.decimals import price_text, quantity_text
from outcry.wire.journal import EntryId

OPENED: Final = "TRADE_OPENED"
CHANGED: Final = "TRADE_CHANGED"
CLOSES: Final = {
    CloseReason.BY_OWNER: "TRADE_CLOSED",
    CloseReason.LIQUIDATED: "TRADE_LIQUIDATED",
    CloseReason.STOP_LOSS: "TRADE_STOP_LOSS",
    CloseReason.TAKE_PROFIT: "TRADE_TAKE_PROFIT",
}
NO_DATA: Final = "null"

Fields = Mapping[str, str]  # Of an entry of a stream.


class Publication(NamedTuple):
    """A text, and the channel that it is published on."""

    channel: str
    text: str


class TradeData(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A trade in an event. `close_price` and what follows are of a close."""

    trade_id: str
    user_id: str
    asset: str
    direction: str
    margin: msgspec.Raw  # Of a close: of the closed part.
    remaining_margin: msgspec.Raw
    leverage: msgspec.Raw
    entry_price: msgspec.Raw
    liquidation_price: msgspec.Raw | None = None
    stop_loss_price: msgspec.Raw | None = None
    take_profit_price: msgspec.Raw | None = None
    close_price: msgspec.Raw | None = None
    pnl: msgspec.Raw | None = None
    total_return: msgspec.Raw | None = None
    shortfall: msgspec.Raw | None = None


def success(order_id: str, command: str, data: Data, message: str) -> Fields:
    """The answer to a command that was carried out."""
    return {
        "orderId": order_id, "command": command, "status": "success", "message": message,
        "data": msgspec.json.encode(data).decode(),
    }


def failure(order_id: str, command: str, error: ApiError) -> Fields:
    """The answer to a command that was not carried out."""
    return {
        "orderId": order_id, "command": command, "status": "error", "message": error.message,
        "data": NO_DATA, "code": str(error.code), "retryable": str(error.retryable).lower(),
    }


def reply(channel: str, answer: Fields) -> Publication:
    """The same answer as one JSON object, for a sender that waits on a channel."""
    told = {name: value for name, value in answer.items() if name != "data"}
    text = msgspec.json.encode(told | {"data": msgspec.Raw(answer["data"].encode())})
    return Publication(channel, text.decode())


def trade_event(
    update: PositionUpdate, traded: TradableContract, *, entry_id: EntryId, place: int,
    user_id: int, order_id: str | None,
) -> Fields:
    """The event of a trade. `place` is its number among the events of its entry."""
    position, event = update
    contract, asset = traded
    closed = event if isinstance(event, PositionClosed) else None
    kind = OPENED if isinstance(event, PositionOpened) else CHANGED
    if closed is not None:
        kind = CLOSES[closed.reason]

    def price(value: int) -> msgspec.Raw | None:
        return number(value, contract.price_decimals) if value else None

    def money(value: int) -> msgspec.Raw:
        return number(value, asset.decimals)

    data = TradeData(
        trade_id=str(position.position_id), user_id=str(user_id), asset=contract.underlying,
        direction=DIRECTIONS[position.direction],
        margin=money(closed.margin if closed else position.margin),
        remaining_margin=money(position.remaining_margin),
        leverage=number(position.leverage, LEVERAGE_DECIMALS),
        entry_price=number(position.entry_price, contract.price_decimals),
        liquidation_price=price(position.liquidation_price),
        stop_loss_price=price(position.stop_loss), take_profit_price=price(position.take_profit),
        close_price=price(closed.close_price) if closed else None,
        pnl=money(closed.pnl) if closed else None,
        total_return=money(closed.margin + closed.pnl) if closed else None,
        shortfall=money(closed.shortfall) if closed else None,
    )
    fields = {
        "eventId": f"{entry_id}-{place}", "eventType": kind, "tradeId": data.trade_id,
        "userId": data.user_id, "asset": data.asset, "timestamp": str(entry_id.ms),
        "data": msgspec.json.encode(data).decode(),
    }
    return fields if order_id is None else fields | {"orderId": order_id}


def trade_publication(trade: TradeRow, instrument: InstrumentListed) -> Publication:
    """A trade of the exchange."""
    return _publication("trade", instrument, {
        "t": trade.trade_id, "p": price_text(instrument, trade.price),
        "q": quantity_text(instrument, trade.quantity), "m": trade.taker_side != BUY,
        "T": trade.traded_ms,
    })


def depth_publication(book: BookAfter, instrument: InstrumentListed) -> Publication:
    """The levels of a book that changed; a quantity of 0 is no level."""
    def levels(side: list[tuple[int, int]]) -> Iterator[tuple[str, str]]:
        for price, quantity in side:
            yield price_text(instrument, price), quantity_text(instrument, quantity)

    return _publication("depth", instrument, {
        "b": list(levels(book.bids)), "a": list(levels(book.asks)), "u": book.seq,
    })


def _publication(
    kind: str, instrument: InstrumentListed, data: Mapping[str, object]
) -> Publication:
    stream = f"{kind}@{instrument.symbol}"
    text = msgspec.json.encode(
        {"stream": stream, "data": {"e": kind, "s": instrument.symbol, **data}}
    )
    return Publication(stream, text.decode())
