"""The answer to a command that is refused."""

from typing import Final

from outcry.engine.events import CommandRejected, Event
from outcry.engine.units import NO_ACCOUNT, NO_ORDER, AccountId, OrderId

# Compiled code looks names of other modules up in a dictionary at each use, constants it does not.
_CommandRejected: Final = CommandRejected


def refused(
    reason: int, account_id: AccountId = NO_ACCOUNT, order_id: OrderId = NO_ORDER
) -> list[Event]:
    """The answer, with a `RejectReason`."""
    return [_CommandRejected(reason=reason, account_id=account_id, order_id=order_id)]
