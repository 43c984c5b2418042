"""A market whose log is folded into views as it is written."""

from outcry.engine.commands import Command
from outcry.projections.orders import Orders, OrderTransition
from outcry.projections.venue import VenueView, ViewChanges
from rigs.scripted_log import ScriptedLog


class Followed:
    """A market whose log is folded as it is written."""

    def __init__(self) -> None:
        self.log = ScriptedLog()
        self.venue = VenueView()
        self.log.open_market()
        for entry, outcome in zip(self.log.entries, self.log.outcomes, strict=True):
            self.venue.fold(entry.id, outcome)

    @property
    def orders(self) -> Orders:
        return self.venue.orders

    def fold(self, *commands: Command, after_ms: int = 0) -> ViewChanges:
        outcome = self.log.write(*commands, after_ms=after_ms)
        return self.venue.fold(self.log.top, outcome)

    def write(self, *commands: Command, after_ms: int = 0) -> list[OrderTransition]:
        return self.fold(*commands, after_ms=after_ms).orders
