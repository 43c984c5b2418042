"""Runs the browser tests of the terminal on a venue."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from rigs.venues import Venue

ROOT = Path(__file__).parents[2]


def browse(project: str, *, venue: Venue, pictures: Path) -> None:
    """Every test of a project of `web/playwright.config.ts` passes on a venue.

    Pictures go to a folder of their own: those in the repository stay as they are.
    """
    chromium = subprocess.run(
        [ROOT / ".ci" / "chromium"], capture_output=True, text=True, check=False
    )
    assert chromium.returncode == 0, chromium.stderr
    npx = shutil.which("npx")
    assert npx is not None
    ended = subprocess.run(
        [npx, "playwright", "test", "--project", project],
        cwd=ROOT / "web", capture_output=True, text=True, check=False,
        env={
            **os.environ, "OUTCRY_URL": venue.url, "OUTCRY_CHROMIUM": chromium.stdout.strip(),
            "OUTCRY_DATA_DIR": str(venue.data_dir), "OUTCRY_PYTHON": sys.executable,
            "OUTCRY_SCREENSHOTS": str(pictures),
        },
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    print(ended.stdout)
