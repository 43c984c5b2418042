"""Every number of the engine has its word."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest

from outcry.api.backpack.words import (
    EXPIRY_REASONS,
    FAILURE_REASONS,
    FOLLOWED,
    ORDER_TYPES,
    SELF_TRADES,
    SIDES,
    TIMES_IN_FORCE,
    expiry_reason,
    status_of,
)
from outcry.api.broker.commands import DIRECTIONS
from outcry.client import cfd, models
from outcry.engine.rejects import CANCEL_NAMES, CancelReason, RejectReason
from outcry.engine.units import BUY, GTC, LIMIT, REJECT_TAKER
from outcry.projections.history import CANCELED, FAILED, FILLED, OPEN, WAITING, OrderRow

NEW = OrderRow(
    order_id=1, account_id=100, instrument_id=1, side=BUY, order_type=LIMIT, price=1, quantity=5,
    quote_amount=0, time_in_force=GTC, post_only=False, client_id=None, self_trade=REJECT_TAKER,
    created_ms=0, updated_ms=0, filled=0, quote_filled=0, status=OPEN, cancel_reason=0,
)


def test_every_end_but_an_intended_one_is_an_expiry() -> None:
    intended = {CancelReason.BY_OWNER, CancelReason.EXIT_FIRED}
    assert set(CANCEL_NAMES) - intended == set(EXPIRY_REASONS)


@pytest.mark.parametrize(("changes", "status", "reason"), [
    ({}, "New", None),
    ({"filled": 2}, "PartiallyFilled", None),
    ({"filled": 5, "status": FILLED}, "Filled", None),
    ({"status": CANCELED, "cancel_reason": CancelReason.BY_OWNER}, "Cancelled", None),
    ({"status": CANCELED, "cancel_reason": CancelReason.EXIT_FIRED}, "Cancelled", None),
    ({"status": CANCELED, "cancel_reason": CancelReason.FILL_OR_KILL}, "Expired", "FillOrKill"),
    ({"status": CANCELED, "filled": 3, "cancel_reason": CancelReason.BY_OWNER}, "Cancelled", None),
    ({"status": CANCELED, "filled": 3, "cancel_reason": CancelReason.IMMEDIATE_OR_CANCEL},
     "Expired", "ImmediateOrCancel"),
    ({"status": CANCELED, "cancel_reason": CancelReason.SELF_TRADE}, "Expired",
     "SelfTradePrevention"),
    ({"status": WAITING}, "TriggerPending", None),
    ({"status": FAILED, "reject_reason": RejectReason.INSUFFICIENT_FUNDS}, "TriggerFailed",
     "InsufficientFunds"),
    ({"status": FAILED, "reject_reason": RejectReason.POST_ONLY_WOULD_TAKE}, "TriggerFailed",
     "PostOnlyTaker"),
])
def test_an_orders_state_and_why_it_ended(
    changes: dict[str, int], status: str, reason: str | None
) -> None:
    order = msgspec.structs.replace(NEW, **changes)
    assert (status, reason) == (status_of(order), expiry_reason(order))


@pytest.mark.parametrize(("typed", "words"), [
    (models.Side, SIDES), (models.OrderType, ORDER_TYPES), (models.TimeInForce, TIMES_IN_FORCE),
    (models.SelfTradePrevention, SELF_TRADES), (models.TriggerBy, FOLLOWED),
    (cfd.Direction, DIRECTIONS),
], ids=["sides", "order types", "times in force", "self-trades", "followed", "directions"])
def test_the_client_types_every_word(typed: Any, words: Mapping[int, str]) -> None:
    assert set(get_args(typed)) == set(words.values())


def test_what_can_go_wrong_when_a_trigger_fires_has_its_word() -> None:
    """The reasons of the engine's checks of price, quantity, book and money."""
    assert {
        RejectReason.MARKET_CLOSED, RejectReason.QUANTITY_INVALID, RejectReason.PRICE_INVALID,
        RejectReason.PRICE_TOO_FAR, RejectReason.POST_ONLY_WOULD_TAKE,
        RejectReason.INSUFFICIENT_FUNDS,
    } == set(FAILURE_REASONS)
