"""The pytest plugin: a fixture `outcry_venue`, a new exchange for each test that asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from outcry.testing import exchange

if TYPE_CHECKING:
    from outcry.testing.venue import Venue


@pytest.fixture
def outcry_venue() -> Iterator["Venue"]:
    """A whole exchange in this process, for this test alone."""
    with exchange() as venue:
        yield venue
