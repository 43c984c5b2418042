"""Nothing can be forgotten: a new event, command or value is named wherever it has to be put.

One of each is added to a copy of the package. There, mypy names every fold that does not say what
it does with the new event, and each table that has to have every command lacks the new one.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from outcry.api.backpack import conditions, orders, stream_frames, words
from outcry.api.cfd import positions
from outcry.api.cfd import stream_frames as cfd_frames
from outcry.client import cfd, models
from outcry.engine import units
from outcry.engine.rejects import CLOSE_NAMES
from outcry.operations import instrument_rules
from outcry.projections.cfd import OPEN, PositionEvent
from outcry.projections.orders import UpdateKind
from twin.random_orders import RandomOrders

ROOT = Path(__file__).parents[1]

FOLDS = {
    "processes/prices/loop.py", "processes/prices/own_books.py", "projections/rows.py",
    "projections/venue.py",
}
TABLES = {"engine/engine.py", "projections/cfd_rows.py"}

ADDED = '''
class {name}({base}, tag=999):
    """One that nobody knows of."""


'''
LACKING = """
from outcry.engine.commands import COMMAND_TYPES
from outcry.engine.engine import Engine
from outcry.engine.state import State
from outcry.projections.cfd_rows import WORDS

tables = {"engine/engine.py": Engine(State()).handled, "projections/cfd_rows.py": WORDS}
for file, table in tables.items():
    if set(COMMAND_TYPES) != set(table):
        print(file)
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with one more event and one more command."""
    copy = tmp_path_factory.mktemp("extended")
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copytree(
        ROOT / "src" / "outcry", copy / "src" / "outcry",
        ignore=shutil.ignore_patterns("_compiled", "__pycache__"),
    )
    for file, union, base in (
        ("events.py", "Event", "Message"), ("commands.py", "Command", "StrictMessage"),
    ):
        path = copy / "src" / "outcry" / "engine" / file
        text, name = path.read_text(), f"Added{union}"
        types = f"{union.upper()}_TYPES = ("
        assert text.count(types) == text.count(f"\n{union} = (") == 1
        text = text.replace(types, f"{ADDED.format(name=name, base=base)}{types}{name}, ")
        path.write_text(text.replace(f"\n{union} = (", f"\n{union} = ({name} | "))
    return copy


def test_mypy_names_every_fold_that_forgets_an_event(extended: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(extended / "cache")],
        cwd=extended, capture_output=True, text=True, check=False,
    )
    errors = re.findall(r"^src/outcry/(\S+):\d+: error: (.*)$", checked.stdout, re.MULTILINE)
    assert FOLDS == {file for file, _ in errors}, checked.stdout
    assert all("AddedEvent" in error for _, error in errors), checked.stdout


def test_every_table_of_commands_is_complete(extended: Path) -> None:
    def lacking(source: Path) -> set[str]:
        environment = {**os.environ, "PYTHONPATH": str(source), "OUTCRY_ENGINE": "interpreted"}
        return set(subprocess.run(
            [sys.executable, "-c", LACKING], env=environment, capture_output=True, text=True,
            check=True,
        ).stdout.split())

    assert set() == lacking(ROOT / "src")
    assert TABLES == lacking(extended / "src")


def constants(first: str) -> set[int]:
    """The constants of the engine's units that stand on the lines after one, and itself."""
    lines = (ROOT / "src" / "outcry" / "engine" / "units.py").read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"{first}: Final"))
    block = "\n".join(lines[start:]).partition("\n\n")[0]
    return {
        getattr(units, node.target.id) for node in ast.parse(block).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


@pytest.mark.parametrize(("first", "table", "types"), [
    ("BUY", words.SIDES, [models.Side]),
    ("LIMIT", words.ORDER_TYPES, [models.OrderType]),
    ("LIMIT", orders._ORDER_TERMS, []),
    ("GTC", words.TIMES_IN_FORCE, [models.TimeInForce]),
    ("REJECT_TAKER", words.SELF_TRADES, [models.SelfTradePrevention]),
    ("LAST_PRICE", conditions.FOLLOWED, [models.TriggerBy]),
    ("ALL_ORDERS", {units.ALL_ORDERS: None, **orders.ORDER_KINDS}, []),
    ("OPEN", words.BOOK_STATES, []),
    ("OPEN", {state: word for word, state in instrument_rules.STATES.items()}, []),
])
def test_every_value_of_the_engine_has_its_word(
    first: str, table: Mapping[int, object], types: list[Any]
) -> None:
    assert constants(first) == set(table)
    for typed in types:
        assert set(table.values()) == set(get_args(typed))


def test_random_orders_have_every_type_and_time_in_force() -> None:
    orders_of_a_seed = RandomOrders(Random(1), open_orders=list)
    placed = [orders_of_a_seed.order(account_id=100, instrument_id=1) for _ in range(1_000)]
    assert constants("LIMIT") == {order.order_type for order in placed}
    assert constants("GTC") == {order.time_in_force for order in placed}


def test_every_end_of_a_position_has_its_word() -> None:
    assert {OPEN, *CLOSE_NAMES} == set(positions._STATUS)
    assert set(positions._STATUS.values()) == set(get_args(cfd.Status))


def test_every_change_has_its_frame() -> None:
    assert set(UpdateKind) - {UpdateKind.CANCELED} == set(stream_frames._ORDER_EVENTS)
    assert set(get_args(PositionEvent)) == set(cfd_frames._WORDS)
