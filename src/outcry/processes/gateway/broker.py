"""The commands of the broker. Each is one request and one answer."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from outcry.api.backpack.bodies import Members, Scalar
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
    PositionNamed,
    TradableContract,
    read_close,
    read_open,
    read_trade_id,
    trade_not_found,
)
from outcry.api.broker.numbers import money_number
from outcry.engine.events import AssetListed, PositionClosed, PositionOpened
from outcry.engine.units import AccountId, InstrumentId
from outcry.people.sessions import KnownSession
from outcry.processes.gateway.routes.user import UserServices
from outcry.processes.gateway.submission import raise_if_rejected, submit
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
        decimals = self._wallet().decimals
        demo = self._users.demo
        initial = "0" if demo is None else demo.deposit.get(WALLET, "0")
        return AccountData(
            email=await self._email(session), assets=[WALLET_SHOWN],
            initial_usd_balance=money_number(parse_decimal(initial, decimals), decimals),
        )

    async def _usd_balance(
        self, _members: Members, session: KnownSession, _request_id: bytes
    ) -> UsdBalanceData:
        wallet = self._wallet()
        holding = self._views.venue.accounts.balance(session.account_id, wallet.asset_id)
        return UsdBalanceData(
            email=await self._email(session),
            usd_balance=money_number(holding.free, wallet.decimals),
        )

    async def _balance(
        self, _members: Members, session: KnownSession, _request_id: bytes
    ) -> BalanceData:
        assets = self._views.venue.listing.assets
        held = self._views.venue.accounts.balances(session.account_id)
        balances = {
            WALLET_SHOWN if assets[asset_id].symbol == WALLET else assets[asset_id].symbol:
            money_number(holding.free, assets[asset_id].decimals)
            for asset_id, holding in held.items()
            if assets[asset_id].symbol == WALLET or holding.free
        }
        balances.setdefault(WALLET_SHOWN, money_number(0, 0))
        return BalanceData(email=await self._email(session), balances=balances)

    async def _create_trade(
        self, members: Members, session: KnownSession, request_id: bytes
    ) -> OpenedData:
        command = read_open(
            members, account_id=session.account_id, contracts=traded_by_underlying(self._views),
            request_id=request_id,
        )
        [[event, *_]] = await submit(self._views, command)
        raise_if_rejected(event)
        assert isinstance(event, PositionOpened)
        traded = traded_of(self._views, event.instrument_id)
        return opened_data(event, traded, await self._email(session))

    async def _close_trade(
        self, members: Members, session: KnownSession, request_id: bytes
    ) -> ClosedData:
        position = own_position(self._views, session.account_id, members.get("tradeId"))
        command = read_close(members, position, request_id)
        [[event, *_]] = await submit(self._views, command)
        raise_if_rejected(event)
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

    def _wallet(self) -> AssetListed:
        wallet = self._views.venue.listing.asset(WALLET)
        assert wallet is not None
        return wallet


def traded_by_underlying(views: Views) -> dict[str, TradableContract]:
    """Every contract, by the name the broker's clients have for it."""
    return {
        contract.underlying: traded_of(views, instrument_id)
        for instrument_id, contract in views.venue.cfd.contracts.items()
    }


def traded_of(views: Views, instrument_id: InstrumentId) -> TradableContract:
    """A contract by its id."""
    contract = views.venue.cfd.contracts[instrument_id]
    return TradableContract(contract, views.venue.listing.assets[contract.asset_id])


def own_position(views: Views, account_id: AccountId, trade_id: Scalar) -> PositionNamed:
    """An open position of this account; raises `ApiError`, as for one that does not exist."""
    row = views.venue.cfd.position(account_id, read_trade_id(trade_id))
    if row is None:
        raise trade_not_found()
    return PositionNamed(account_id, row.position_id, traded_of(views, row.instrument_id))
