"""Sign-in tokens and sessions in PostgreSQL, with notifications of revoked sessions."""

from collections.abc import AsyncGenerator, Sequence

from outcry.adapters.postgres.notifications import notifications
from outcry.adapters.postgres.pool import Database
from outcry.adapters.postgres.queries import load_queries
from outcry.engine.units import AccountId
from outcry.ports.people import Session

_QUERIES = load_queries("sessions")


class PostgresSessions:
    """Fulfils `SessionStore` and `SignIns`. Notifications come from `url`."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url

    async def keep_token(
        self, email: str, token_hash: bytes, *, expires_ms: int, now_ms: int
    ) -> None:
        """Remember a token by its hash, beside those this address was sent before."""
        await self._database.execute(
            _QUERIES["keep_token"], email, token_hash, expires_ms, now_ms
        )

    async def find_token(self, token_hash: bytes, *, now_ms: int) -> str | None:
        """The address a token was sent to; None when it is unknown, used or expired."""
        row = await self._database.fetch_row(_QUERIES["find_token"], token_hash, now_ms)
        return None if row is None else str(row["email"])

    async def use_token(self, token_hash: bytes, session: Session, *, now_ms: int) -> bool:
        """Open a session with a token, which is then used up; False when it is no longer valid."""
        opened = await self._database.execute(
            _QUERIES["use_token"], token_hash, now_ms, session.id, session.user_id,
            session.account_id, session.expires_ms,
        )
        return opened == "INSERT 0 1"

    async def open_session(self, session: Session) -> None:
        """Open a session without a token."""
        await self._database.execute(
            _QUERIES["open_session"], session.id, session.user_id, session.account_id,
            session.expires_ms,
        )

    async def revoke_session(self, session_id: bytes) -> None:
        """End a session, everywhere and at once; nothing happens when it has ended."""
        await self._database.execute(_QUERIES["revoke_session"], session_id)

    async def find_sessions(self, ids: Sequence[bytes]) -> list[Session]:
        """Those of these sessions that there are."""
        rows = await self._database.fetch(_QUERIES["find_sessions"], list(ids))
        return [
            Session(
                id=row["id"], user_id=row["user_id"], account_id=AccountId(row["account_id"]),
                expires_ms=row["expires_ms"],
            )
            for row in rows
        ]

    def session_changes(self) -> AsyncGenerator[bytes | None, None]:
        """Sessions as they end before their time; None after every connection."""
        return notifications(self._url, "sessions")
