"""`outcry instrument` and `outcry asset`: what a running venue lists, and by which rules."""

from collections.abc import Callable

from outcry.bootstrap.running_venue import Rows, changed, seen
from outcry.engine.commands import Command
from outcry.operations.instrument_rules import rules_of
from outcry.projections.listing import Listing
from outcry.projections.venue import Venue
from outcry.runtime.config import Settings


async def listed(settings: Settings) -> Rows:
    """Every instrument's rules as people write them; raises `OperatorError`."""
    return await seen(settings, _rules)


async def change(settings: Settings, command_for: Callable[[Listing], Command]) -> Rows:
    """Have the engine list or change something; all rules as they then are.

    Raises `OperatorError`, which says in one line why not.
    """
    return await changed(
        settings, lambda venue: command_for(venue.listing), _rules,
        look_at="outcry instrument list",
    )


def _rules(venue: Venue) -> Rows:
    return [rules_of(instrument) for instrument in venue.listing.instruments.values()]
