"""Signatures of real clients are accepted, and nothing else."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey, VerifyKey

from outcry.api.backpack.bodies import NumberLiteral, Scalar, parse_batch, parse_members
from outcry.api.backpack.errors import ApiError
from outcry.api.backpack.signing import (
    Signature,
    canonical_text,
    check_fresh,
    check_signature,
    read_public_key,
    read_signature,
    stamped,
)

# Made by official and third-party clients with the seed 00 01 02 … 1f.
API_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SIGNED_AT = "1614550000000"
BALANCE = (
    "nYfMx/rzW4i3vncDLl8SNxrjlZerfdUU1YvITOiclzGv0wbH0+CUQs4pH1hDKd/nhuhm1kBMs99y82z2j0gkDg=="
)
ORDER = "BGUvdpR6MT6iGP3i6qc/Z4JI+iaLYba3X52+gzQF+81YH92Y4OVNhm5PJc3fERG0vATBb62xkXxiPtOO4qzMBw=="
BATCH = "bi4bit52d2psQMNoXYaj3cHOyQFPOdxtb13MrxHDB2SGOXhj/1AOBIXmYQ4xOA+eAf7UMeVl79TGA1r8LTOUAQ=="
SUBSCRIBE = (
    "Uf+mBpqN/y/EzT77rzrj7ga4mdvZmzq4XW+Lh+9B0K0wLMFJrInMKcACIpSpVaPNzrFEpPhINxEP2rNI3E92CA=="
)
KEY = VerifyKey(read_public_key(API_KEY))
SIGNER = SigningKey(b64decode(SECRET))


def sent(signed: str, *, window: str | None = "5000") -> Signature:
    return read_signature(API_KEY, signed, SIGNED_AT, window)


def sign(text: str) -> Signature:
    signed = SIGNER.sign(stamped(text, SIGNED_AT, "5000")).signature
    return sent(b64encode(signed).decode())


def test_vector_without_parameters() -> None:
    check_signature(KEY, sent(BALANCE), "balanceQuery", [{}])


def test_default_window_is_part_of_the_text() -> None:
    """A client that sends no window signs the default one."""
    check_signature(KEY, sent(BALANCE, window=None), "balanceQuery", [{}])


def test_vector_of_an_order() -> None:
    """Numbers and booleans of the body are signed as they are written there."""
    body = (
        b'{"clientId":7,"orderType":"Limit","postOnly":true,"price":"100","quantity":"1",'
        b'"side":"Bid","symbol":"SOL_USDC"}'
    )
    check_signature(KEY, sent(ORDER), "orderExecute", [parse_members(body)])


def test_vector_of_a_batch() -> None:
    """Each element repeats the instruction; the keys within are sorted whatever their order."""
    body = (
        b'[{"symbol":"SOL_USDC","orderType":"Limit","side":"Bid","quantity":"1","price":"99"},'
        b'{"symbol":"SOL_USDC","orderType":"Limit","side":"Ask","quantity":"1","price":"101"}]'
    )
    check_signature(KEY, sent(BATCH), "orderExecute", parse_batch(body))


@pytest.mark.parametrize("signed", ["true", "True"])
def test_flags_of_a_query_as_python_writes_them(signed: str) -> None:
    """Two clients sign `true`, and their HTTP library then sends `True`."""
    signature = sign(f"instruction=depositQueryAll&excludePlatform={signed}&limit=5")
    query = {"limit": "5", "excludePlatform": "True"}
    check_signature(KEY, signature, "depositQueryAll", [query])
    with pytest.raises(ApiError, match="Invalid signature"):
        check_signature(KEY, signature, "depositQueryAll", [{**query, "excludePlatform": "False"}])


def test_nothing_as_python_writes_it() -> None:
    """A client signs `None` for a member that is then null in the body."""
    signature = sign("instruction=orderExecute&postOnly=false&quantity=None&symbol=SOL_USDC")
    body = b'{"symbol":"SOL_USDC","quantity":null,"postOnly":false}'
    check_signature(KEY, signature, "orderExecute", [parse_members(body)])
    with pytest.raises(ApiError, match="Invalid signature"):
        check_signature(KEY, signature, "orderExecute", [parse_members(body[:-1] + b',"price":1}')])


def test_vector_of_a_subscription() -> None:
    check_signature(KEY, sent(SUBSCRIBE), "subscribe", [{}])


def test_the_secret_of_the_vectors_makes_them() -> None:
    assert sent(BALANCE) == sign("instruction=balanceQuery")


def test_percent_encoded_values_are_accepted() -> None:
    """ccxt signs `80%` as `80%25`; the others as it is."""
    request: dict[str, Scalar] = {"triggerQuantity": "80%", "symbol": "SOL_USDC"}
    head = "instruction=orderExecute&symbol=SOL_USDC&triggerQuantity="
    check_signature(KEY, sign(head + "80%"), "orderExecute", [request])
    check_signature(KEY, sign(head + "80%25"), "orderExecute", [request])
    with pytest.raises(ApiError, match="Invalid signature"):
        check_signature(KEY, sign(head + "80%2525"), "orderExecute", [request])


def test_numbers_are_signed_by_their_literal() -> None:
    """`1.50` is not `1.5`, once it has been signed."""
    request = parse_members(b'{"price":1.50}')
    assert {"price": NumberLiteral("1.50")} == request
    check_signature(KEY, sign("instruction=orderExecute&price=1.50"), "orderExecute", [request])
    with pytest.raises(ApiError, match="Invalid signature"):
        check_signature(
            KEY, sign("instruction=orderExecute&price=1.5"), "orderExecute", [request]
        )


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1, max_size=8),
        st.text(st.characters(codec="utf-8"), max_size=8) | st.booleans(), max_size=5,
    ),
    st.booleans(),
)
def test_what_was_signed_verifies(request: dict[str, Scalar], encoded: bool) -> None:
    """Whatever the parameters, both forms of the text are accepted, unless they are ambiguous."""
    text = canonical_text("orderExecute", request, encoded=encoded)
    written = "".join(name if encoded else f"{name}{value}" for name, value in request.items())
    if set("&=") & set(written) or not text.isprintable():
        with pytest.raises(ApiError, match="Invalid signature"):
            check_signature(KEY, sign(text), "orderExecute", [request])
    else:
        check_signature(KEY, sign(text), "orderExecute", [request])


@pytest.mark.parametrize("changed", [
    {"symbol": "ETH_USDC"}, {"symbol": "SOL_USDC", "limit": "1"}, {},
])
def test_a_changed_request_is_refused(changed: dict[str, Scalar]) -> None:
    signature = sign("instruction=orderCancelAll&symbol=SOL_USDC")
    with pytest.raises(ApiError) as caught:
        check_signature(KEY, signature, "orderCancelAll", [changed])
    assert (400, "INVALID_CLIENT_REQUEST", "Invalid signature") == (
        caught.value.status, caught.value.code, caught.value.message,
    )


def test_another_instruction_is_refused() -> None:
    with pytest.raises(ApiError, match="Invalid signature"):
        check_signature(KEY, sent(BALANCE), "accountQuery", [{}])


def test_characters_that_are_no_text_are_refused() -> None:
    """Half a character cannot be signed."""
    request = {"symbol": "\ud800"}
    with pytest.raises(ApiError, match="cannot be signed"):
        check_signature(KEY, sent(ORDER), "orderExecute", [request])


@pytest.mark.parametrize(("now_ms", "message"), [
    (1614550000000, None),
    (1614550005000, None),
    (1614550005001, "Request has expired"),
    (1614549995000, None),
    (1614549994999, "Invalid timestamp"),
])
def test_a_signature_lives_for_its_window(now_ms: int, message: str | None) -> None:
    if message is None:
        check_fresh(sent(BALANCE), now_ms)
        return
    with pytest.raises(ApiError, match=message):
        check_fresh(sent(BALANCE), now_ms)


@pytest.mark.parametrize("window", ["0", "60001", "-1", "5e3", "abc", "5000.0", " 5000"])
def test_absurd_windows(window: str) -> None:
    with pytest.raises(ApiError, match="Invalid X-Window header"):
        check_fresh(sent(BALANCE, window=window), 1614550000000)


@pytest.mark.parametrize("timestamp", ["now", "-1", "1614550000000.5", "1_0", "9" * 30])
def test_absurd_timestamps(timestamp: str) -> None:
    with pytest.raises(ApiError, match="Invalid timestamp"):
        check_fresh(read_signature(API_KEY, BALANCE, timestamp, None), 1614550000000)


@pytest.mark.parametrize(("headers", "status", "message"), [
    ((None, BALANCE, SIGNED_AT), 401, "Missing X-API-Key header"),
    ((API_KEY, None, SIGNED_AT), 400, "Missing X-Signature header"),
    ((API_KEY, BALANCE, None), 400, "Missing X-Timestamp header"),
    ((API_KEY, "not base64!", SIGNED_AT), 400, "Invalid X-Signature header"),
    ((API_KEY, API_KEY, SIGNED_AT), 400, "Invalid X-Signature header"),
    ((API_KEY, "é", SIGNED_AT), 400, "Invalid X-Signature header"),
])
def test_headers_that_are_missing_or_wrong(
    headers: tuple[str | None, str | None, str | None], status: int, message: str
) -> None:
    with pytest.raises(ApiError) as caught:
        read_signature(*headers, None)
    assert (status, message) == (caught.value.status, caught.value.message)


@pytest.mark.parametrize("api_key", ["", "AAAA", "not base64", "é"])
def test_what_is_no_key(api_key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_public_key(api_key)
