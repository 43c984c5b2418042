"""What the recorder's tables must hold, worked out from a log the slow and obvious way.

Nothing here is shared with the recorder: one event after the other, whole rows in dictionaries, and
calendars from `datetime`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.engine.events import (
    AccountCreated,
    AssetListed,
    Deposited,
    InstrumentChanged,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
    OrderReplaced,
    OrderWaiting,
    Traded,
    TriggerFailed,
    Withdrawn,
)
from outcry.projections.history import OrderRow
from outcry.wire.journal import EventsEntry, JournalEntry, decode_outcome
from twin.cfd_tables import naive_cfd_commands, naive_cfd_event, naive_closes

Tables = dict[str, dict[Any, dict[str, Any]]]

MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30}
HOURS = {"1h": 1, "2h": 2, "4h": 4, "6h": 6, "8h": 8, "12h": 12}
CONDITIONS = {
    "trigger": ("price", "follows", "direction", "share_rate"),
    "take_profit": ("trigger_price", "follows", "limit_price"),
    "stop_loss": ("trigger_price", "follows", "limit_price"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INTERVALS = (*MINUTES, *HOURS, "1d", "3d", "1w", "1month")


def naive_start(interval: str, moment_ms: int) -> int:
    """Start of an interval, by the calendar."""
    moment = EPOCH + timedelta(milliseconds=moment_ms)
    second = moment.replace(microsecond=0)
    hour = second.replace(minute=0, second=0)
    day = hour.replace(hour=0)
    if interval == "1s":
        start = second
    elif interval in MINUTES:
        start = hour.replace(minute=moment.minute // MINUTES[interval] * MINUTES[interval])
    elif interval in HOURS:
        start = day.replace(hour=moment.hour // HOURS[interval] * HOURS[interval])
    elif interval == "1d":
        start = day
    elif interval == "3d":
        start = day - timedelta(days=(day - EPOCH).days % 3)
    elif interval == "1w":
        start = day - timedelta(days=day.weekday())
    else:
        assert interval == "1month"
        start = day.replace(day=1)
    return int((start - EPOCH) / timedelta(milliseconds=1))


def naive_tables(entries: Iterable[tuple[JournalEntry, EventsEntry]]) -> Tables:
    """Table → key → row, as they must stand after these entries."""
    tables: Tables = {
        name: {} for name in (
            "journal", "events", "assets", "instruments", "accounts", "balances", "transfers",
            "spot_orders", "spot_trades", "spot_fills", "candles", "contracts", "positions",
            "desk_commands", "position_closes",
        )
    }
    for command, entry in entries:
        key = (command.id.ms, command.id.seq)
        where = {"ms": key[0], "seq": key[1], "writer": command.writer, "number": command.number}
        tables["journal"][key] = {
            **where, "version": command.version, "commands": command.commands,
        }
        tables["events"][key] = {**where, "outcome": entry.outcome, "digest": entry.digest}
        outcome = decode_outcome(entry.outcome)
        naive_cfd_commands(tables, key, command.commands, outcome.answers)
        naive_closes(tables, key, outcome)
        for events in outcome.answers:
            for event in events:
                _take(tables, key[0], event)
        for balance in outcome.balances:
            tables["balances"][balance.account_id, balance.asset_id] = _fields(balance)
    return tables


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _take(tables: Tables, ms: int, event: Any) -> None:
    if isinstance(event, AssetListed):
        tables["assets"][event.asset_id] = _fields(event)
    elif isinstance(event, InstrumentListed):
        tables["instruments"][event.instrument_id] = _fields(event)
    elif isinstance(event, AccountCreated) and not event.existed:
        tables["accounts"][event.account_id] = {
            "account_id": event.account_id, "user_key": event.user_key, "created_ms": ms,
        }
    elif isinstance(event, Deposited | Withdrawn):
        number = len(tables["transfers"]) + 1
        tables["transfers"][number] = {
            "transfer_id": number, "account_id": event.account_id, "asset_id": event.asset_id,
            "amount": event.amount if isinstance(event, Deposited) else -event.amount,
            "key": event.key, "made_ms": ms,
        }
    elif isinstance(event, InstrumentChanged):
        listed = event.instrument
        assert listed.instrument_id in tables["instruments"]
        tables["instruments"][listed.instrument_id] = _fields(listed)
    elif isinstance(event, OrderAccepted):
        _take_accepted(tables["spot_orders"], ms, event)
    elif isinstance(event, OrderWaiting):
        tables["spot_orders"][event.order_id] = {
            **_new_order(event, ms), "status": 4, "related_order_id": event.related_order_id,
        }
    elif isinstance(event, TriggerFailed):
        order = tables["spot_orders"][event.order_id]
        assert (order["status"], order["account_id"]) == (4, event.account_id)
        order.update(updated_ms=ms, triggered_ms=ms, status=5, reject_reason=event.reason)
    elif isinstance(event, OrderReplaced):
        order = tables["spot_orders"][event.order_id]
        assert order["status"] == 1
        order.update(updated_ms=ms, price=event.price, quantity=event.quantity)
        assert order["filled"] == event.quantity - event.remaining
    elif isinstance(event, OrderCanceled):
        tables["spot_orders"][event.order_id].update(
            updated_ms=ms, status=3, cancel_reason=event.reason
        )
    elif isinstance(event, Traded):
        _take_trade(tables, ms, event)
    else:
        naive_cfd_event(tables, ms, event)


def _new_order(event: OrderAccepted | OrderWaiting, ms: int) -> dict[str, Any]:
    """An order as it was asked for, with its conditions as columns of their own."""
    order = _fields(event.order)
    conditions = order.pop("conditions")
    parts = {} if conditions is None else {
        "trigger": conditions.trigger, "take_profit": conditions.take_profit,
        "stop_loss": conditions.stop_loss,
    }
    for part, names in CONDITIONS.items():
        for name in names:
            order[f"{part}_{name}"] = getattr(parts.get(part), name, None)
    return {
        **order, "order_id": event.order_id, "created_ms": ms, "updated_ms": ms, "filled": 0,
        "quote_filled": 0, "cancel_reason": 0, "reject_reason": 0, "related_order_id": 0,
        "triggered_ms": 0,
    }


def _take_accepted(orders: dict[Any, dict[str, Any]], ms: int, event: OrderAccepted) -> None:
    known = orders.get(event.order_id)
    if known is None:
        orders[event.order_id] = {
            **_new_order(event, ms), "status": 1, "quantity": event.quantity,
        }
        return
    assert known["status"] == 4
    known.update(updated_ms=ms, triggered_ms=ms, status=1, quantity=event.quantity)


def _take_trade(tables: Tables, ms: int, event: Traded) -> None:
    orders = tables["spot_orders"]
    instrument = tables["instruments"][event.instrument_id]
    decimals = tables["assets"][instrument["quote_asset_id"]]["decimals"]
    price = Decimal(event.price * instrument["tick_size"]).scaleb(-instrument["price_decimals"])
    lots = event.quantity * instrument["lot_size"]
    cost = price * Decimal(lots).scaleb(-instrument["quantity_decimals"])
    quote_amount = int(cost.scaleb(decimals))
    assert Decimal(quote_amount) == cost.scaleb(decimals)
    sides = {event.taker_order_id: event.taker_side, event.maker_order_id: -event.taker_side}
    for order_id, side in sides.items():
        order = orders[order_id]
        assert order["side"] == side
        order["filled"] += event.quantity
        order["quote_filled"] += quote_amount
        order["updated_ms"] = ms
        order["status"] = 2 if order["filled"] == order["quantity"] else 1
        is_maker = order_id == event.maker_order_id
        received = instrument["base_asset_id" if side == 1 else "quote_asset_id"]
        tables["spot_fills"][order["account_id"], event.instrument_id, event.trade_id] = {
            "instrument_id": event.instrument_id, "trade_id": event.trade_id,
            "order_id": order_id, "account_id": order["account_id"], "side": side,
            "price": event.price, "quantity": event.quantity,
            "fee": event.maker_fee if is_maker else event.taker_fee, "fee_asset_id": received,
            "is_maker": is_maker, "traded_ms": ms,
        }
    [buy_order_id] = [order_id for order_id, side in sides.items() if side == 1]
    [sell_order_id] = [order_id for order_id, side in sides.items() if side == -1]
    tables["spot_trades"][event.instrument_id, event.trade_id] = {
        "instrument_id": event.instrument_id, "trade_id": event.trade_id, "price": event.price,
        "quantity": event.quantity, "taker_side": event.taker_side,
        "buy_order_id": buy_order_id, "sell_order_id": sell_order_id, "traded_ms": ms,
    }
    for interval in INTERVALS:
        start_ms = naive_start(interval, ms)
        candle = tables["candles"].setdefault((event.instrument_id, interval, start_ms), {
            "instrument_id": event.instrument_id, "interval": interval, "start_ms": start_ms,
            "open": event.price, "high": event.price, "low": event.price, "close": event.price,
            "volume": 0, "quote_volume": 0, "trades": 0,
        })
        candle["high"] = max(candle["high"], event.price)
        candle["low"] = min(candle["low"], event.price)
        candle["close"] = event.price
        candle["volume"] += event.quantity
        candle["quote_volume"] += quote_amount
        candle["trades"] += 1


def naive_order(row: dict[str, Any]) -> OrderRow:
    """The order of a row of `spot_orders`."""
    plain = dict(row)
    parts: dict[str, Any] = {}
    for part, names in CONDITIONS.items():
        fields = {name: plain.pop(f"{part}_{name}") for name in names}
        if any(value is not None for value in fields.values()):
            parts[part] = Trigger(**fields) if part == "trigger" else Exit(**fields)
    return OrderRow(**plain, conditions=Conditions(**parts) if parts else None)
