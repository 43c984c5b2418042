"""The users that messages name, and the accounts that are opened for new ones."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, TypeVar

import structlog

from outcry.api.backpack.errors import ApiError, Code, invalid
from outcry.api.broker.answers import WALLET, WALLET_SHOWN, AccountData
from outcry.api.broker.messages import Message
from outcry.api.broker.numbers import money_number
from outcry.api.broker.wallet import wallet_of
from outcry.engine.units import AccountId
from outcry.people.onboarding import EngineSilent, Onboarding, SignUpRefused
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.bridge.addresses import AddressCache
from outcry.projections.venue import VenueView
from outcry.wire.decimals import parse_decimal

RETRY_S: Final = 0.25

T = TypeVar("T")

log = structlog.get_logger()


class Person(NamedTuple):
    """A user with an account."""

    account_id: AccountId
    email: str


class BridgeUsers:
    """Finds users and opens accounts. It waits for the database, and raises `ApiError`."""

    def __init__(
        self, *, venue: VenueView, onboarding: Onboarding, addresses: AddressCache,
        welcome: Mapping[str, str],
    ) -> None:
        """`welcome` is the initial money of a new account."""
        self._venue = venue
        self._onboarding = onboarding
        self._addresses = addresses
        self._welcome = welcome

    async def person_of(self, message: Message) -> Person:
        """The user that a message names by id or by address."""
        user_id, email = message.user_id, message.email
        if email is not None:
            found = await self._addresses.user_of(email)
            if user_id is not None and user_id != found:
                raise invalid("email and userId are of different users")
            user_id = found
        elif user_id is None:
            raise invalid("email or userId is missing")
        account_id = None if user_id is None else self._venue.accounts.account_of_user(user_id)
        if user_id is None or account_id is None:
            raise ApiError(404, Code.RESOURCE_NOT_FOUND, "No such user")
        await self._addresses.learn([user_id])
        return Person(account_id, self._addresses.email_of(user_id))

    async def create_account(self, email: str | None) -> AccountData:
        """Open an account for a user; the same again finds it open."""
        if email is None:
            raise invalid("email is missing")
        user_id = await self._opened(email)
        await self._addresses.learn([user_id])
        wallet = wallet_of(self._venue)
        initial = parse_decimal(self._welcome.get(WALLET, "0"), wallet.decimals)
        return AccountData(
            email=self._addresses.email_of(user_id), assets=[WALLET_SHOWN],
            initial_usd_balance=money_number(initial, wallet.decimals),
        )

    async def _opened(self, email: str) -> int:
        try:
            user_id, account_id = await _with_database(lambda: self._onboarding.account(email))
            await self._onboarding.welcome(user_id, account_id, self._welcome)
        except EngineSilent as silent:
            raise ApiError(503, Code.TIMEOUT, str(silent)) from None
        except SignUpRefused as refused:
            raise invalid(str(refused)) from None
        return user_id


async def _with_database(ask: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await ask()
        except DatabaseUnavailable as error:
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(RETRY_S)
