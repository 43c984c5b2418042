"""Every refusal of the engine has its words on the wire."""

import pytest

from outcry.api.backpack.errors import (
    REJECTIONS,
    ApiError,
    Code,
    invalid,
    not_found,
    outcome_unknown,
    rejection,
)
from outcry.engine.rejects import REJECT_NAMES, RETRYABLE, RejectReason


def test_every_reason_has_an_answer() -> None:
    assert set(REJECT_NAMES) == set(REJECTIONS)


@pytest.mark.parametrize("reason", list(REJECT_NAMES))
def test_an_answer_is_an_error(reason: int) -> None:
    """Statuses are Backpack's, and a message says something."""
    error = rejection(reason)
    assert error.status in {400, 401, 404, 409, 500, 503}
    assert error.message
    assert (error.code.value, error.message, error.retryable) == (
        error.body.code, error.body.message, error.body.retryable,
    )


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


@pytest.mark.parametrize("reason", REJECTIONS)
def test_a_refusal_is_as_retryable_as_its_reason(reason: int) -> None:
    """Only of an unknown outcome a client can know more than the engine."""
    error = rejection(reason)
    assert error.retryable == (reason in RETRYABLE or error.code is Code.TIMEOUT)


@pytest.mark.parametrize(("error", "retryable"), [
    (ApiError(429, Code.TOO_MANY_REQUESTS, ""), True), (ApiError(503, Code.MAINTENANCE, ""), True),
    (outcome_unknown(), True), (invalid("no"), False), (not_found(), False),
    (ApiError(500, Code.SERVER_ERROR, ""), False),
])
def test_what_the_gateway_refuses(error: ApiError, *, retryable: bool) -> None:
    assert retryable is error.body.retryable


def test_a_repeated_client_id_names_the_first_order() -> None:
    assert rejection(RejectReason.CLIENT_ID_USED, 42).message.endswith(": order 42")
