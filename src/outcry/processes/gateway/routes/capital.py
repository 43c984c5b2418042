"""Balances, deposits and withdrawals."""

from collections.abc import Sequence

import msgspec
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
    PageRequest,
    page_of,
)
from outcry.api.backpack.rest import naive_time
from outcry.api.backpack.withdrawals import WITHDRAWAL, read_withdrawal
from outcry.engine.events import AssetListed
from outcry.ports.people import WITHDRAW
from outcry.ports.withdrawals import WithdrawalRequest
from outcry.processes.gateway.call import Call
from outcry.processes.gateway.collateral import collateral
from outcry.processes.gateway.declaration import signed
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.pages import ResultPage, paged
from outcry.processes.gateway.parts import (
    TheCall,
    TheFirstOutcomes,
    TheHistory,
    TheViews,
    TheWithdrawals,
)
from outcry.processes.gateway.withdrawals import request_of
from outcry.projections.history import TransferRow
from outcry.wire.decimals import amount_text

NO_ADDRESS = "no-deposits-from-chains:ask-the-operator-of-this-venue"

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
        page = page_of(call.members)
        rows, total = await _transfers(complete, call, page, deposits=True)
        assets = views.venue.listing.assets
        return paged([DepositBody(
            id=row.transfer_id, symbol=assets[row.asset_id].symbol,
            quantity=amount_text(assets[row.asset_id], row.amount),
            created_at=naive_time(row.made_ms),
        ) for row in rows], page, total=total)

    @get("/wapi/v1/capital/withdrawals")
    @signed("withdrawalQueryAll", query=TRANSFERS)
    async def withdrawals(
        self, call: TheCall, views: TheViews, complete: TheHistory, withdrawals: TheWithdrawals
    ) -> Response[Sequence[WithdrawalBody]]:
        """The withdrawals, newest first."""
        page = page_of(call.members)
        rows, total = await _transfers(complete, call, page, deposits=False)
        asked = await withdrawals.asked_for(call.account_id, [row.key for row in rows])
        assets = views.venue.listing.assets
        return paged([
            _body(
                assets[row.asset_id], -row.amount, asked.get(row.key), made_ms=row.made_ms,
                transfer_id=row.transfer_id,
            ) for row in rows
        ], page, total=total)

    @post("/wapi/v1/capital/withdrawals", status_code=200)
    @signed("withdraw", scope=WITHDRAW, body=WITHDRAWAL, errors=(409,))
    async def withdraw(
        self, call: TheCall, views: TheViews, withdrawals: TheWithdrawals,
        first_outcomes: TheFirstOutcomes,
    ) -> WithdrawalBody:
        """Withdraw money. With a `clientId` the withdrawal happens once, however often it is sent.

        The same signed request, sent again, gets the first answer. The money leaves the venue's
        books at once. Paying it out is the operator's business, who finds the address in the
        view `withdrawals` of the database.
        """
        wanted = read_withdrawal(call.members, views.venue.listing)
        request = request_of(call.account_id, wanted, call.signature)
        made = await first_outcomes.of(call.signature, lambda: withdrawals.carry_out(request))
        return _body(
            wanted.asset, request.amount, request, made_ms=made.made_ms,
            transfer_id=made.transfer_id,
        )

    @get("/wapi/v1/capital/deposit/address")
    @signed("depositAddressQuery", query=DEPOSIT_ADDRESS)
    async def deposit_address(self, call: TheCall) -> DepositAddress:
        """A text that says that there are no deposits from chains."""
        if not FROM_CHAIN.sent(call.members):
            raise invalid("Missing `blockchain`")
        return DepositAddress(NO_ADDRESS)


def _body(
    asset: AssetListed, amount: int, asked: WithdrawalRequest | None, *, made_ms: int,
    transfer_id: int,
) -> WithdrawalBody:
    body = WithdrawalBody(
        id=transfer_id, symbol=asset.symbol, quantity=amount_text(asset, amount),
        created_at=naive_time(made_ms),
    )
    if asked is None:
        return body
    return msgspec.structs.replace(
        body, to_address=asked.address, client_id=asked.client_id, blockchain=asked.network
    )


async def _transfers(
    complete: CompleteHistory, call: Call, page: PageRequest, *, deposits: bool
) -> ResultPage[TransferRow]:
    """The requested page of deposits or withdrawals."""
    query = call.members
    return await complete.transfers(
        call.account_id, deposits=deposits, from_ms=FROM.of(query) or 0,
        to_ms=TRANSFERS_TO.of(query), limit=page.limit, offset=page.offset,
        ascending=ASCENDING.of(query),
    )
