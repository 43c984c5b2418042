"""The terminal in a real browser, on a whole venue: runs the tests of `web/browser`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from venues import Venue, outcry

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
            "OUTCRY_DATA_DIR": str(venue_with_maker.data_dir), "OUTCRY_PYTHON": sys.executable,
            "OUTCRY_SCREENSHOTS": str(tmp_path),  # Those in the repository stay as they are.
        },
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    print(ended.stdout)


@pytest.mark.browser
def test_the_types_are_those_of_the_api(tmp_path: Path) -> None:
    """What the terminal takes the API's bodies to be is what the API says now."""
    node = shutil.which("node")
    assert node is not None
    described = outcry("openapi")
    assert described.returncode == 0, described.stderr
    generated = tmp_path / "openapi.ts"
    ended = subprocess.run(
        [node, "api-types.mjs", generated], input=described.stdout,
        cwd=ROOT / "web", capture_output=True, text=True, check=False,
    )
    assert ended.returncode == 0, ended.stderr
    committed = (ROOT / "web" / "src" / "openapi.ts").read_text()
    assert committed == generated.read_text(), "run npm run api-types in web/"
