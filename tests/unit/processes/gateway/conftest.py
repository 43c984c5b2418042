"""A venue in memory for one test, and two rich traders at it."""

from collections.abc import AsyncIterator

import pytest

from rigs.gateway_venue import RICH, MemoryVenue, Trader, open_venue


@pytest.fixture
async def venue() -> AsyncIterator[MemoryVenue]:
    async with open_venue() as venue:
        yield venue


@pytest.fixture
async def ann(venue: MemoryVenue) -> Trader:
    return await venue.trader(**RICH)


@pytest.fixture
async def bob(venue: MemoryVenue, ann: Trader) -> Trader:
    """Bob comes after Ann, so that the numbers of their accounts are always the same."""
    return await venue.trader(**RICH)
