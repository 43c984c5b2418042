"""The commands of the broker. Each is one request and one answer."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from outcry.api.backpack.bodies import Members
from outcry.api.backpack.errors import ApiError, Code
from outcry.api.broker.answers import (
    WALLET,
    WALLET_SHOWN,
    AccountData,
    BalanceData,
    ClosedData,
    Data,
    OpenedData,
    UsdBalanceData,
    closed_data,
    opened_data,
)
from outcry.api.broker.commands import (
    CLOSE_TRADE,
    CREATE_ACCOUNT,
    CREATE_TRADE,
    GET_BALANCE,
    GET_USD_BALANCE,
    TRADE_ID,
    read_close,
    read_open,
)
from outcry.api.broker.numbers import money_number
from outcry.api.broker.positions import (
    leverage_allowed,
    own_position,
    traded_by_underlying,
    traded_of,
)
from outcry.api.broker.refusals import refused_close, refused_open
from outcry.api.broker.wallet import balance_data, usd_balance_data, wallet_of
from outcry.engine.events import CommandRejected, PositionClosed, PositionOpened
from outcry.people.sessions import KnownSession
from outcry.processes.gateway.routes.user import UserServices
from outcry.processes.gateway.submission import submit
from outcry.processes.gateway.views import Views
from outcry.wire.decimals import parse_decimal

EMAILS_KEPT: Final = 10_000
MESSAGES: Final = {
    CREATE_ACCOUNT: "account created successfully",
    GET_USD_BALANCE: "USD balance retrieved successfully",
    GET_BALANCE: "Balance retrieved successfully",
    CREATE_TRADE: "Trade created successfully",
    CLOSE_TRADE: "Trade closed successfully",
}


class Broker:
    """Carries commands out. Everything raises `ApiError`."""

    def __init__(self, views: Views, users: UserServices) -> None:
        self._views = views
        self._users = users
        self._emails: OrderedDict[int, str] = OrderedDict()
        self._commands: dict[
            str, Callable[[Members, KnownSession, bytes], Awaitable[Data]]
        ] = {
            CREATE_ACCOUNT: self._create_account,
            GET_USD_BALANCE: self._usd_balance,
            GET_BALANCE: self._balance,
            CREATE_TRADE: self._create_trade,
            CLOSE_TRADE: self._close_trade,
        }

    async def carry_out(
        self, name: str, members: Members, session: KnownSession, request_id: bytes
    ) -> Data:
        """Carry out a command of somebody signed in."""
        return await self._commands[name](members, session, request_id)

    async def _create_account(
        self, _members: Members, session: KnownSession, _request_id: bytes
    ) -> AccountData:
        """The sign-in opened the account; the first call returns its initial balance."""
        if not await self._users.onboarding.claim_account(session.user_id):
            raise ApiError(409, Code.INVALID_CLIENT_REQUEST, "Account already exists")
        decimals = wallet_of(self._views.venue).decimals
        demo = self._users.demo
        initial = "0" if demo is None else demo.deposit.get(WALLET, "0")
        return AccountData(
            email=await self._email(session), assets=[WALLET_SHOWN],
            initial_usd_balance=money_number(parse_decimal(initial, decimals), decimals),
        )

    async def _usd_balance(
        self, _members: Members, session: KnownSession, _request_id: bytes
    ) -> UsdBalanceData:
        email = await self._email(session)
        return usd_balance_data(self._views.venue, session.account_id, email)

    async def _balance(
        self, _members: Members, session: KnownSession, _request_id: bytes
    ) -> BalanceData:
        return balance_data(self._views.venue, session.account_id, await self._email(session))

    async def _create_trade(
        self, members: Members, session: KnownSession, request_id: bytes
    ) -> OpenedData:
        command = read_open(
            members, account_id=session.account_id, request_id=request_id,
            contracts=traded_by_underlying(self._views.venue),
        )
        traded = traded_of(self._views.venue, command.instrument_id)
        [[event, *_]] = await submit(self._views, command)
        if isinstance(event, CommandRejected):
            allowed = leverage_allowed(self._views.venue, command)
            raise refused_open(event.reason, command, traded, allowed)
        assert isinstance(event, PositionOpened)
        return opened_data(event, traded, await self._email(session))

    async def _close_trade(
        self, members: Members, session: KnownSession, request_id: bytes
    ) -> ClosedData:
        position = own_position(self._views.venue, session.account_id, TRADE_ID.of(members))
        command = read_close(members, position, request_id)
        [[event, *_]] = await submit(self._views, command)
        if isinstance(event, CommandRejected):
            raise refused_close(event.reason, command, position.traded)
        assert isinstance(event, PositionClosed)
        return closed_data(event, position.traded, await self._email(session))

    async def _email(self, session: KnownSession) -> str:
        """An address never changes, so it is looked up once."""
        email = self._emails.get(session.user_id)
        if email is None:
            email = await self._users.keys.email(session.user_id)
            self._emails[session.user_id] = email
            if len(self._emails) > EMAILS_KEPT:
                self._emails.popitem(last=False)
        return email
