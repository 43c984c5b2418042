"""Signed tokens: in the link of a mail to sign in, and then in the cookie of a session.

Both are JSON Web Tokens of 128 random bits. Their rows are in the database; the signature keeps
guesses away from it.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import jwt

SECRET_CHARACTERS_MIN: Final = 32
DISTINCT_MIN: Final = 10
_WORDS: Final = ("changeme", "password", "secret", "example", "outcry", "12345678", "abcdefgh")
TOKEN_CHARACTERS_MAX: Final = 512
ID_BYTES: Final = 16

# Purposes of a token, so that one can never be used as the other.
SESSION: Final = "session"
SIGN_IN: Final = "sign-in"

_ALGORITHM: Final = "HS256"


def is_weak(secret: str) -> bool:
    """Whether a secret could be guessed: a word, or a few characters again and again."""
    return len(set(secret)) < DISTINCT_MIN or any(word in secret.lower() for word in _WORDS)


def _key_id(secret: str) -> str:
    """The id of a secret, which tells nothing about it."""
    return hashlib.sha256(b"outcry key id:" + secret.encode()).hexdigest()[:8]


class TokenSigner:
    """Makes and reads tokens. Every process with the same secret reads them alike.

    Tokens name the secret that signed them. Those of earlier secrets stay valid while the secrets
    are given, so a secret can be replaced without signing anybody out.
    """

    def __init__(self, secret: str, *earlier: str) -> None:
        for each in (secret, *earlier):
            assert len(each) >= SECRET_CHARACTERS_MIN, "the secret is too short to keep one"
        self._secret = secret
        self._key_id = _key_id(secret)
        self._secrets = {_key_id(each): each for each in (*earlier, secret)}

    def make(self, audience: str, token_id: bytes, *, expires_ms: int) -> str:
        """The token of an id, good until then."""
        assert len(token_id) == ID_BYTES
        return jwt.encode(
            {
                "aud": audience, "jti": urlsafe_b64encode(token_id).decode(),
                "exp": -(-expires_ms // 1_000),
            },
            self._secret, algorithm=_ALGORITHM, headers={"kid": self._key_id},
        )

    def read(self, audience: str, text: str, *, now_ms: int) -> bytes | None:
        """The id in a token of ours that has not expired; None otherwise."""
        if len(text) > TOKEN_CHARACTERS_MAX:
            return None
        try:
            # Tokens of versions without key ids were signed with the secret of now, or are lost.
            key_id = jwt.get_unverified_header(text).get("kid", self._key_id)
            secret = self._secrets.get(key_id)
            if secret is None:
                return None
            # The time is checked below, against the clock that everything here goes by.
            claims = jwt.decode(
                text, secret, algorithms=[_ALGORITHM], audience=audience,
                options={"require": ["aud", "exp", "jti"], "verify_exp": False},
            )
            token_id = urlsafe_b64decode(claims["jti"])
        except (jwt.InvalidTokenError, binascii.Error, ValueError):
            return None
        if len(token_id) != ID_BYTES or claims["exp"] * 1_000 <= now_ms:
            return None
        return token_id
