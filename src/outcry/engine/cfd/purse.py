"""What the house may lose in an asset, and what it has won or lost since that is counted."""

from typing import Final

from outcry.engine.units import AMOUNT_MAX

DAY_MS: Final = 86_400_000


class Purse:
    """Limits on realized losses. At a limit the house stops until its operator resumes it."""

    def __init__(self) -> None:
        self.loss_per_day_max = 0  # 0 is no limit, here and below.
        self.loss_max = 0
        self.day = 0  # UTC days since 1970, of the last result.
        self.result_of_day = 0
        self.result = 0
        self.stopped = False

    def add(self, now_ms: int, amount: int) -> None:
        """Count a result; below zero it is a loss."""
        self.turn_to(now_ms)
        self.result_of_day = _held(self.result_of_day + amount)
        self.result = _held(self.result + amount)

    def turn_to(self, now_ms: int) -> None:
        """Begin another day if one has begun."""
        day = now_ms // DAY_MS
        if day != self.day:
            self.day = day
            self.result_of_day = 0

    def resume(self) -> None:
        """Go on, and count anew."""
        self.result_of_day = 0
        self.result = 0
        self.stopped = False

    def is_spent(self) -> bool:
        """Whether the house has lost as much as it may."""
        return (0 < self.loss_per_day_max <= -self.result_of_day) or (
            0 < self.loss_max <= -self.result
        )


def _held(amount: int) -> int:
    """An amount, or the nearest one that can be kept."""
    return max(-AMOUNT_MAX, min(amount, AMOUNT_MAX))
