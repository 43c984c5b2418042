"""The conditions of a measurement, without which it means nothing, and the format of figures."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
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


def table_of(title: str, *headings: str, words: int = 1) -> Table:
    """A table whose first columns, as many as `words`, are words and whose others are figures."""
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < words else "right")
    return table


def percentiles(measured: Iterable[float], *wanted: int) -> list[float]:
    """The wanted percentiles of some figures; the hundredth is the largest figure."""
    ordered = sorted(measured)
    return [ordered[min(len(ordered) * each // 100, len(ordered) - 1)] for each in wanted]


def percentile_table(title: str, what: str, took_ms: Mapping[str, Sequence[float]]) -> Table:
    """p50, p95, p99 and the longest of the milliseconds that each kind of thing took."""
    table = table_of(title, what, "p50", "p95", "p99", "longest")
    for name, took in took_ms.items():
        table.add_row(name, *(f"{each:.2f} ms" for each in percentiles(took, 50, 95, 99, 100)))
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
