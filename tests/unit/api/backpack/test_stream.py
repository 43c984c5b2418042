"""What clients may say on the stream, and what they are told when it is wrong."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.api.backpack.stream import (
    INVALID_DEPTH_WINDOW,
    INVALID_STREAM,
    NOT_AUTHORIZED,
    PARSE_ERROR,
    Kind,
    StreamError,
    StreamName,
    parse_request,
    parse_stream,
    refusal,
)


@pytest.mark.parametrize(("text", "expected"), [
    ("bookTicker.SOL_USDC", (Kind.BOOK_TICKER, "SOL_USDC", "")),
    ("depth.SOL_USDC", (Kind.DEPTH, "SOL_USDC", "")),
    ("depth.200ms.SOL_USDC", (Kind.DEPTH, "SOL_USDC", "200ms")),
    ("depth.600ms.SOL_USDC", (Kind.DEPTH, "SOL_USDC", "600ms")),
    ("depth.1000ms.SOL_USDC", (Kind.DEPTH, "SOL_USDC", "1000ms")),
    ("kline.1m.SOL_USDC", (Kind.KLINE, "SOL_USDC", "1m")),
    ("kline.1month.kPEPE_USDC_PERP", (Kind.KLINE, "kPEPE_USDC_PERP", "1month")),
    ("ticker.SOL_USDC", (Kind.TICKER, "SOL_USDC", "")),
    ("trade.SOL_USDC", (Kind.TRADE, "SOL_USDC", "")),
    ("markPrice.SOL_USDC", (Kind.MARK_PRICE, "SOL_USDC", "")),
    ("openInterest.SOL_USDC", (Kind.OPEN_INTEREST, "SOL_USDC", "")),
    ("liquidation", (Kind.LIQUIDATION, "", "")),
    ("liquidation.SOL_USDC", (Kind.LIQUIDATION, "SOL_USDC", "")),
    ("account.orderUpdate", (Kind.ORDER_UPDATE, "", "")),
    ("account.orderUpdate.SOL_USDC", (Kind.ORDER_UPDATE, "SOL_USDC", "")),
    ("account.balanceUpdate", (Kind.BALANCE_UPDATE, "", "")),
    ("account.positionUpdate", (Kind.POSITION_UPDATE, "", "")),
    ("account.rfqUpdate", (Kind.RFQ_UPDATE, "", "")),
])
def test_streams_there_are(text: str, expected: tuple[Kind, str, str]) -> None:
    assert StreamName(text, *expected) == parse_stream(text)


@pytest.mark.parametrize(("text", "code", "message"), [
    ("", INVALID_STREAM, "Invalid stream"),
    ("nonsense", INVALID_STREAM, "Invalid stream"),
    ("nonsense.SOL_USDC", INVALID_STREAM, "Invalid stream"),
    ("account", INVALID_STREAM, "Invalid stream"),
    ("account.orders", INVALID_STREAM, "Invalid stream"),
    ("depth", INVALID_STREAM, "Invalid stream"),
    ("ticker.", INVALID_STREAM, "Invalid stream"),
    ("kline.SOL_USDC", INVALID_STREAM, "Invalid stream"),
    ("kline.7m.SOL_USDC", INVALID_STREAM, "Invalid stream"),
    ("kline.1m", INVALID_STREAM, "Invalid stream"),
    ("depth.300ms.SOL_USDC", INVALID_DEPTH_WINDOW, "Invalid depth window"),
    ("depth.200ms.", INVALID_STREAM, "Invalid stream"),
    ("\ud800", INVALID_STREAM, "Invalid stream"),
])
def test_streams_there_are_not(text: str, code: int, message: str) -> None:
    with pytest.raises(StreamError) as raised:
        parse_stream(text)
    assert (code, message) == (raised.value.code, raised.value.message)


def test_a_request_may_name_many_streams_and_more_than_is_asked_for() -> None:
    """Fields nobody knows are passed over; streams that do not exist do not harm the others."""
    request = parse_request(
        b'{"id":7,"method":"SUBSCRIBE","params":["depth.A_B","what","depth.1ms.A_B","trade.A_B"]}'
    )
    assert request.subscribe
    assert ["depth.A_B", "trade.A_B"] == [stream.text for stream in request.streams]
    assert [INVALID_STREAM, INVALID_DEPTH_WINDOW] == [fault.code for fault in request.faults]
    assert request.signature is None


def test_an_unsubscription_needs_no_signature() -> None:
    """ccxt signs it all the same, and what it signs does not matter."""
    request = parse_request(
        b'{"method":"UNSUBSCRIBE","params":["account.orderUpdate"],"signature":["x"]}'
    )
    assert not request.subscribe
    assert request.signature is None


def test_a_signature_is_four_texts() -> None:
    signed = "A" * 86 + "=="
    request = parse_request(msgspec.json.encode({
        "method": "SUBSCRIBE", "params": ["account.orderUpdate"],
        "signature": ["key", signed, "1614550000000", "5000"],
    }))
    assert request.signature is not None
    assert "key" == request.signature.api_key
    assert ("1614550000000", "5000") == (request.signature.timestamp, request.signature.window)


@pytest.mark.parametrize("signature", [
    [], ["key"], ["key", "!", "1", "2"], ["key", "AAAA", "1", "2"], ["", "A" * 86 + "==", "1", "2"],
    ["key", "A" * 86 + "==", "", "2"],
])
def test_a_signature_that_is_none_is_not_authorized(signature: list[str]) -> None:
    with pytest.raises(StreamError) as raised:
        parse_request(msgspec.json.encode({
            "method": "SUBSCRIBE", "params": ["account.orderUpdate"], "signature": signature,
        }))
    assert NOT_AUTHORIZED == raised.value.code


@pytest.mark.parametrize("payload", [
    b"", b"ping", b"null", b"[]", b"{}", b'{"method":"SUBSCRIBE"}',
    b'{"method":"PUBLISH","params":[]}', b'{"method":"SUBSCRIBE","params":"depth.A_B"}',
    b'{"method":"SUBSCRIBE","params":[1]}', b'{"method":1,"params":[]}',
    b'{"method":"SUBSCRIBE","params":[],"signature":"x"}', b"\xff\xfe", b'{"method":"\xff"}',
    b'{"x":' + b"[" * 60_000, b'{"method":"SUBSCRIBE","params":[]} trailing',
])
def test_what_is_no_request_is_a_parse_error(payload: bytes) -> None:
    with pytest.raises(StreamError) as raised:
        parse_request(payload)
    assert (PARSE_ERROR, "Parse error") == (raised.value.code, raised.value.message)


@given(st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_no_payload_does_harm(payload: bytes) -> None:
    """Whatever comes is a request or an error."""
    with suppress(StreamError):
        parse_request(payload)


@given(st.text(max_size=60))
def test_no_name_does_harm(text: str) -> None:
    """Whatever is named is a stream or an error."""
    with suppress(StreamError):
        assert text == parse_stream(text).text


def test_an_error_has_no_id() -> None:
    assert {"id": None, "error": {"code": 4006, "message": "Invalid stream"}} == (
        msgspec.json.decode(refusal(StreamError(INVALID_STREAM, "Invalid stream")))
    )
