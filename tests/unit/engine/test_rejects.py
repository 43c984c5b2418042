"""Reasons: a number and a full sentence each, and whether trying again helps."""

import ast
import inspect
from itertools import pairwise

import pytest

from outcry.engine import rejects
from outcry.engine.rejects import RETRYABLE, CancelReason, CloseReason, RejectReason

# Numbers on the log mean the same for ever: one that is here is never given to another reason.
REJECT_NUMBERS = {
    "MALFORMED": 100, "DUPLICATE": 101, "TOO_LATE": 102, "ENGINE_ERROR": 103, "VENUE_OPEN": 199,
    "ASSET_NOT_FOUND": 200, "ASSET_EXISTS": 201, "ASSET_INVALID": 202,
    "INSTRUMENT_NOT_FOUND": 210, "INSTRUMENT_EXISTS": 211, "INSTRUMENT_INVALID": 212,
    "QUOTE_INVALID": 220, "QUOTE_STALE": 221, "ACCOUNT_NOT_FOUND": 300, "ACCOUNT_INVALID": 301,
    "AMOUNT_INVALID": 310, "KEY_USED": 311, "CLIENT_ID_USED": 400, "ORDER_INVALID": 401,
    "MARKET_CLOSED": 402, "QUANTITY_INVALID": 410, "PRICE_INVALID": 411, "PRICE_TOO_FAR": 412,
    "ORDER_LIMIT": 414, "POST_ONLY_WOULD_TAKE": 430, "ORDER_NOT_FOUND": 440,
    "INSUFFICIENT_FUNDS": 450,
}
CANCEL_NUMBERS = {
    "BY_OWNER": 1, "IMMEDIATE_OR_CANCEL": 2, "FILL_OR_KILL": 3, "INSUFFICIENT_LIQUIDITY": 4,
    "SELF_TRADE": 5, "INSUFFICIENT_FUNDS": 6, "PRICE_IMPACT": 7,
}


def test_numbers_on_the_log_keep_their_meaning() -> None:
    assert REJECT_NUMBERS.items() <= vars(RejectReason).items()
    assert CANCEL_NUMBERS.items() <= vars(CancelReason).items()


@pytest.mark.parametrize("reasons", [RejectReason, CancelReason, CloseReason])
def test_reasons_stand_in_the_order_of_their_numbers(reasons: type) -> None:
    numbers = [number for name, number in vars(reasons).items() if name.isupper()]
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("reasons", [RejectReason, CancelReason, CloseReason])
def test_every_reason_has_its_sentence(reasons: type) -> None:
    [definition] = [
        node for node in ast.parse(inspect.getsource(rejects)).body
        if isinstance(node, ast.ClassDef) and node.name == reasons.__name__
    ]
    body = definition.body
    for node, following in pairwise(body):
        if isinstance(node, ast.AnnAssign):
            assert isinstance(following, ast.Expr), ast.unparse(node)
            sentence = ast.literal_eval(following.value)
            assert sentence[0].isupper()
            assert sentence.endswith(".")


def test_what_may_succeed_later_is_retryable() -> None:
    assert RejectReason.INSUFFICIENT_FUNDS in RETRYABLE
    assert RejectReason.TOO_LATE in RETRYABLE
    assert RejectReason.PRICE_INVALID not in RETRYABLE
    assert RejectReason.CLIENT_ID_USED not in RETRYABLE
    assert RejectReason.MALFORMED not in RETRYABLE
