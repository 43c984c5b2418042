"""The terminal in a real browser, on a whole venue: runs the tests of `web/browser`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from rigs.browser_pages import browse
from rigs.venues import Venue, outcry

ROOT = Path(__file__).parents[2]


@pytest.mark.browser
def test_the_terminal_in_a_browser(venue_with_maker: Venue, tmp_path: Path) -> None:
    """Every test of `web/browser` but the desk's passes on a venue that is alive."""
    browse("venue", venue=venue_with_maker, pictures=tmp_path)


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
