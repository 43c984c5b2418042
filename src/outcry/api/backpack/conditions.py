"""Triggers, take profit and stop loss: what an order waits for, and what follows it.

Read from requests, and written back into the fields they came in.
"""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import read_choice, read_price, read_quantity, text_of
from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.engine.events import InstrumentListed
from outcry.engine.units import BUY, LAST_PRICE, MARK_PRICE, NO_PRICE, RATE_ONE, PriceKind
from outcry.wire.decimals import (
    NotADecimal,
    TooManyDecimals,
    format_decimal,
    parse_decimal,
    price_text,
)

# One client says `triggeredBy` for `triggerBy`.
TRIGGER_FIELDS: Final = frozenset({
    "triggerPrice", "triggerQuantity", "triggerBy", "triggeredBy",
})
EXIT_FIELDS: Final = frozenset({
    "takeProfitTriggerPrice", "takeProfitLimitPrice", "takeProfitTriggerBy",
    "stopLossTriggerPrice", "stopLossLimitPrice", "stopLossTriggerBy",
})

FOLLOWED: Final = {LAST_PRICE: "LastPrice", MARK_PRICE: "MarkPrice"}
_FOLLOWED: Final = {word: followed for followed, word in FOLLOWED.items()}
_SHARE_DECIMALS: Final = 4  # Of a percent, so that a share is a whole number of millionths.


class Triggered(NamedTuple):
    """A trigger, and the lots it shall set off; 0 when it is a share."""

    trigger: Trigger
    quantity: int


def read_trigger(members: Members, instrument: InstrumentListed) -> Triggered | None:
    """The trigger of an order; None when it has none."""
    price = members.get("triggerPrice")
    quantity = members.get("triggerQuantity")
    if (price is None) != (quantity is None):
        raise invalid("Must specify both `triggerPrice` and `triggerQuantity` or neither")
    by = "triggerBy" if members.get("triggeredBy") is None else "triggeredBy"
    if price is None:
        if members.get(by) is not None:
            raise invalid(f"`{by}` needs `triggerPrice` and `triggerQuantity`")
        return None
    if by == "triggeredBy" and members.get("triggerBy") is not None:
        raise invalid("Must specify only one of `triggerBy` and `triggeredBy`")
    if members.get("quoteQuantity") is not None:
        raise invalid("A trigger order takes `triggerQuantity`, not `quoteQuantity`")
    share_rate = _share(quantity)
    trigger = Trigger(
        price=read_price(instrument, price, "triggerPrice"), follows=_followed(members, by),
        share_rate=share_rate,
    )
    lots = 0 if share_rate else read_quantity(instrument, quantity, "triggerQuantity")
    # Some clients have no way to leave it out.
    same = members.get("quantity")
    if same is not None and (share_rate or read_quantity(instrument, same) != lots):
        raise invalid("A trigger order takes `triggerQuantity`; a `quantity` must be the same")
    return Triggered(trigger, lots)


def read_exit(members: Members, instrument: InstrumentListed, kind: str) -> Exit | None:
    """A take profit or stop loss (`kind` is how its fields begin); None when there is none."""
    trigger_price = members.get(f"{kind}TriggerPrice")
    limit_price = members.get(f"{kind}LimitPrice")
    if trigger_price is None:
        for name in (f"{kind}LimitPrice", f"{kind}TriggerBy"):
            if members.get(name) is not None:
                raise invalid(f"`{name}` needs `{kind}TriggerPrice`")
        return None
    return Exit(
        trigger_price=read_price(instrument, trigger_price, f"{kind}TriggerPrice"),
        follows=_followed(members, f"{kind}TriggerBy"),
        limit_price=NO_PRICE if limit_price is None
        else read_price(instrument, limit_price, f"{kind}LimitPrice"),
    )


def read_conditions(
    members: Members, instrument: InstrumentListed, *, side: int, trigger: Trigger | None
) -> Conditions | None:
    """All conditions of an order; None when it has none."""
    profit = loss = None
    if not members.keys().isdisjoint(EXIT_FIELDS):
        profit = read_exit(members, instrument, "takeProfit")
        loss = read_exit(members, instrument, "stopLoss")
    if profit is not None and loss is not None:
        rise = profit.trigger_price - loss.trigger_price
        if (rise if side == BUY else -rise) <= 0:
            where = "above" if side == BUY else "below"
            raise ApiError(
                400, Code.INVALID_ORDER, f"The take profit must be {where} the stop loss"
            )
    if trigger is None and profit is None and loss is None:
        return None
    return Conditions(trigger=trigger, take_profit=profit, stop_loss=loss)


def share_text(share_rate: int) -> str:
    """A share in millionths as it is asked for: `80%`."""
    return f"{format_decimal(share_rate, _SHARE_DECIMALS)}%"


def exit_texts(
    instrument: InstrumentListed, leaving: Exit | None
) -> tuple[str | None, str | None, str | None]:
    """Trigger price, limit price and followed price of a take profit or stop loss."""
    if leaving is None:
        return None, None, None
    limit = price_text(instrument, leaving.limit_price) if leaving.limit_price else None
    return price_text(instrument, leaving.trigger_price), limit, FOLLOWED[leaving.follows]


def _followed(members: Members, name: str) -> PriceKind:
    if members.get(name) == "IndexPrice":
        raise ApiError(
            400, Code.NOT_IMPLEMENTED,
            f"Invalid {name}: there is no index price here; use LastPrice or MarkPrice",
        )
    return read_choice(members, name, _FOLLOWED, LAST_PRICE)


def _share(quantity: Scalar) -> int:
    """The millionths that a percentage comes to; 0 when the text is not one."""
    if not isinstance(quantity, str) or not quantity.endswith("%"):
        return 0
    try:
        share_rate = parse_decimal(text_of(quantity[:-1]), _SHARE_DECIMALS)
    except NotADecimal:
        raise invalid("Invalid triggerQuantity: not a decimal number") from None
    except TooManyDecimals:
        raise invalid("Quantity decimal too long") from None
    if not 0 < share_rate <= RATE_ONE:
        raise ApiError(
            400, Code.INVALID_QUANTITY, "triggerQuantity must be above 0% and at most 100%"
        )
    return share_rate
