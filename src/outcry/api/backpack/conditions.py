"""Triggers, take profit and stop loss: the conditions before an order and the exits after it.

Read from requests, and written back into the fields they came in.
"""

from typing import Final, NamedTuple

from outcry.api.backpack.bodies import Members, Scalar
from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.backpack.fields import Amount, Field, Json, Price, Quantity, Word, text_of
from outcry.api.backpack.words import FOLLOWED
from outcry.engine.commands import Conditions, Exit, Trigger
from outcry.engine.events import InstrumentListed
from outcry.engine.units import BUY, LAST_PRICE, NO_PRICE, RATE_ONE, PriceKind
from outcry.wire.decimals import (
    NotADecimal,
    TooManyDecimals,
    format_decimal,
    parse_decimal,
    price_text,
)

NOT_FOLLOWED: Final = "IndexPrice"
SHARE: Final[Json] = {
    "type": "string", "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,20})?%$",
    "description": "A share of what there is then.", "examples": ["80%"],
}
_SHARE_DECIMALS: Final = 4  # Of a percent, so that a share is a whole number of millionths.


class FollowedPrice(Word[PriceKind]):
    """The price that a trigger follows. `IndexPrice` is known and not available."""

    def __init__(self, name: str) -> None:
        super().__init__(name, FOLLOWED, default=LAST_PRICE)
        self.schemas = ({"enum": sorted((*FOLLOWED.values(), NOT_FOLLOWED))},)

    def of(self, members: Members) -> PriceKind:
        """The price."""
        if members.get(self.name) == NOT_FOLLOWED:
            raise ApiError(
                400, Code.NOT_IMPLEMENTED,
                f"Invalid {self.name}: there is no index price here; use LastPrice or MarkPrice",
            )
        return super().of(members)


class ExitFields(NamedTuple):
    """The fields of a take profit or a stop loss."""

    trigger_price: Price
    limit_price: Price
    trigger_by: FollowedPrice


def exit_fields(kind: str) -> ExitFields:
    """The fields whose names begin with a kind of exit."""
    return ExitFields(
        Price(f"{kind}TriggerPrice"), Price(f"{kind}LimitPrice"), FollowedPrice(f"{kind}TriggerBy")
    )


TRIGGER_PRICE: Final = Price("triggerPrice")
TRIGGER_QUANTITY: Final = Quantity("triggerQuantity", SHARE)
TRIGGER_BY: Final = FollowedPrice("triggerBy")
TRIGGERED_BY: Final = FollowedPrice("triggeredBy")  # One client says it so.
QUANTITY: Final = Quantity("quantity")
QUOTE_QUANTITY: Final = Amount("quoteQuantity")
TRIGGER_FIELDS: Final[tuple[Field, ...]] = (
    TRIGGER_PRICE, TRIGGER_QUANTITY, TRIGGER_BY, TRIGGERED_BY,
)
TAKE_PROFIT: Final = exit_fields("takeProfit")
STOP_LOSS: Final = exit_fields("stopLoss")
EXIT_FIELDS: Final[tuple[Field, ...]] = (*TAKE_PROFIT, *STOP_LOSS)
_EXIT_NAMES: Final = frozenset(field.name for field in EXIT_FIELDS)


class TriggerTerms(NamedTuple):
    """A trigger, and the lots it shall set off; 0 when it is a share."""

    trigger: Trigger
    quantity: int


def read_trigger(members: Members, instrument: InstrumentListed) -> TriggerTerms | None:
    """The trigger of an order; None when it has none."""
    price, quantity = TRIGGER_PRICE.sent(members), TRIGGER_QUANTITY.sent(members)
    if (price is None) != (quantity is None):
        raise invalid("Must specify both `triggerPrice` and `triggerQuantity` or neither")
    by = TRIGGER_BY if TRIGGERED_BY.sent(members) is None else TRIGGERED_BY
    if price is None:
        if by.sent(members) is not None:
            raise invalid(f"`{by.name}` needs `triggerPrice` and `triggerQuantity`")
        return None
    if by is TRIGGERED_BY and TRIGGER_BY.sent(members) is not None:
        raise invalid("Must specify only one of `triggerBy` and `triggeredBy`")
    if QUOTE_QUANTITY.sent(members) is not None:
        raise invalid("A trigger order takes `triggerQuantity`, not `quoteQuantity`")
    share_rate = _share(quantity)
    trigger = Trigger(
        price=TRIGGER_PRICE.of(members, instrument), follows=by.of(members), share_rate=share_rate,
    )
    lots = 0 if share_rate else TRIGGER_QUANTITY.of(members, instrument)
    # Some clients have no way to leave it out.
    if QUANTITY.sent(members) is not None and (
        share_rate or QUANTITY.of(members, instrument) != lots
    ):
        raise invalid("A trigger order takes `triggerQuantity`; a `quantity` must be the same")
    return TriggerTerms(trigger, lots)


def read_exit(members: Members, instrument: InstrumentListed, fields: ExitFields) -> Exit | None:
    """A take profit or stop loss; None when there is none."""
    trigger_price, limit_price, trigger_by = fields
    if trigger_price.sent(members) is None:
        for field in (limit_price, trigger_by):
            if field.sent(members) is not None:
                raise invalid(f"`{field.name}` needs `{trigger_price.name}`")
        return None
    return Exit(
        trigger_price=trigger_price.of(members, instrument), follows=trigger_by.of(members),
        limit_price=NO_PRICE if limit_price.sent(members) is None
        else limit_price.of(members, instrument),
    )


def read_conditions(
    members: Members, instrument: InstrumentListed, *, side: int, trigger: Trigger | None
) -> Conditions | None:
    """All conditions of an order; None when it has none."""
    profit = loss = None
    if not members.keys().isdisjoint(_EXIT_NAMES):
        profit = read_exit(members, instrument, TAKE_PROFIT)
        loss = read_exit(members, instrument, STOP_LOSS)
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
    """A share in millionths as a request states it: `80%`."""
    return f"{format_decimal(share_rate, _SHARE_DECIMALS)}%"


def exit_texts(
    instrument: InstrumentListed, leaving: Exit | None
) -> tuple[str | None, str | None, str | None]:
    """Trigger price, limit price and followed price of a take profit or stop loss."""
    if leaving is None:
        return None, None, None
    limit = price_text(instrument, leaving.limit_price) if leaving.limit_price else None
    return price_text(instrument, leaving.trigger_price), limit, FOLLOWED[leaving.follows]


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
