"""Where each process says how it is."""

from typing import Protocol


class StatusBoard(Protocol):
    """Where each process says how it is, for `outcry status` and the terminal. Never the truth."""

    async def post(self, process: str, facts: dict[str, object]) -> None:
        """Replace what this process last said."""

    async def read(self) -> dict[str, dict[str, object]]:
        """What every process said last, by process."""
