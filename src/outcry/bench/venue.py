"""A whole venue of its own for a measurement."""

import contextlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from outcry.bench.machine import conditions


class BenchVenue(NamedTuple):
    """Where it keeps its data, and listens."""

    data_dir: str
    port: int


@contextlib.contextmanager
def running_venue(console: Console, *, prices: str = "sim") -> Iterator[BenchVenue]:
    """Everything `outcry up` starts, with simulated or other prices, until the block ends.

    The conditions of the measurement are printed first.
    """
    with tempfile.TemporaryDirectory() as scratch:
        console.print(conditions(Path(scratch)))
        # Where the venue runs as an ordinary user's, that user must be able to get here.
        Path(scratch).chmod(0o755)
        venue = BenchVenue(f"{scratch}/venue", _free_port())
        with subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "outcry", "up", "--data-dir", venue.data_dir,
             "--port", str(venue.port), "--stream-port", str(_free_port()), "--prices", prices,
             "--prices-seed", "1"],
            stdout=subprocess.PIPE, text=True,
        ) as process:
            try:
                _wait_until_ready(process)
                yield venue
            finally:
                process.terminate()


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
