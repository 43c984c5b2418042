"""Backs the venue up at an interval, as `outcry backup make` does by hand."""

import asyncio
import subprocess
import sys
from pathlib import Path

import structlog
from rich.console import Console

from outcry.runtime.config import Settings
from outcry.runtime.stopping import STOP_S

log = structlog.get_logger()


async def keep_backed_up(settings: Settings, console: Console) -> None:
    """Make backups until canceled; nothing happens without a directory for them."""
    if settings.backup_dir is None:
        return
    while True:
        await _back_up(settings, settings.backup_dir, console)
        await asyncio.sleep(settings.backup_interval_s)


def _start(settings: Settings, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - the tool itself
        [
            sys.executable, "-m", "outcry", "backup", "make", str(folder.absolute()),
            "--keep", str(settings.backups_kept), "--data-dir", str(settings.data_dir),
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )


async def _back_up(settings: Settings, folder: Path, console: Console) -> None:
    child = _start(settings, folder)
    try:
        said, _ = await asyncio.to_thread(child.communicate)
    except asyncio.CancelledError:
        child.terminate()
        child.wait(STOP_S)
        raise
    if child.returncode != 0:
        reason = said.strip().splitlines()[-1] if said.strip() else f"status {child.returncode}"
        log.error("no backup was made", reason=reason)
        console.print(f"no backup was made: {reason}", style="yellow", markup=False)
