"""A whole venue of its own for a measurement."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class BenchVenue(NamedTuple):
    """Where it keeps its data, and listens."""

    data_dir: str
    port: int


@contextlib.contextmanager
def running_venue(scratch: Path) -> Iterator[BenchVenue]:
    """Everything `outcry up` starts, with simulated prices, until the block ends."""
    # Where the venue runs as an ordinary user's, that user must be able to get here.
    scratch.chmod(0o755)
    venue = BenchVenue(f"{scratch}/venue", _free_port())
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "outcry", "up", "--data-dir", venue.data_dir,
         "--port", str(venue.port), "--stream-port", str(_free_port()), "--prices", "sim"],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        _wait_until_ready(process)
        yield venue
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(venue: "subprocess.Popen[str]") -> None:
    assert venue.stdout is not None
    for line in venue.stdout:
        if line.startswith("outcry is ready"):
            return
    sys.exit("the venue did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
