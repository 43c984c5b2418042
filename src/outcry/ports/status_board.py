"""The status board, on which each process posts its facts."""

from collections.abc import Mapping
from typing import Protocol


class StatusBoard(Protocol):
    """Facts of each process, for `outcry status` and the terminal. No decision relies on them."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""

    async def read(self) -> dict[str, dict[str, object]]:
        """The latest facts, by process."""


def log_faults(engine: Mapping[str, object]) -> list[str]:
    """Settings of the log server that could lose entries, by the facts of the leading engine."""
    faults = engine.get("log_faults")
    return [str(fault) for fault in faults] if isinstance(faults, list) else []
