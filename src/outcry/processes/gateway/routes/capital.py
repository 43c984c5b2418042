"""Money: what an account has, what came and went, and taking some out."""

import secrets
from collections.abc import Sequence

import structlog
from litestar import Controller, Response, get, post

from outcry.api.backpack.bodies import parse_members
from outcry.api.backpack.errors import invalid
from outcry.api.backpack.private import (
    BalanceBody,
    CollateralBody,
    DepositAddress,
    DepositBody,
    WithdrawalBody,
)
from outcry.api.backpack.rest import naive_time
from outcry.api.backpack.withdrawals import read_withdrawal
from outcry.engine.commands import Withdraw
from outcry.engine.events import Withdrawn
from outcry.people.onboarding import derived_key
from outcry.ports.database import DatabaseUnavailable
from outcry.processes.gateway.collateral import collateral
from outcry.processes.gateway.pages import Page
from outcry.processes.gateway.parts import TheHistory, TheSignIn, TheViews
from outcry.processes.gateway.queries import (
    AnyRequest,
    Asked,
    ask,
    is_ascending,
    moment_of,
    page_of,
    paged,
)
from outcry.processes.gateway.sign_in import caller_of
from outcry.processes.gateway.submission import raise_if_rejected, submit
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
    async def capital(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> dict[str, BalanceBody]:
        """What the account has of every asset."""
        asked = await ask(request, sign_in, "balanceQuery")
        bodies: dict[str, BalanceBody] = {}
        for asset in views.venue.listing.assets.values():
            holding = views.venue.accounts.balance(asked.account_id, asset.asset_id)
            bodies[asset.symbol] = BalanceBody(
                available=amount_text(asset, holding.free),
                locked=amount_text(asset, holding.locked),
            )
        return bodies

    @get("/api/v1/capital/collateral")
    async def collateral(
        self, request: AnyRequest, views: TheViews, sign_in: TheSignIn
    ) -> CollateralBody:
        """What the account is worth; nothing is borrowed or owed."""
        asked = await ask(request, sign_in, "collateralQuery")
        return collateral(views, asked.account_id)

    @get("/wapi/v1/capital/deposits")
    async def deposits(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[DepositBody]]:
        """Money that came in, newest first."""
        asked = await ask(request, sign_in, "depositQueryAll")
        limit, offset = page_of(asked.query)
        page = await _transfers(complete, asked, deposits=True)
        assets = views.venue.listing.assets
        return paged([
            DepositBody(
                id=row.transfer_id, symbol=assets[row.asset_id].symbol,
                quantity=amount_text(assets[row.asset_id], row.amount),
                created_at=naive_time(row.made_ms),
            )
            for row in page.rows
        ], total=page.total, limit=limit, offset=offset)

    @get("/wapi/v1/capital/withdrawals")
    async def withdrawals(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> Response[Sequence[WithdrawalBody]]:
        """Money that went out, newest first. Where it went is not kept."""
        asked = await ask(request, sign_in, "withdrawalQueryAll")
        limit, offset = page_of(asked.query)
        page = await _transfers(complete, asked, deposits=False)
        assets = views.venue.listing.assets
        return paged([
            WithdrawalBody(
                id=row.transfer_id, symbol=assets[row.asset_id].symbol,
                quantity=amount_text(assets[row.asset_id], -row.amount),
                created_at=naive_time(row.made_ms),
            )
            for row in page.rows
        ], total=page.total, limit=limit, offset=offset)

    @post("/wapi/v1/capital/withdrawals", status_code=200)
    async def withdraw(
        self, request: AnyRequest, views: TheViews, complete: TheHistory, sign_in: TheSignIn
    ) -> WithdrawalBody:
        """Take money out; a `clientId` makes it happen once, however often it is sent.

        The money leaves the venue's books at once. Paying it out is the operator's business, who
        finds the address in the gateway's log.
        """
        members = parse_members(await request.body())
        key = await sign_in.check(
            caller_of(request.scope), "withdraw", (members,), trades=True
        )
        wanted = read_withdrawal(members, views.venue.listing)
        money_key = (
            secrets.randbits(63) if wanted.client_id is None
            else derived_key("withdrawal", key.account_id, wanted.client_id)
        )
        [[event]] = await submit(views, Withdraw(
            account_id=key.account_id, asset_id=wanted.asset.asset_id, amount=wanted.amount,
            key=money_key,
        ))
        raise_if_rejected(event)
        assert isinstance(event, Withdrawn)
        made_ms = views.venue.now_ms
        log.info(
            "withdrawn", account=key.account_id, asset=wanted.asset.symbol, amount=wanted.amount,
            address=wanted.address, client_id=wanted.client_id, key=money_key,
        )
        try:
            page = await complete.transfers(key.account_id, deposits=False, limit=LATEST)
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
    async def deposit_address(self, request: AnyRequest, sign_in: TheSignIn) -> DepositAddress:
        """No chain leads here, and the address says so."""
        asked = await ask(request, sign_in, "depositAddressQuery")
        if not asked.query.get("blockchain"):
            raise invalid("Missing `blockchain`")
        return DepositAddress(NO_ADDRESS)


async def _transfers(complete: TheHistory, asked: Asked, *, deposits: bool) -> Page[TransferRow]:
    """The page of deposits or withdrawals that a question is for."""
    limit, offset = page_of(asked.query)
    return await complete.transfers(
        asked.account_id, deposits=deposits, from_ms=moment_of(asked.query, "from") or 0,
        to_ms=moment_of(asked.query, "to", "endTime"), limit=limit, offset=offset,
        ascending=is_ascending(asked.query),
    )
