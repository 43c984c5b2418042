"""Processes of an earlier run that was killed: found, proved to be ours, and stopped."""

import signal
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil


def pid_in(path: Path) -> int | None:
    """The process id on the first line of a pid file; None when there is no such file or line."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def find(pid: int | None, is_ours: Callable[[list[str]], bool]) -> psutil.Process | None:
    """The living process of this id, when its command line is ours: ids are used again."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        ours = is_ours(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if ours else None


def find_titled(title: str) -> list[psutil.Process]:
    """Living processes whose title, as `ps` shows it, starts with these words."""
    found = []
    for process in psutil.process_iter():
        try:
            if " ".join(process.cmdline()).startswith(title):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end(
    processes: Iterable[psutil.Process], *signals: signal.Signals, grace_s: float = 10.0
) -> None:
    """Send the signals one after the other, then SIGKILL, until all have ended."""
    left = list(processes)
    for each in (*signals, signal.SIGKILL):
        for process in left:
            try:
                process.send_signal(each)
            except psutil.NoSuchProcess:
                continue
        _, left = psutil.wait_procs(left, timeout=grace_s)
        if not left:
            return
