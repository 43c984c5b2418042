"""The terminal in a real browser, on a whole venue: runs the tests of `web/browser`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from venues import Venue

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser that is there, or can be installed."""
    found = subprocess.run(
        [ROOT / ".ci" / "chromium"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.mark.browser
def test_the_terminal_in_a_browser(
    chromium: str, venue_with_maker: Venue, tmp_path: Path
) -> None:
    """Every test of `web/browser` passes on a venue that is alive."""
    npx = shutil.which("npx")
    assert npx is not None
    ended = subprocess.run(
        [npx, "playwright", "test"], cwd=ROOT / "web", capture_output=True, text=True, check=False,
        env={
            **os.environ, "OUTCRY_URL": venue_with_maker.url, "OUTCRY_CHROMIUM": chromium,
            "OUTCRY_SCREENSHOTS": str(tmp_path),  # Those in the repository stay as they are.
        },
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
