"""What `outcry up` says of ends and faults: one clear line for each."""

import io
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from outcry.launcher.up import DISK_FULL_BYTES, _Venue
from outcry.launcher.venue_process import VenueProcess
from outcry.runtime.config import Settings


class Usage(NamedTuple):
    free: int


def test_a_full_disk_is_told_once_in_our_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in those of the log server, which ends again and again."""
    said = io.StringIO()
    venue = _Venue(
        Settings(data_dir=tmp_path), with_maker=False, with_standby=False,
        console=Console(file=said, width=200),
    )
    log = tmp_path / "valkey.log"
    log.write_text("# Error: No space left on device\n")
    program = VenueProcess("valkey", runs="valkey", log=log, environment={})
    free = [DISK_FULL_BYTES - 1]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free[0]))
    for _ in range(3):
        venue._say_end(program, 1)
    [line] = said.getvalue().splitlines()
    assert "is full, and nothing is acknowledged: make room" in line
    free[0] = DISK_FULL_BYTES
    venue._say_end(program, 1)
    assert "valkey ended with status 1" in said.getvalue().splitlines()[-1]
    free[0] = 0
    venue._say_end(program, 1)
    assert 3 == len(said.getvalue().splitlines())


def test_a_log_server_that_may_lose_orders_is_told_when_it_changes(tmp_path: Path) -> None:
    said = io.StringIO()
    venue = _Venue(
        Settings(data_dir=tmp_path), with_maker=False, with_standby=False,
        console=Console(file=said, width=200),
    )
    told: dict[str, object] = {}
    for faults in ([], ["appendonly is 'no', not 'yes'"], ["appendonly is 'no', not 'yes'"], []):
        venue._say_faults(faults, told)
    first, second = said.getvalue().splitlines()
    assert "could lose acknowledged orders: appendonly is 'no'" in first
    assert "keeps every acknowledged order again" in second
