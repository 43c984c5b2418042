"""The desk in a real browser, on a whole venue whose prices follow a tape."""

import tempfile
from pathlib import Path

import pytest

from rigs.browser_pages import browse
from rigs.tapes import write_jumping_tape
from rigs.venues import running_venue


@pytest.mark.browser
def test_the_desk_in_a_browser(tmp_path: Path) -> None:
    """Every test of `cfd.test.ts` passes while a price jumps again and again."""
    tape = write_jumping_tape(tmp_path / "jumps.csv")
    with (
        tempfile.TemporaryDirectory(prefix="outcry-tape-") as directory,
        running_venue(Path(directory) / "data", "--prices", f"tape:{tape}?loop=true") as venue,
    ):
        browse("desk", venue=venue, pictures=tmp_path)
