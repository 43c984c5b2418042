"""Exit statuses that mean something to whoever started a process."""

from typing import Final

STOP_FOR_A_PERSON: Final = 70  # It must not simply be started again.
