"""`venue.json`: the record of a running venue in its data directory.

The commands of the tool find a venue by it, and the next `outcry up` finds the processes that a
killed one left behind. It contains the database's password, so only its owner can read it.
"""

import os
from pathlib import Path
from typing import Literal

import msgspec
import psutil


class NoVenue(Exception):
    """No venue runs on a data directory. The message says how to start one."""


class ProcessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the venue."""

    name: str
    pid: int | None
    state: str  # starting, running, restarting, stopping, stopped
    began: float | None  # When it began by the system's clock: proves that the id is still its own.


class VenueRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A running venue. `pid` and `began` are of its `outcry up`."""

    pid: int
    began: float
    ready: bool
    mode: Literal["demo", "production"]
    gateway_url: str
    stream_url: str
    redis_url: str
    database_url: str
    ports: dict[str, int]
    processes: list[ProcessRecord]
    snapshots: Literal["files", "postgres", "both"] = "files"  # Where they are.


def began(pid: int) -> float | None:
    """When a process began, in seconds since 1970; None when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def alive(pid: int | None, since: float | None) -> bool:
    """Whether a process still runs that began at that time: ids are used again."""
    found = None if pid is None else began(pid)
    return found is not None and since is not None and abs(found - since) < 0.1


def venue_path(data_dir: Path) -> Path:
    """Path of the file."""
    return data_dir / "venue.json"


def write_venue(data_dir: Path, venue: VenueRecord) -> None:
    """Replace the file."""
    path = venue_path(data_dir)
    aside = path.with_name("venue.json.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(venue)))
    aside.replace(path)


def read_venue(data_dir: Path) -> VenueRecord | None:
    """The record, whether the venue runs or not; None without a readable file."""
    try:
        return msgspec.json.decode(venue_path(data_dir).read_bytes(), type=VenueRecord)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def running_venue(data_dir: Path) -> VenueRecord:
    """The venue that runs on a data directory; raises `NoVenue` when none does."""
    venue = read_venue(data_dir)
    if venue is None or not alive(venue.pid, venue.began):
        raise NoVenue(
            f"no venue runs on {data_dir}: start one with `outcry up`, or name its --data-dir"
        )
    return venue
