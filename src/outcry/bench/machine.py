"""What a figure was measured on: a figure without its conditions says nothing."""

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path


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


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
