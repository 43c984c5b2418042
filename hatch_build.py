"""Puts the built terminal into a wheel when there is one; without it a venue is only its API."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TerminalHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `web/dist` to the package as `outcry/terminal`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called once before a wheel is built; an editable one reads `web/dist` where it is."""
        built = Path(self.root, "web", "dist")
        if version != "editable" and (built / "index.html").exists():
            build_data["force_include"][str(built)] = "outcry/terminal"
