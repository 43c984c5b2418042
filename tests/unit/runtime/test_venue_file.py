"""A running venue is found by its file, and only as long as it runs."""

import os
from pathlib import Path

import pytest

from outcry.runtime.config import settings_of_running_venue
from outcry.runtime.venue_file import (
    NoVenue,
    ProcessRecord,
    VenueRecord,
    alive,
    began,
    read_venue,
    running_venue,
    write_venue,
)


def record(*, pid: int, since: float) -> VenueRecord:
    return VenueRecord(
        pid=pid, began=since, ready=True, mode="production",
        gateway_url="http://127.0.0.1:4000", stream_url="ws://127.0.0.1:4001/",
        redis_url="unix:///run/valkey.sock", database_url="postgresql://a:b@127.0.0.1:1/c",
        ports={"gateway": 4000, "stream": 4001},
        processes=[ProcessRecord(name="engine", pid=7, state="running", began=1.5)],
        snapshots="both",
    )


def our_record() -> VenueRecord:
    since = began(os.getpid())
    assert since is not None
    return record(pid=os.getpid(), since=since)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor an `.env` of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("OUTCRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """By its owner only."""
    write_venue(tmp_path, our_record())
    assert our_record() == read_venue(tmp_path)
    assert 0o600 == (tmp_path / "venue.json").stat().st_mode & 0o777


def test_no_file_is_no_venue(tmp_path: Path) -> None:
    """The message says how to start one."""
    assert read_venue(tmp_path) is None
    with pytest.raises(NoVenue, match="outcry up"):
        running_venue(tmp_path)


def test_a_file_of_something_else_is_no_venue(tmp_path: Path) -> None:
    """Half written, or of another version: as if there were none."""
    (tmp_path / "venue.json").write_text('{"pid": 1')
    assert read_venue(tmp_path) is None


def test_a_venue_that_was_killed_does_not_run(tmp_path: Path) -> None:
    """Its file stays behind; its process id may by now be another program's."""
    write_venue(tmp_path, record(pid=os.getpid(), since=1.0))
    with pytest.raises(NoVenue):
        running_venue(tmp_path)


def test_a_process_id_alone_proves_nothing() -> None:
    """The time of its beginning must fit too."""
    since = began(os.getpid())
    assert since is not None
    assert alive(os.getpid(), since)
    assert not alive(os.getpid(), since + 1)
    assert not alive(None, since)
    assert not alive(2**22 + 1, since)


def test_commands_get_the_addresses_of_the_running_venue(tmp_path: Path) -> None:
    """And its mode, so that new accounts are treated as its own, and where its snapshots are."""
    write_venue(tmp_path, our_record())
    settings = settings_of_running_venue(tmp_path)
    assert "unix:///run/valkey.sock" == settings.redis_url
    assert "postgresql://a:b@127.0.0.1:1/c" == settings.database_url
    assert "http://127.0.0.1:4000" == settings.gateway_url
    assert ("production", "both") == (settings.mode, settings.snapshots)


def test_variables_win_over_the_running_venue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names a server means it."""
    write_venue(tmp_path, our_record())
    monkeypatch.setenv("OUTCRY_REDIS_URL", "redis://elsewhere")
    settings = settings_of_running_venue(tmp_path)
    assert "redis://elsewhere" == settings.redis_url
    assert "postgresql://a:b@127.0.0.1:1/c" == settings.database_url


def test_with_both_servers_named_no_venue_has_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue may run on another machine."""
    monkeypatch.setenv("OUTCRY_REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("OUTCRY_DATABASE_URL", "postgresql://elsewhere/c")
    assert "redis://elsewhere" == settings_of_running_venue(tmp_path).redis_url
