"""Withdrawals: the place that money goes to is on record before the engine takes it off."""

import secrets
from collections.abc import Awaitable, Collection
from typing import Final, NamedTuple

import structlog

from outcry.api.backpack.errors import rejection
from outcry.api.backpack.rest import BLOCKCHAIN
from outcry.api.backpack.signing import Signature
from outcry.api.backpack.withdrawals import WithdrawalTerms
from outcry.engine.commands import Withdraw
from outcry.engine.events import CommandRejected
from outcry.engine.rejects import RejectReason
from outcry.engine.units import AccountId
from outcry.people.onboarding import derived_key
from outcry.ports.database import DatabaseUnavailable
from outcry.ports.withdrawals import WithdrawalRequest, WithdrawalRequests
from outcry.processes.gateway.history import CompleteHistory
from outcry.processes.gateway.submission import raise_if_rejected, submit
from outcry.processes.gateway.views import Views

NOT_RECORDED: Final = 0  # The id of a withdrawal that history does not have yet.
LATEST: Final = 50

log = structlog.get_logger()


class MadeWithdrawal(NamedTuple):
    """A withdrawal that happened: its id in history, and its time."""

    transfer_id: int
    made_ms: int


def request_of(
    account_id: AccountId, wanted: WithdrawalTerms, signature: Signature | None
) -> WithdrawalRequest:
    """A withdrawal as it is stored. Its key is the same when the same is asked for again."""
    signed = None if signature is None else signature.signed
    if wanted.client_id is not None:
        key = derived_key("withdrawal", account_id, wanted.client_id)
    elif signed is not None:
        key = derived_key("signed withdrawal", account_id, signed.hex())
    else:
        key = secrets.randbits(63)
    return WithdrawalRequest(
        account_id=account_id, key=key, asset_id=wanted.asset.asset_id, amount=wanted.amount,
        address=wanted.address, network=BLOCKCHAIN, client_id=wanted.client_id, signature=signed,
    )


class Withdrawals:
    """Carries withdrawals out, and knows where the money of each was to go."""

    def __init__(
        self, requests: WithdrawalRequests, views: Views, complete: CompleteHistory
    ) -> None:
        self._requests = requests
        self._views = views
        self._complete = complete

    async def asked_for(
        self, account_id: AccountId, keys: Collection[int]
    ) -> dict[int, WithdrawalRequest]:
        """The requests of these keys, as far as they are known."""
        return await self._requests.of(account_id, keys)

    async def carry_out(self, request: WithdrawalRequest) -> MadeWithdrawal:
        """Take the money off; raises `ApiError`.

        The same signed request has the outcome of the first. Another one with the same client id
        is refused.
        """
        stored = await self._requests.note(request)
        if stored._replace(signature=request.signature) != request:
            raise rejection(RejectReason.KEY_USED)
        [[event]] = await submit(self._views, Withdraw(
            account_id=request.account_id, asset_id=request.asset_id, amount=request.amount,
            key=request.key,
        ))
        made_ms = self._views.venue.now_ms
        if not isinstance(event, CommandRejected):
            await _quietly(self._requests.confirm(request))
        elif event.reason != RejectReason.KEY_USED:
            await _quietly(self._requests.forget(request.account_id, request.key))
            raise_if_rejected(event)
        elif request.signature is None or stored.signature != request.signature:
            raise_if_rejected(event)
        return await self._made(request, made_ms)

    async def _made(self, request: WithdrawalRequest, made_ms: int) -> MadeWithdrawal:
        """The withdrawal as history has it, if history has it and can be asked."""
        try:
            page = await self._complete.transfers(
                request.account_id, deposits=False, limit=LATEST
            )
        except DatabaseUnavailable:
            return MadeWithdrawal(NOT_RECORDED, made_ms)
        for row in page.rows:
            if row.key == request.key:
                return MadeWithdrawal(row.transfer_id, row.made_ms)
        return MadeWithdrawal(NOT_RECORDED, made_ms)


async def _quietly(noting: Awaitable[None]) -> None:
    """Note the outcome of a request; the request itself is on record already."""
    try:
        await noting
    except DatabaseUnavailable as error:
        log.warning("the outcome of a withdrawal was not noted", reason=str(error))
