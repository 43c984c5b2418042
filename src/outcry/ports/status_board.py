"""The status board, on which each process posts its facts."""

from typing import Protocol


class StatusBoard(Protocol):
    """Facts of each process, for `outcry status` and the terminal. No decision relies on them."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace the facts of a process."""

    async def read(self) -> dict[str, dict[str, object]]:
        """The latest facts, by process."""
