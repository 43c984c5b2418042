"""The system page in a real browser."""

from pathlib import Path

import pytest

from browser_pages import browse_page
from venues import Venue


@pytest.mark.browser
def test_the_system_page_in_a_browser(venue_with_maker: Venue, tmp_path: Path) -> None:
    """Every test of `system.test.ts` passes on a venue that is alive."""
    browse_page("system", venue=venue_with_maker, pictures=tmp_path)
