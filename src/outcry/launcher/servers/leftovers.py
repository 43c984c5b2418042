"""Processes of an earlier run that was killed: found, proved to be ours, and stopped."""

import signal
from collections.abc import Iterable
from pathlib import Path

import psutil


def find(pid_file: Path, path: Path) -> list[psutil.Process]:
    """The living process of a pid file if this path is in its command line: ids are used again."""
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        is_ours = str(path) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return []
    return [process] if is_ours else []


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
