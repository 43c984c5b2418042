"""The house rules that a machine can check. CONTRIBUTING.md says why there are any."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "outcry"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "_compiled" not in path.parts)
TESTS = sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
ENGINE = [path for path in FILES if path.is_relative_to(SOURCE / "engine")]
PURE = [
    path for room in ("engine", "wire", "projections", "api") for path in FILES
    if path.is_relative_to(SOURCE / room)
]

LINES_PER_FILE_MAX = 400
LINES_PER_FUNCTION_MAX = 60

VAGUE = {"manager", "helper", "helpers", "util", "utils", "data", "info", "base", "common", "misc"}

# Each with what to use instead.
BANNED = {
    "datetime.utcnow": "runtime.clock.clock_ms, in services and adapters",
    "datetime.now": "the entry's time; in services and adapters clock_ms()",
    "logging.getLogger": "structlog.get_logger",
    "os.system": "subprocess.run with a list",
    "pickle.loads": "msgspec with a type",
    "pickle.dumps": "msgspec",
    "json.loads": "msgspec.json with a type, except where another program's shape is read",
    "asyncio.get_event_loop": "asyncio.get_running_loop",
    "eval": "nothing",
    "exec": "nothing",
}
BANNED_EXCEPTIONS = {
    ("json.loads", "runtime/secrets.py"), ("json.loads", "launcher/venue_process.py"),
    ("json.loads", "adapters/valkey/streams.py"),
    ("logging.getLogger", "bootstrap/stream.py"),  # A library's own lines.
    ("logging.getLogger", "processes/stream/gated_protocol.py"),
}

# What must never be sought in a set or by a salted hash, and never be a fraction.
ENGINE_BANNED_NAMES = {"float", "set", "hash", "id", "open", "print", "input", "round"}


def named(path: Path) -> str:
    """Path of a file for a test's name."""
    return str(path.relative_to(ROOT))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def called(node: ast.Call) -> str:
    """What a call calls, as written: `asyncio.sleep`."""
    return ast.unparse(node.func)


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=named)
def test_a_file_says_what_it_is(path: Path) -> None:
    """It begins with a docstring of one to a few sentences."""
    text = path.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "begin with what this file is"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_and_functions_stay_small(path: Path) -> None:
    """More than a few screens is more than one idea."""
    assert path.read_text().count("\n") <= LINES_PER_FILE_MAX
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LINES_PER_FUNCTION_MAX, node.name


@pytest.mark.parametrize("path", FILES, ids=named)
def test_names_say_something(path: Path) -> None:
    """A file, a class and a function are named for what they are, not for being there."""
    assert path.stem not in VAGUE
    for node in nodes(path):
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z]*", node.name)}
            assert not words & (VAGUE - {"data"}), node.name  # Market data is a term.


@pytest.mark.parametrize("path", FILES, ids=named)
def test_banned_calls(path: Path) -> None:
    """Each has a replacement that does not have its trap."""
    where = str(path.relative_to(SOURCE))
    for node in nodes(path):
        if isinstance(node, ast.Call) and called(node) in BANNED:
            allowed = (called(node), where) in BANNED_EXCEPTIONS
            assert allowed, f"line {node.lineno}: {called(node)}: use {BANNED[called(node)]}"


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=named)
def test_nothing_is_left_unfinished(path: Path) -> None:
    """No notes to oneself, no stubs, and no code that is only a comment."""
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")))
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type != tokenize.COMMENT:
            continue
        assert not marks.search(token.string), f"line {token.start[0]}: {token.string}"
        said = token.string.lstrip("#").strip()
        assert not re.match(r"(import \w|from \w+ import|def \w+\(|return \w|\w+ = \w+\()", said), (
            f"line {token.start[0]}: code in a comment: {said}"
        )
    for node in nodes(path):
        assert not (isinstance(node, ast.Name) and node.id == "NotImplementedError")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_errors_are_caught_by_name(path: Path) -> None:
    """Only the edge of a process or a request catches everything; others pass it on."""
    routes = SOURCE / "processes" / "gateway" / "routes"
    edges = (SOURCE / "runtime" / "process.py", routes / "order.py", routes / "broker.py")
    for node in nodes(path):
        if isinstance(node, ast.ExceptHandler) and path not in edges:
            assert node.type is not None, f"line {node.lineno}"
            passed_on = isinstance(node.body[-1], ast.Raise)
            caught = ast.unparse(node.type)
            assert passed_on or caught not in ("Exception", "BaseException"), f"line {node.lineno}"


@pytest.mark.parametrize("path", PURE, ids=named)
def test_pure_layers_never_wait(path: Path) -> None:
    """What takes no time cannot be interrupted, and gives the same answer every time."""
    for node in nodes(path):
        where = f"line {getattr(node, 'lineno', '?')}"
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor), where


@pytest.mark.parametrize("path", ENGINE, ids=named)
def test_the_engine_counts_in_whole_numbers(path: Path) -> None:
    """No float, no division that makes one, no order that depends on a hash."""
    tree = ast.parse(path.read_text())
    only_asked = {  # A frozen set is only ever asked whether it has something.
        id(node.args[0]) for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == "frozenset" and node.args
    }
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', '?')}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
        assert not (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)), (
            f"{where}: say how it rounds: div_floor or div_ceil"
        )
        assert not isinstance(node, ast.Set | ast.SetComp) or id(node) in only_asked, where
        if isinstance(node, ast.Call):
            assert called(node) not in ENGINE_BANNED_NAMES, f"{where}: {called(node)}"


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_tests_wait_for_what_they_mean(path: Path) -> None:
    """A pause is never long enough on a busy machine, and always too long on an idle one."""
    tree = ast.parse(path.read_text())
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
    polls = {id(node) for loop in loops for node in ast.walk(loop)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            sleeps = called(node) == "time.sleep" and isinstance(node.args[0], ast.Constant)
            assert not sleeps or id(node) in polls, f"line {node.lineno}: wait for the condition"
            assert called(node) != "pytest.xfail", f"line {node.lineno}"


def test_every_module_has_its_layer() -> None:
    """A module in no layer could import anything."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = " | ".join(contracts["contracts"][0]["layers"]).split(" | ")
    rooms = {path.parent for path in SOURCE.glob("*/__init__.py")} - {SOURCE / "api"}
    rooms |= {path.parent for path in SOURCE.glob("api/*/__init__.py")}
    assert {".".join(room.relative_to(SOURCE.parent).parts) for room in rooms} == set(layers)
    assert {"__init__.py", "__main__.py"} == {path.name for path in SOURCE.glob("*.py")}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not even for their types, and not even within a room."""
    graph = grimp.build_graph("outcry", cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imported).prepare()  # Raises `CycleError`, which names the circle.


def test_nothing_names_the_machine_it_was_made_on() -> None:
    """Paths of one machine mean nothing on another."""
    places = re.compile("/(" + "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot")) + ")/")
    others = ("*.toml", "*.md", "*.lock", "Makefile", ".ci/*", "docs/**/*.md", "compose.yaml")
    for path in [*FILES, *TESTS, *(found for each in others for found in ROOT.glob(each))]:
        assert not places.search(path.read_text()), named(path)


def room_of(module: str) -> str:
    """The room a module of ours is in: `processes.gateway` for `outcry.processes.gateway.app`."""
    parts = module.split(".")[1:]
    return ".".join(parts[: 2 if parts[0] in ("api", "adapters", "processes") else 1])


@pytest.mark.parametrize(
    "room",
    [path.parent for path in FILES if path.name == "__init__.py" and path.parent != SOURCE],
    ids=named,
)
def test_a_room_says_what_it_may_import(room: Path) -> None:
    """And imports nothing else. Rooms near the top may import every room below."""
    doc = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    said = re.search(r"(?:[Mm]ay import|[Ii]mports) (.*?)\.(?:\s|$)", doc, re.DOTALL)
    assert said, "say what this room may import"
    if "every" in said[1] or "the files of" in said[1]:
        return
    allowed = set(re.findall(r"`([\w.]+)`", said[1].partition("never")[0]))
    if "pure rooms" in said[1]:
        allowed |= {"api", "projections", "wire", "engine"}
    own = room_of(".".join(room.relative_to(SOURCE.parent).parts))
    for path in FILES:
        if not path.is_relative_to(room):
            continue
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("outcry."):
                other = room_of(str(node.module))
                assert {other, other.partition(".")[0]} & {*allowed, own, own.partition(".")[0]}, (
                    f"{named(path)} imports {node.module}"
                )
