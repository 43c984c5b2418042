"""A new venue's first commands for tests that trade far from the last price."""

import msgspec

from outcry.engine.commands import Command, ListInstrument
from outcry.operations.genesis import first_commands


def unbounded_commands(venue_id: str) -> list[Command]:
    """The commands of a new venue whose spot markets have neither a price band nor an impact bound.
    """
    return [
        msgspec.structs.replace(command, price_band_rate=0, impact_rate=0)
        if isinstance(command, ListInstrument) else command
        for command in first_commands(venue_id)
    ]
