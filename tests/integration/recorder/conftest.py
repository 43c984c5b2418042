"""A log and a database for each test of the recorder."""

from collections.abc import Callable

import pytest

from rigs.recorder_bench import Bench


@pytest.fixture
def bench(fresh_valkey: str, fresh_database: Callable[[], str]) -> Bench:
    """An empty log and an empty database on the shared servers."""
    return Bench(fresh_valkey, fresh_database())
