"""An order as a row of `spot_orders`: its conditions lie flat, null where it has none."""

from typing import Any, Final

from outcry.adapters.postgres.pool import Row
from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.projections.history import OrderRow

_PLAIN: Final = tuple(name for name in OrderRow.__struct_fields__ if name != "conditions")
_TRIGGER: Final = tuple(f"trigger_{name}" for name in Trigger.__struct_fields__)
_TAKE_PROFIT: Final = tuple(f"take_profit_{name}" for name in Exit.__struct_fields__)
_STOP_LOSS: Final = tuple(f"stop_loss_{name}" for name in Exit.__struct_fields__)

ORDER_COLUMNS: Final = (*_PLAIN, *_TRIGGER, *_TAKE_PROFIT, *_STOP_LOSS)

_NO_CONDITIONS: Final = Conditions()


def values_of(order: OrderRow) -> tuple[Any, ...]:
    """The values of an order's row, in the order of `ORDER_COLUMNS`."""
    conditions = order.conditions or _NO_CONDITIONS
    values = [getattr(order, name) for name in _PLAIN]
    for part, columns in (
        (conditions.trigger, _TRIGGER),
        (conditions.take_profit, _TAKE_PROFIT),
        (conditions.stop_loss, _STOP_LOSS),
    ):
        if part is None:
            values += [None] * len(columns)
        else:
            values += [getattr(part, name) for name in part.__struct_fields__]
    return tuple(values)


def order_of_row(row: Row) -> OrderRow:
    """The order of a row with these columns."""
    trigger = _part_of(Trigger, row, _TRIGGER)
    take_profit = _part_of(Exit, row, _TAKE_PROFIT)
    stop_loss = _part_of(Exit, row, _STOP_LOSS)
    conditions: Conditions | None = None
    if trigger is not None or take_profit is not None or stop_loss is not None:
        conditions = Conditions(trigger=trigger, take_profit=take_profit, stop_loss=stop_loss)
    return OrderRow(conditions=conditions, **{name: row[name] for name in _PLAIN})


def _part_of(part: Any, row: Row, columns: tuple[str, ...]) -> Any:
    """A part of the conditions; None where its columns are null."""
    if row[columns[0]] is None:
        return None
    fields = zip(part.__struct_fields__, columns, strict=True)
    return part(**{name: row[column] for name, column in fields})
