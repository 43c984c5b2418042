"""Every number of the engine has its word."""

import pytest

from outcry.engine.rejects import CancelReason
from outcry.protocol.backpack.words import EXPIRY_REASONS, order_status


def test_every_end_but_the_owners_is_an_expiry() -> None:
    assert set(CancelReason) - {CancelReason.BY_OWNER} == set(EXPIRY_REASONS)


@pytest.mark.parametrize(("is_open", "filled", "cancel_reason", "status"), [
    (True, 0, 0, "New"),
    (True, 1, 0, "PartiallyFilled"),
    (False, 5, 0, "Filled"),
    (False, 0, CancelReason.BY_OWNER, "Cancelled"),
    (False, 3, CancelReason.BY_OWNER, "Cancelled"),
    (False, 3, CancelReason.IMMEDIATE_OR_CANCEL, "Expired"),
    (False, 0, CancelReason.SELF_TRADE, "Expired"),
])
def test_states(*, is_open: bool, filled: int, cancel_reason: int, status: str) -> None:
    assert status == order_status(is_open=is_open, filled=filled, cancel_reason=cancel_reason)
