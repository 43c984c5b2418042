"""The users' addresses, which an answer names; looked up once, since they never change."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import structlog

from outcry.ports.database import DatabaseUnavailable
from outcry.ports.people import AddressBook

KEPT: Final = 10_000
RETRY_S: Final = 0.25

log = structlog.get_logger()


class AddressCache:
    """The addresses of users who were seen lately."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book
        self._emails: OrderedDict[int, str] = OrderedDict()
        self._users: OrderedDict[str, int] = OrderedDict()

    async def learn(self, user_ids: Iterable[int]) -> None:
        """Look up the unknown ones among some users, waiting for the database."""
        while len(self._emails) > KEPT:
            self._emails.popitem(last=False)
        unknown = [user_id for user_id in set(user_ids) if user_id not in self._emails]
        while unknown:
            try:
                self._emails |= await self._book.emails(unknown)
            except DatabaseUnavailable as error:
                log.warning("waiting for the database", reason=str(error))
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def user_of(self, email: str) -> int | None:
        """The user with an address, waiting for the database; None when there is none."""
        email = email.lower()
        while email not in self._users:
            try:
                found = await self._book.user_of(email)
            except DatabaseUnavailable as error:
                log.warning("waiting for the database", reason=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            if found is None:
                return None
            self._users[email] = found
            if len(self._users) > KEPT:
                self._users.popitem(last=False)
        return self._users[email]

    def email_of(self, user_id: int) -> str:
        """The address of a user; empty for an account that belongs to nobody."""
        return self._emails.get(user_id, "")
