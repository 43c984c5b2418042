"""Tokens: what is read back, and what never is."""

import base64

import jwt
import pytest

from outcry.people.tokens import SESSION, SIGN_IN, TokenSigner

SECRET = "x" * 32
ID = bytes(range(16))
NOW_MS = 1_790_000_000_500


def test_a_token_is_good_until_its_time() -> None:
    tokens = TokenSigner(SECRET)
    token = tokens.make(SESSION, ID, expires_ms=NOW_MS + 1_500)
    assert ID == tokens.read(SESSION, token, now_ms=NOW_MS + 1_499)
    assert tokens.read(SESSION, token, now_ms=NOW_MS + 1_500) is None


def test_one_cannot_be_used_as_the_other() -> None:
    """A mailed token is no cookie: it would be one that nobody can revoke."""
    tokens = TokenSigner(SECRET)
    token = tokens.make(SIGN_IN, ID, expires_ms=NOW_MS + 60_000)
    assert ID == tokens.read(SIGN_IN, token, now_ms=NOW_MS)
    assert tokens.read(SESSION, token, now_ms=NOW_MS) is None


def test_of_another_secret() -> None:
    token = TokenSigner("y" * 32).make(SESSION, ID, expires_ms=NOW_MS + 60_000)
    assert TokenSigner(SECRET).read(SESSION, token, now_ms=NOW_MS) is None
    with pytest.raises(AssertionError, match="too short"):
        TokenSigner("x" * 31)


def claims(**changes: object) -> dict[str, object]:
    good: dict[str, object] = {
        "aud": SESSION, "jti": base64.urlsafe_b64encode(ID).decode(), "exp": NOW_MS // 1000 + 60,
    }
    kept = {**good, **changes}
    return {name: value for name, value in kept.items() if value is not None}


@pytest.mark.parametrize("changes", [
    {"exp": None}, {"jti": None}, {"aud": None}, {"jti": ""}, {"jti": "é"}, {"jti": "AAAA"},
    {"jti": "?" * 24}, {"jti": "A" * 600},
])
def test_signed_and_still_none_of_ours(changes: dict[str, object]) -> None:
    token = jwt.encode(claims(**changes), SECRET, algorithm="HS256")
    assert TokenSigner(SECRET).read(SESSION, token, now_ms=NOW_MS) is None
    good = jwt.encode(claims(), SECRET, algorithm="HS256")
    assert ID == TokenSigner(SECRET).read(SESSION, good, now_ms=NOW_MS)


def test_unsigned_or_signed_otherwise() -> None:
    """The token does not choose how it is checked."""
    with_none = jwt.encode(claims(), None, algorithm="none")
    secret = "x" * 64  # Long enough for both.
    otherwise = jwt.encode(claims(), secret, algorithm="HS512")
    assert TokenSigner(secret).read(SESSION, otherwise, now_ms=NOW_MS) is None
    good = TokenSigner(SECRET).make(SESSION, ID, expires_ms=NOW_MS + 60_000)
    head, body, signature = good.split(".")
    changed = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(body + "==").replace(b"179", b"199")
    ).rstrip(b"=").decode()
    for token in (with_none, f"{head}.{changed}.{signature}", f"{head}.{body}.",
                  "", ".", "a.b.c", "\x00", "é" * 20, good + "A" * 512):
        assert TokenSigner(SECRET).read(SESSION, token, now_ms=NOW_MS) is None, token


def test_a_secret_can_be_replaced_without_signing_anybody_out() -> None:
    old, new = "o" * 32, "n" * 32
    token = TokenSigner(old).make(SESSION, ID, expires_ms=NOW_MS + 60_000)
    assert ID == TokenSigner(new, old).read(SESSION, token, now_ms=NOW_MS)
    assert TokenSigner(new).read(SESSION, token, now_ms=NOW_MS) is None
    newer = TokenSigner(new, old).make(SESSION, ID, expires_ms=NOW_MS + 60_000)
    assert ID == TokenSigner(new).read(SESSION, newer, now_ms=NOW_MS)
    assert TokenSigner(old).read(SESSION, newer, now_ms=NOW_MS) is None
