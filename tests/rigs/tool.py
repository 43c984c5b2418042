"""The commands of the tool, as the tool itself has them."""

from collections.abc import Iterator
from typing import Any

import typer.main

from outcry.cli import app


def commands_of(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A command or a group, and all that is in it, each with its full name."""
    yield name, command
    for part, child in getattr(command, "commands", {}).items():
        yield from commands_of(child, f"{name} {part}")


def options_of(command: Any) -> set[str]:
    """The long options of a command."""
    return {
        option for parameter in command.params for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }


COMMANDS_AND_GROUPS = dict(commands_of(typer.main.get_command(app), "outcry"))
TOOL = {
    name: command for name, command in COMMANDS_AND_GROUPS.items()
    if not getattr(command, "commands", {}) or command.invoke_without_command
}
