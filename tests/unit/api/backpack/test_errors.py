"""Every refusal of the engine has its words on the wire."""

import pytest

from outcry.api.backpack.errors import REJECTIONS, Code, rejection
from outcry.engine.rejects import REJECT_NAMES, RejectReason


def test_every_reason_has_an_answer() -> None:
    assert set(REJECT_NAMES) == set(REJECTIONS)


@pytest.mark.parametrize("reason", list(REJECT_NAMES))
def test_an_answer_is_an_error(reason: int) -> None:
    """Statuses are Backpack's, and a message says something."""
    error = rejection(reason)
    assert error.status in {400, 401, 404, 409, 500, 503}
    assert error.message
    assert {"code": error.code.value, "message": error.message} == {
        "code": error.body.code, "message": error.body.message,
    }


@pytest.mark.parametrize(("reason", "status", "code", "message"), [
    (RejectReason.POST_ONLY_WOULD_TAKE, 400, Code.INVALID_ORDER,
     "Order would immediately match and take"),
    (RejectReason.ORDER_NOT_FOUND, 404, Code.RESOURCE_NOT_FOUND, "Not Found"),
    (RejectReason.PRICE_TOO_FAR, 400, Code.INVALID_PRICE,
     "Price is too far from the last active price"),
])
def test_words_that_clients_match_on(
    reason: int, status: int, code: Code, message: str
) -> None:
    error = rejection(reason)
    assert (status, code, message) == (error.status, error.code, error.message)


def test_a_repeated_client_id_names_the_first_order() -> None:
    assert rejection(RejectReason.CLIENT_ID_USED, 42).message.endswith(": order 42")
