"""A whole exchange in this process, for tests of bots: no servers, no files, gone afterwards.

May import every room below.

    with outcry.testing.exchange() as venue:
        user = venue.user(USDC="10000")
        exchange = ccxt.backpack(user.ccxt())

The gateway and the stream are the real ones, on free ports; so is the engine. Left out are the log
server, the database and the connections between them, which a test need not wait for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcry.testing.venue import Venue


@contextmanager
def exchange(*, rate_limit_per_minute: int = 0) -> Iterator["Venue"]:
    """A new exchange for as long as the block lasts. Nothing of it outlives the block.

    `rate_limit_per_minute` is how many requests a key, or an address, may send; 0 is no limit.
    """
    # Pytest reads this file in every project that has Outcry installed: what takes long to import
    # waits for a test that wants it.
    from outcry.testing.venue import Venue

    venue = Venue(rate_limit_per_minute=rate_limit_per_minute)
    try:
        yield venue
    finally:
        venue.close()
