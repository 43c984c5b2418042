"""Sends commands of clients, unless the answer would take too long."""

from typing import Final

from outcry.api.backpack.errors import ApiError, Code, outcome_unknown, rejection
from outcry.engine.commands import (
    AddMargin,
    ChangePosition,
    ClosePosition,
    Command,
    OpenPosition,
)
from outcry.engine.events import CommandRejected, Event
from outcry.log.command_writer import Answers, OutcomeUnknown, Overloaded
from outcry.processes.gateway.views import Views

LOG_FULL_RETRY_S: Final = 5
BEHIND_RETRY_S: Final = 1
PAUSE_RETRY_S: Final = 5
DESK_COMMANDS: Final = (AddMargin, ChangePosition, ClosePosition, OpenPosition)


async def submit(views: Views, *commands: Command) -> Answers:
    """Send commands and wait for their answers, which are folded by then; raises `ApiError`."""
    if views.log_is_full:
        raise ApiError(
            503, Code.MAINTENANCE, "The venue's log is full; nothing was sent",
            retry_after_s=LOG_FULL_RETRY_S,
        )
    if views.is_behind:
        raise ApiError(
            503, Code.MAINTENANCE, "The engine is behind; nothing was sent",
            retry_after_s=BEHIND_RETRY_S,
        )
    desk_trouble = views.desk_trouble()
    if desk_trouble is not None and any(isinstance(each, DESK_COMMANDS) for each in commands):
        raise ApiError(
            503, Code.MAINTENANCE, f"{desk_trouble}; nothing was sent",
            retry_after_s=PAUSE_RETRY_S,
        )
    try:
        return await views.command_writer.submit(*commands)
    except Overloaded:
        raise ApiError(
            503, Code.TOO_MANY_REQUESTS, "Too busy; nothing was sent", retry_after_s=1
        ) from None
    except OutcomeUnknown:
        raise outcome_unknown() from None


def raise_if_rejected(event: Event) -> None:
    """Turn the engine's refusal into the client's error."""
    if isinstance(event, CommandRejected):
        raise rejection(event.reason, event.order_id)
