"""The conditions of a measurement, without which it means nothing, and the format of figures."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table


def conditions(folder: Path | None = None) -> str:
    """One line: processors, Python, load, and how long the disk takes to sync a small write."""
    return (
        f"{os.cpu_count()} processors ({_processor()}), Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}, fdatasync of 500 bytes: {fsync_ms(folder):.2f} ms median"
    )


def fsync_ms(folder: Path | None = None) -> float:
    """Median milliseconds until a small appended write is on disk."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        seconds = []
        for _ in range(200):
            os.write(file.fileno(), bytes(500))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds)


def percentile_table(title: str, what: str, took_ms: Mapping[str, Sequence[float]]) -> Table:
    """p50, p95, p99 and the longest of the milliseconds that each kind of thing took."""
    table = Table(title=title)
    for heading in (what, "p50", "p95", "p99", "longest"):
        table.add_column(heading, justify="left" if heading == what else "right")
    for name, milliseconds in took_ms.items():
        ordered = sorted(milliseconds)
        places = (len(ordered) // 2, len(ordered) * 95 // 100, len(ordered) * 99 // 100, -1)
        table.add_row(name, *(f"{ordered[place]:.2f} ms" for place in places))
    return table


def measure_in_process_of(build: str, module: str) -> Any:
    """The JSON that a module's `measure` prints in a process of its own, which runs this build.

    A build of the engine is chosen at import, hence the process.
    """
    done = subprocess.run(  # noqa: S603 - our own module, named in the code
        [sys.executable, "-c", f"from {module} import measure; measure()"],
        env={**os.environ, "OUTCRY_ENGINE": build}, capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    return msgspec.json.decode(done.stdout)


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
