"""Backups that `outcry up` makes: at an interval, and with a word when one fails."""

import asyncio
import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from outcry.launcher import scheduled_backup
from outcry.launcher.scheduled_backup import keep_backed_up
from outcry.runtime.config import Settings
from rigs.patience import soon


async def test_without_a_directory_there_are_none(tmp_path: Path) -> None:
    await keep_backed_up(Settings(data_dir=tmp_path, backup_dir=None), Console())


async def test_a_backup_that_fails_is_reported_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a data directory without a venue."""
    started: list[Path] = []
    start = scheduled_backup._start

    def counted(settings: Settings, folder: Path) -> "subprocess.Popen[str]":
        started.append(folder)
        return start(settings, folder)

    monkeypatch.setattr(scheduled_backup, "_start", counted)
    said = io.StringIO()
    settings = Settings(data_dir=tmp_path / "none", backup_dir=tmp_path / "backups")
    settings = settings.model_copy(update={"backup_interval_s": 0})
    work = asyncio.create_task(keep_backed_up(settings, Console(file=said, width=200)))
    try:
        await soon(lambda: len(started) >= 2)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert "no backup was made: outcry: there is no" in said.getvalue()
