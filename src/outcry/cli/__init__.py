"""The `outcry` command: a file for each group of commands, with its words and its wiring.

May import every room below. A group's file is imported when one of its commands is used, so that
all commands start fast.
"""

import importlib
from collections import UserDict
from typing import Any, Final

import typer
from typer.core import TyperGroup

from outcry.cli.edge import complaints

# Each command of the tool, and the file of its group.
FILES: Final = {
    "up": "venue", "run": "venue", "status": "status", "user": "users",
    "instrument": "instruments", "asset": "instruments", "contract": "contracts",
    "house": "house", "rules": "rules", "verify": "history", "replay": "history",
    "restore": "restore", "doctor": "doctor", "backup": "backup", "snapshot": "snapshots",
    "tape": "tapes", "bench": "bench", "openapi": "build", "version": "build",
}


class _Commands(UserDict[str, Any]):
    """Every command by its name; a look-up imports its file."""

    def __getitem__(self, name: str) -> Any:
        group = importlib.import_module(f"outcry.cli.{super().__getitem__(name)}")
        return typer.main.get_group(group.app).commands[name]


class _Tool(TyperGroup):
    """The tool itself: finds commands, and tells in one line what a person can mend."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands(FILES)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with complaints():
            return super().invoke(ctx)


app = typer.Typer(
    name="outcry", cls=_Tool, no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def outcry() -> None:
    """Run a self-hosted, real-time trading venue."""
