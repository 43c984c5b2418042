"""The order of the tests, which is another one in each run, and which of them are quick."""

import os
import random

import pytest

# Workers get it from the process that starts them.
SEED = os.environ.setdefault("TEST_ORDER_SEED", str(random.randrange(10**6)))

# The files that take longest come first: workers that are done take the short ones.
LONG_FIRST = (
    "e2e/test_chaos", "browser/test_terminal", "e2e/test_book", "e2e", "browser", "integration", "",
)
QUICK = ("unit", "scenarios", "golden", "property")
SERVERS = "unit/launcher/servers"


def place_of(item: pytest.Item) -> tuple[float, ...]:
    """Where a test comes: a number by chance for its file, and one for itself in the file."""
    path = path_of(item)
    rank = next(rank for rank, start in enumerate(LONG_FIRST) if path.startswith(start))
    return rank, _by_chance(path), _by_chance(item.nodeid)


def is_quick(item: pytest.Item) -> bool:
    """Whether a test belongs to `make quick`: it looks at what the code does, without servers."""
    path = path_of(item)
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return (
        path.startswith(QUICK) and not path.startswith(SERVERS)
        and "servers_directory" not in fixtures
    )


def path_of(item: pytest.Item) -> str:
    """The file of a test, from `tests` on."""
    return item.nodeid.partition("::")[0].removeprefix("tests/")


def _by_chance(name: str) -> float:
    """The same for a name in every run with this seed, whatever else is run."""
    return random.Random(f"{SEED} {name}").random()
