"""Balances, deposits and withdrawals."""

import secrets
from collections.abc import Callable, Sequence

import structlog
from litestar import Controller, Response, get, post

from outcry.api.backpack.errors import invalid
from outcry.api.backpack.private import (
    BalanceBody,
    CollateralBody,
    DepositAddress,
    DepositBody,
    WithdrawalBody,
)
from outcry.api.backpack.queries import (
    ASCENDING,
    DEPOSIT_ADDRESS,
    FROM,
    FROM_CHAIN,
    TRANSFERS,
    TRANSFERS_TO,
    page_of,
)
from outcry.api.backpack.rest import naive_time
from outcry.api.backpack.withdrawals import WITHDRAWAL, read_withdrawal
from outcry.engine.commands import Withdraw
from outcry.engine.events import Withdrawn
from outcry.people.onboarding import derived_key
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.gateway.call import Call
from outcry.processes.gateway.collateral import collateral
from outcry.processes.gateway.declaration import signed
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.pages import Body, paged
from outcry.processes.gateway.parts import TheCall, TheHistory, TheViews
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views
from outcry.projections.history import TransferRow
from outcry.wire.decimals import amount_text

NO_ADDRESS = "no-deposits-from-chains:ask-the-operator-of-this-venue"
NOT_RECORDED = 0  # The id of a withdrawal that history does not have yet.
LATEST = 50

log = structlog.get_logger()


class CapitalRoutes(Controller):
    """Private routes about money."""

    tags = ("Private",)

    @get("/api/v1/capital")
    @signed("balanceQuery")
    async def capital(self, call: TheCall, views: TheViews) -> dict[str, BalanceBody]:
        """The balances of the account in every asset."""
        bodies: dict[str, BalanceBody] = {}
        for asset in views.venue.listing.assets.values():
            holding = views.venue.accounts.balance(call.account_id, asset.asset_id)
            bodies[asset.symbol] = BalanceBody(
                available=amount_text(asset, holding.free),
                locked=amount_text(asset, holding.locked),
            )
        return bodies

    @get("/api/v1/capital/collateral")
    @signed("collateralQuery")
    async def collateral(self, call: TheCall, views: TheViews) -> CollateralBody:
        """The value of the account, which has no loans."""
        return collateral(views, call.account_id)

    @get("/wapi/v1/capital/deposits")
    @signed("depositQueryAll", query=TRANSFERS)
    async def deposits(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> Response[Sequence[DepositBody]]:
        """The deposits, newest first."""
        return await _transfers(views, complete, call, DepositBody, deposits=True)

    @get("/wapi/v1/capital/withdrawals")
    @signed("withdrawalQueryAll", query=TRANSFERS)
    async def withdrawals(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> Response[Sequence[WithdrawalBody]]:
        """The withdrawals, newest first, without their addresses."""
        return await _transfers(views, complete, call, WithdrawalBody, deposits=False)

    @post("/wapi/v1/capital/withdrawals", status_code=200)
    @signed("withdraw", trades=True, body=WITHDRAWAL, errors=(409,))
    async def withdraw(
        self, call: TheCall, views: TheViews, complete: TheHistory
    ) -> WithdrawalBody:
        """Withdraw money. With a `clientId` the withdrawal happens once, however often it is sent.

        The money leaves the venue's books at once. Paying it out is the operator's business, who
        finds the address in the gateway's log.
        """
        account_id = call.account_id
        wanted = read_withdrawal(call.members, views.venue.listing)
        money_key = (
            secrets.randbits(63) if wanted.client_id is None
            else derived_key("withdrawal", account_id, wanted.client_id)
        )
        [[event]] = await submit(views, Withdraw(
            account_id=account_id, asset_id=wanted.asset.asset_id, amount=wanted.amount,
            key=money_key,
        ))
        raise_if_rejected(event)
        assert isinstance(event, Withdrawn)
        made_ms = views.venue.now_ms
        log.info(
            "withdrawn", account=account_id, asset=wanted.asset.symbol, amount=wanted.amount,
            address=wanted.address, client_id=wanted.client_id, key=money_key,
        )
        try:
            page = await complete.transfers(account_id, deposits=False, limit=LATEST)
        except DatabaseUnavailable:
            recorded: list[TransferRow] = []
        else:
            recorded = [row for row in page.rows if row.key == money_key]
        return WithdrawalBody(
            id=recorded[0].transfer_id if recorded else NOT_RECORDED,
            symbol=wanted.asset.symbol, quantity=amount_text(wanted.asset, wanted.amount),
            created_at=naive_time(recorded[0].made_ms if recorded else made_ms),
            client_id=wanted.client_id, to_address=wanted.address,
        )

    @get("/wapi/v1/capital/deposit/address")
    @signed("depositAddressQuery", query=DEPOSIT_ADDRESS)
    async def deposit_address(self, call: TheCall) -> DepositAddress:
        """A text that says that there are no deposits from chains."""
        if not FROM_CHAIN.sent(call.members):
            raise invalid("Missing `blockchain`")
        return DepositAddress(NO_ADDRESS)


async def _transfers(
    views: Views, complete: CompleteHistory, call: Call, body: Callable[..., Body], *,
    deposits: bool,
) -> Response[Sequence[Body]]:
    """The requested page of deposits or withdrawals."""
    query = call.members
    page = page_of(query)
    rows, total = await complete.transfers(
        call.account_id, deposits=deposits, from_ms=FROM.of(query) or 0,
        to_ms=TRANSFERS_TO.of(query), limit=page.limit, offset=page.offset,
        ascending=ASCENDING.of(query),
    )
    assets = views.venue.listing.assets
    return paged([
        body(
            id=row.transfer_id, symbol=assets[row.asset_id].symbol,
            quantity=amount_text(assets[row.asset_id], abs(row.amount)),
            created_at=naive_time(row.made_ms),
        )
        for row in rows
    ], page, total=total)
