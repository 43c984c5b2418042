"""Signatures agree with the exchange whose clients we speak to, byte for byte."""

from decimal import Decimal

import pytest

from outcry.client import ApiKey, OrderRequest

KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW_MS = 1614550000000


def key() -> ApiKey:
    return ApiKey(KEY, SECRET, clock_ms=lambda: NOW_MS)


def limit(side: str, price: str, **options: object) -> OrderRequest:
    return OrderRequest(
        symbol="SOL_USDC", side=side, price=Decimal(price), quantity=Decimal(1), **options,
    )


def test_a_request_without_parameters() -> None:
    """The known vector of balanceQuery."""
    headers = key().headers("balanceQuery", [{}])
    assert {
        "X-API-Key": KEY, "X-Timestamp": str(NOW_MS), "X-Window": "5000",
        "X-Signature": "nYfMx/rzW4i3vncDLl8SNxrjlZerfdUU1YvITOiclzGv0wbH0+CUQs4pH1hDKd/nhuhm1kBM"
                       "s99y82z2j0gkDg==",
    } == headers


def test_an_order() -> None:
    """The known vector of an order with numbers and flags."""
    order = limit("Bid", "100", post_only=True, client_id=7)
    assert (
        "BGUvdpR6MT6iGP3i6qc/Z4JI+iaLYba3X52+gzQF+81YH92Y4OVNhm5PJc3fERG0vATBb62xkXxiPtOO4qzMBw=="
        == key().headers("orderExecute", [order.members()])["X-Signature"]
    )


def test_a_batch() -> None:
    """The known vector of two orders signed together."""
    batch = [limit("Bid", "99").members(), limit("Ask", "101").members()]
    assert (
        "bi4bit52d2psQMNoXYaj3cHOyQFPOdxtb13MrxHDB2SGOXhj/1AOBIXmYQ4xOA+eAf7UMeVl79TGA1r8LTOUAQ=="
        == key().headers("orderExecute", batch)["X-Signature"]
    )


def test_a_subscription() -> None:
    """The known vector of private streams."""
    assert [
        KEY,
        "Uf+mBpqN/y/EzT77rzrj7ga4mdvZmzq4XW+Lh+9B0K0wLMFJrInMKcACIpSpVaPNzrFEpPhINxEP2rNI3E92CA==",
        str(NOW_MS), "5000",
    ] == key().subscription()


def test_a_decimal_is_written_plainly() -> None:
    """No exponent ever reaches the wire."""
    order = limit("Bid", "1E+5", quote_quantity=Decimal("0.0000001"))
    assert ("100000", "0.0000001") == (
        order.members()["price"], order.members()["quoteQuantity"]
    )


@pytest.mark.parametrize("secret", [
    "", "?", "AAEC", "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
])
def test_a_secret_that_does_not_fit_is_refused_at_once(secret: str) -> None:
    """A wrong secret is found when the key is made, not at the first order."""
    with pytest.raises(ValueError, match=r"secret|base64|padding|Non-base64"):
        ApiKey(KEY, secret)


def test_the_secret_is_not_in_the_repr() -> None:
    """What ends up in logs does not give the account away."""
    assert SECRET not in repr(key())
