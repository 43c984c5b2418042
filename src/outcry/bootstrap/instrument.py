"""`outcry instrument` and `outcry asset`: what a running venue lists, and by which rules."""

from collections.abc import Callable

from outcry.bootstrap.asking import asking
from outcry.config import Settings
from outcry.engine.commands import Command
from outcry.engine.events import CommandRejected
from outcry.ports import LogUnavailable
from outcry.program import ProgramUnavailable
from outcry.projections.listing import Listing
from outcry.protocol.backpack.errors import rejection
from outcry.services.commander import OutcomeUnknown, Overloaded
from outcry.services.instrument_rules import RulesRefused, rules_of

Rows = list[dict[str, str]]


async def listed(settings: Settings) -> Rows:
    """Every instrument's rules as people write them; raises `ProgramUnavailable`."""
    try:
        async with asking(settings) as (venue, _):
            return _rows(venue.listing)
    except LogUnavailable as error:
        raise ProgramUnavailable(f"the venue is out of reach: {error}") from error


async def change(settings: Settings, command_for: Callable[[Listing], Command]) -> Rows:
    """Have the engine carry out a command, made for what is listed; returns what then is.

    Raises `ProgramUnavailable`, which says in one line why not.
    """
    try:
        async with asking(settings) as (venue, commander):
            [events] = await commander.submit(command_for(venue.listing))
            first = events[0]
            if isinstance(first, CommandRejected):
                raise ProgramUnavailable(f"the engine refused: {rejection(first.reason).message}")
            return _rows(venue.listing)
    except RulesRefused as refused:
        raise ProgramUnavailable(str(refused)) from refused
    except (OutcomeUnknown, Overloaded):
        raise ProgramUnavailable(
            "the engine does not answer; look at `outcry instrument list` before you try again"
        ) from None
    except LogUnavailable as error:
        raise ProgramUnavailable(f"the venue is out of reach: {error}") from error


def _rows(listing: Listing) -> Rows:
    return [rules_of(instrument) for instrument in listing.instruments.values()]
