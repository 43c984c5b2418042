"""Signed tokens: in the link of a mail to sign in, and then in the cookie of a session.

Both are JSON Web Tokens of 128 random bits. Their rows are in the database; the signature keeps
guesses away from it.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import jwt

SECRET_CHARACTERS_MIN: Final = 32
TOKEN_CHARACTERS_MAX: Final = 512
ID_BYTES: Final = 16

# Purposes of a token, so that one can never be used as the other.
SESSION: Final = "session"
SIGN_IN: Final = "sign-in"

_ALGORITHM: Final = "HS256"


class TokenSigner:
    """Makes and reads tokens. Every process with the same secret reads them alike."""

    def __init__(self, secret: str) -> None:
        assert len(secret) >= SECRET_CHARACTERS_MIN, "the secret is too short to keep one"
        self._secret = secret

    def make(self, audience: str, token_id: bytes, *, expires_ms: int) -> str:
        """The token of an id, good until then."""
        assert len(token_id) == ID_BYTES
        return jwt.encode(
            {
                "aud": audience, "jti": urlsafe_b64encode(token_id).decode(),
                "exp": -(-expires_ms // 1_000),
            },
            self._secret, algorithm=_ALGORITHM,
        )

    def read(self, audience: str, text: str, *, now_ms: int) -> bytes | None:
        """The id in a token of ours that has not expired; None otherwise."""
        if len(text) > TOKEN_CHARACTERS_MAX:
            return None
        try:
            # The time is checked below, against the clock that everything here goes by.
            claims = jwt.decode(
                text, self._secret, algorithms=[_ALGORITHM], audience=audience,
                options={"require": ["aud", "exp", "jti"], "verify_exp": False},
            )
            token_id = urlsafe_b64decode(claims["jti"])
        except (jwt.InvalidTokenError, binascii.Error, ValueError):
            return None
        if len(token_id) != ID_BYTES or claims["exp"] * 1_000 <= now_ms:
            return None
        return token_id
