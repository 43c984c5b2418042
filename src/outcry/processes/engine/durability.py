"""Whether a log server keeps every acknowledged entry, at the start and while it runs."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

_NEEDED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "role": "master",
}
ASKED_S: Final = 60.0

log = structlog.get_logger()


def durability_faults(settings: Mapping[str, str]) -> list[str]:
    """The settings of a log server that could lose an acknowledged command."""
    return [
        f"{name} is {settings.get(name)!r}, not {needed!r}"
        for name, needed in _NEEDED.items()
        if settings.get(name) != needed
    ]


class DurabilityWatch:
    """Asks the server for its settings each minute, since an operator can change them."""

    def __init__(
        self, settings: Callable[[], Mapping[str, str]], faults: list[str]
    ) -> None:
        """`faults` are those that were found at the start."""
        self._settings = settings
        self.faults = faults
        self._next = time.monotonic() + ASKED_S

    def __call__(self) -> list[str]:
        """The faults as of the last minute. Raises `LogUnavailable`."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + ASKED_S
            faults = durability_faults(self._settings())
            if faults != self.faults:
                log.error("the log server's durability has changed", faults=faults)
            self.faults = faults
        return self.faults
