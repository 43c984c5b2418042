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

    async def learn(self, user_ids: Iterable[int]) -> None:
        """Look up the unknown ones among some users, waiting for the database."""
        unknown = [user_id for user_id in set(user_ids) if user_id not in self._emails]
        while len(self._emails) > KEPT:
            self._emails.popitem(last=False)
        while unknown:
            try:
                self._emails |= await self._book.emails(unknown)
            except DatabaseUnavailable as error:
                log.warning("waiting for the database", reason=str(error))
                await asyncio.sleep(RETRY_S)
            else:
                return

    def email_of(self, user_id: int) -> str:
        """The address of a user; empty for an account that belongs to nobody."""
        return self._emails.get(user_id, "")
