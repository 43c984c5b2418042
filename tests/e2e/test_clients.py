"""Habits of Backpack's clients that are not in any document: each of them is understood here."""

import http.client
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from nacl.signing import SigningKey

from outcry.api.backpack.signing import canonical_text, stamped
from rigs.patience import PATIENCE_S
from rigs.venues import Venue

ORDER = "/api/v1/order"
ORDERS = "/api/v1/orders"
BID = {"symbol": "SOL_USDC", "side": "Bid", "orderType": "Limit", "price": "10", "quantity": "1"}


class Raw:
    """Requests exactly as they are written down here."""

    def __init__(self, venue: Venue, user: dict[str, Any]) -> None:
        self._venue = venue
        self._user = user

    def __call__(
        self, method: str, path: str, instruction: str, members: Mapping[str, Any], *,
        encoded: bool = False, spelled: Callable[[str], str] = str, content_type: str | None = None,
        text: str | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Send a request that is signed over `text`; status, answer and headers."""
        if text is None:
            text = canonical_text(instruction, members, encoded=encoded)
        now = str(time.time_ns() // 1_000_000)
        signed = SigningKey(b64decode(self._user["api_secret"])).sign(stamped(text, now, "5000"))
        headers = {spelled(name): value for name, value in {
            "X-API-Key": self._user["api_key"], "X-Timestamp": now, "X-Window": "5000",
            "X-Signature": b64encode(signed.signature).decode(),
        }.items()}
        if content_type is not None:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self._venue.port, timeout=PATIENCE_S)
        try:
            if method == "GET":
                connection.request(method, f"{path}?{urlencode(members)}", headers=headers)
            else:
                connection.request(method, path, body=json.dumps(members), headers=headers)
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body), {
                name.lower(): value for name, value in response.getheaders()
            }
        finally:
            connection.close()


@pytest.fixture(scope="module")
def raw(venue: Venue) -> Raw:
    return Raw(venue, venue.create_user("odd@example.org", USDC="100000", SOL="100"))


@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
def test_headers_in_any_spelling(raw: Raw, spelled: Callable[[str], str]) -> None:
    status, balances, _ = raw(
        "GET", "/api/v1/capital", "balanceQuery", {}, spelled=spelled,
        content_type="application/x-www-form-urlencoded",
    )
    assert (200, "100") == (status, balances["SOL"]["available"])


@pytest.mark.parametrize("content_type", [
    None, "application/json", "application/json; charset=utf-8", "text/plain",
])
def test_bodies_of_any_content_type(raw: Raw, content_type: str | None) -> None:
    """A cancel has a body too, whatever it is called."""
    status, placed, _ = raw("POST", ORDER, "orderExecute", BID, content_type=content_type)
    assert (200, "New") == (status, placed["status"])
    status, canceled, _ = raw(
        "DELETE", ORDER, "orderCancel", {"symbol": "SOL_USDC", "orderId": placed["id"]},
        content_type=content_type,
    )
    assert (200, "Cancelled", placed["id"]) == (status, canceled["status"], canceled["id"])


@pytest.mark.parametrize("as_sent", [str, int])
def test_client_ids_as_numbers_or_strings(raw: Raw, as_sent: Callable[[int], Any]) -> None:
    """Wherever an id is: placing, finding, replacing and canceling."""
    client_id = as_sent(4_294_967_295 if as_sent is str else 0)
    which = {"symbol": "SOL_USDC", "clientId": client_id}
    status, placed, _ = raw("POST", ORDER, "orderExecute", {**BID, "clientId": client_id})
    assert (200, int(client_id)) == (status, placed["clientId"])
    assert placed == raw("GET", ORDER, "orderQuery", which)[1]
    status, replaced, _ = raw("PATCH", ORDER, "orderReplace", {**which, "price": "11"})
    assert (200, {**placed, "price": "11"}) == (status, replaced)
    assert "Cancelled" == raw("DELETE", ORDER, "orderCancel", which)[1]["status"]


@pytest.mark.parametrize("encoded", [False, True])
def test_values_signed_as_they_are_or_encoded(raw: Raw, encoded: bool) -> None:
    """A percent sign, a slash and a space look different in the two."""
    status, made, _ = raw(
        "POST", "/wapi/v1/capital/withdrawals", "withdraw", {
            "symbol": "USDC", "quantity": "1", "address": "100% a/b", "blockchain": "Solana",
        }, encoded=encoded,
    )
    assert (200, "100% a/b") == (status, made["toAddress"])
    status, page, headers = raw(
        "GET", "/wapi/v1/history/orders", "orderHistoryQueryAll",
        {"sort_direction": "Asc", "limit": "1", "symbol": "SOL_USDC"}, encoded=encoded,
    )
    assert (200, "1") == (status, headers["x-page-size"])
    assert len(page) <= 1


def test_numbers_are_signed_as_they_are_written(raw: Raw) -> None:
    """Python writes 10.50 as 10.5, in the body and in the signature."""
    members = {**BID, "price": 10.5, "quantity": 1, "clientId": 5, "postOnly": True}
    text = (
        "instruction=orderExecute&clientId=5&orderType=Limit&postOnly=true&price=10.5&quantity=1"
        "&side=Bid&symbol=SOL_USDC"
    )
    status, placed, _ = raw("POST", ORDER, "orderExecute", members, text=text)
    assert (200, "10.5", True) == (status, placed["price"], placed["postOnly"])
    assert 1 == len(raw("DELETE", ORDERS, "orderCancelAll", {"symbol": "SOL_USDC"})[1])
