"""How long to wait before something that failed is tried again."""

from random import Random


class Backoff:
    """Waiting times between attempts: doubling, up to a longest, each somewhat shortened at random.

    The randomness keeps a thousand clients of a venue that restarts from returning at once.
    """

    def __init__(
        self, *, first_s: float = 0.25, longest_s: float = 15.0, spread: float = 0.5,
        random: Random | None = None,
    ) -> None:
        """`spread` is the part of each time that chance decides: 0 is none."""
        self._first_s = first_s
        self._longest_s = longest_s
        self._spread = spread
        self._random = random or Random()  # noqa: S311 (It hides nothing.)
        self._next_s = first_s

    def next_s(self) -> float:
        """How long to wait before the next attempt."""
        longest = self._next_s
        self._next_s = min(self._longest_s, longest * 2)
        return longest * (1.0 - self._spread * self._random.random())

    def reset(self) -> None:
        """Begin again at the shortest: the last attempt went well."""
        self._next_s = self._first_s
