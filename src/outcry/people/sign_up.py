"""Sign-in by a link in a mail. Its first use makes the user.

The mail proves that the address is theirs, so there is no password, and nothing tells a stranger
whether an address is known.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from outcry.engine.units import AccountId
from outcry.people.onboarding import NOBODYS_DOMAIN, Onboarding
from outcry.people.tokens import ID_BYTES, SESSION, SIGN_IN, TokenSigner
from outcry.ports.mail import Mail, Mailer
from outcry.ports.people import Session, SignInStore

TOKEN_LIFE_MS: Final = 15 * 60 * 1_000
SESSION_LIFE_MS: Final = 7 * 24 * 3_600 * 1_000
DEMO_DOMAIN: Final = f"demo{NOBODYS_DOMAIN}"

_TEXT: Final = """\
Open this link to sign in to Outcry:

{link}

It works once, within 15 minutes.

If you did not ask for it, do nothing: without this link nobody gets in.
"""



class OpenedSession(NamedTuple):
    """A session, and the cookie that proves it."""

    session: Session
    cookie: str


class SignUp:
    """Mails links and opens sessions. `link` is the page that links lead to; `welcome` is the
    initial money of a new account, by asset."""

    def __init__(
        self, *, onboarding: Onboarding, sign_ins: SignInStore, mailer: Mailer, tokens: TokenSigner,
        link: str, welcome: Mapping[str, str], clock_ms: Callable[[], int],
    ) -> None:
        self._onboarding = onboarding
        self._sign_ins = sign_ins
        self._mailer = mailer
        self._tokens = tokens
        self._link = link
        self._welcome = welcome
        self._clock_ms = clock_ms

    async def send_link(self, email: str) -> None:
        """Mail a link to an address that was checked. Links that were mailed before stay valid.

        Raises `MailUnavailable` and `DatabaseUnavailable`.
        """
        now_ms = self._clock_ms()
        expires_ms = now_ms + TOKEN_LIFE_MS
        secret = secrets.token_bytes(ID_BYTES)
        await self._sign_ins.keep_token(
            email, _hash(secret), expires_ms=expires_ms, now_ms=now_ms
        )
        token = self._tokens.make(SIGN_IN, secret, expires_ms=expires_ms)
        await self._mailer.send(Mail(
            to=email, subject="Sign in to Outcry",
            text=_TEXT.format(link=f"{self._link}?token={token}"),
        ))

    async def sign_in(self, token: str) -> OpenedSession | None:
        """Open a session with a mailed token; None when the token is not valid, or no longer.

        The token is used up last, so that any earlier failure can be retried with it.
        Raises `SignUpRefused` and `DatabaseUnavailable`.
        """
        secret = self._tokens.read(SIGN_IN, token, now_ms=self._clock_ms())
        if secret is None:
            return None
        token_hash = _hash(secret)
        email = await self._sign_ins.find_token(token_hash, now_ms=self._clock_ms())
        if email is None:
            return None
        opened = self._opened(*await self._account(email))
        used = await self._sign_ins.use_token(
            token_hash, opened.session, now_ms=self._clock_ms()
        )
        return opened if used else None

    async def demo_account(self) -> OpenedSession:
        """Sign in a new user without a mail address.

        Raises `SignUpRefused` and `DatabaseUnavailable`.
        """
        opened = self._opened(*await self._account(f"{secrets.token_hex(6)}@{DEMO_DOMAIN}"))
        await self._sign_ins.open_session(opened.session)
        return opened

    async def sign_out(self, session_id: bytes) -> None:
        """End a session; raises `DatabaseUnavailable`."""
        await self._sign_ins.revoke_session(session_id)

    async def _account(self, email: str) -> tuple[int, AccountId]:
        user_id, account_id = await self._onboarding.account(email)
        await self._onboarding.welcome(user_id, account_id, self._welcome)
        return user_id, account_id

    def _opened(self, user_id: int, account_id: AccountId) -> OpenedSession:
        session = Session(
            id=secrets.token_bytes(ID_BYTES), user_id=user_id, account_id=account_id,
            expires_ms=self._clock_ms() + SESSION_LIFE_MS,
        )
        cookie = self._tokens.make(SESSION, session.id, expires_ms=session.expires_ms)
        return OpenedSession(session, cookie)


def _hash(secret: bytes) -> bytes:
    # The secret has 128 random bits, so nobody can try them all: no slow hash is needed.
    return hashlib.sha256(secret).digest()
