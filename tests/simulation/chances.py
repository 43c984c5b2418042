"""What goes wrong in a simulated run, and how often: every seed has a mix of its own."""

import random
from typing import Final

# How often, in a second of a process's life or by the call: never, seldom, often.
RATES: Final = {
    "lost request": (0.0, 0.002, 0.02),
    "lost reply": (0.0, 0.002, 0.02),
    "late delivery": (0.0, 0.002, 0.02),
    "interleaving": (0.05, 0.2, 0.5),
    "kill engine": (0.0, 0.2, 0.8),
    "kill gateway": (0.0, 0.1, 0.4),
    "kill recorder": (0.0, 0.2, 0.6),
    "stop engine": (0.0, 0.2, 0.6),
    "stop gateway": (0.0, 0.0, 0.2),
    "stop recorder": (0.0, 0.0, 0.2),
    "end engine": (0.0, 0.1, 0.3),
    "log away": (0.0, 0.1, 0.3),
    "database away": (0.0, 0.1, 0.3),
    "database loses": (0.0, 0.02, 0.1),
    "clock jumps": (0.0, 0.1, 0.3),
    "lease gone": (0.0, 0.2, 0.6),
    "second recorder": (0.0, 0.0, 0.2),
    "torn snapshot": (0.0, 0.1, 0.5),
    "failed snapshot": (0.0, 0.1, 0.3),
    "poison": (0.0, 0.0, 0.01),
    "passing fault": (0.0, 0.0, 0.3),
    "early snapshot": (0.0, 0.0, 1.0),
}


class Chances:
    """One seed's choices. After `heal` nothing goes wrong any more."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rates = {fault: self.random.choice(rates) for fault, rates in RATES.items()}
        if self.rates["passing fault"]:
            # Whoever fails once comes to other events than a snapshot that nobody had published.
            self.rates["early snapshot"] = 0.0
        self.met: dict[str, int] = {}

    def heal(self) -> None:
        """From now on all goes well."""
        self.rates = dict.fromkeys(self.rates, 0.0)

    def strikes(self, fault: str) -> bool:
        """Whether something goes wrong this time."""
        rate = self.rates[fault]
        if rate and self.random.random() < rate:
            self.note(fault)
            return True
        return False

    def note(self, fault: str) -> None:
        """It was met."""
        self.met[fault] = self.met.get(fault, 0) + 1

    def between(self, least: float, most: float) -> float:
        """Any number of seconds between the two."""
        return self.random.uniform(least, most)

    def session(self) -> int:
        """A writer's session."""
        return self.random.getrandbits(63)
