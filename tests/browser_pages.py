"""Runs browser tests of single pages, which need a venue of their own kind."""

import os
import shutil
import subprocess
from pathlib import Path

from venues import Venue

ROOT = Path(__file__).parents[1]


def browse_page(page: str, *, venue: Venue, pictures: Path) -> None:
    """Every test of a page in `web/browser-desk` passes on a venue; its pictures go elsewhere."""
    chromium = subprocess.run(
        [ROOT / ".ci" / "chromium"], capture_output=True, text=True, check=False
    )
    assert chromium.returncode == 0, chromium.stderr
    npx = shutil.which("npx")
    assert npx is not None
    ended = subprocess.run(
        [npx, "playwright", "test", "--config", "desk.playwright.config.ts", f"{page}.test.ts"],
        cwd=ROOT / "web", capture_output=True, text=True, check=False,
        env={
            **os.environ, "OUTCRY_URL": venue.url, "OUTCRY_CHROMIUM": chromium.stdout.strip(),
            "OUTCRY_SCREENSHOTS": str(pictures),
        },
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
