"""The documents, held to the code: everything has its line, links lead somewhere, examples run."""

import ast
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from outcry.api.backpack import stream as stream_words
from outcry.api.backpack.errors import REJECTIONS, Code
from outcry.api.backpack.stream import DEPTH_WINDOWS_MS, PRIVATE, Kind
from outcry.api.backpack.words import EXPIRY_REASONS, ORDER_TYPES, TIMES_IN_FORCE
from outcry.cli.bench import BENCHES
from outcry.cli.venue import PROCESSES
from outcry.engine.commands import COMMAND_TYPES
from outcry.engine.events import EVENT_TYPES, BalanceAfter, BookAfter, Outcome
from outcry.engine.rejects import CANCEL_NAMES, REJECT_NAMES, RETRYABLE
from outcry.processes.gateway.app import ROUTES
from outcry.processes.gateway.declaration import Route
from outcry.processes.gateway.route_table import table
from outcry.runtime.config import Settings
from outcry.runtime.exit_status import STOP_FOR_A_PERSON
from rigs.patience import until
from rigs.tool import TOOL, options_of
from rigs.venues import Venue

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
SOURCE = ROOT / "src" / "outcry"

NONE = "\u2013"  # What a cell says when there is nothing to say.

_FENCE = re.compile(r"^( *)```(\w*)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def page(name: str) -> str:
    return (DOCS / name).read_text()


def row_of(text: str, name: str, column: int = 1) -> list[str]:
    """Cells of the table row whose cell in a column is a name in backticks."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) > column and cells[column] == f"`{name}`":
            return cells
    raise AssertionError(f"no row is about `{name}`")


def python_blocks() -> Iterator[tuple[str, str, bool]]:
    """(where, code, whether it is marked as runnable) of every Python example."""
    for path in PAGES:
        for number, found in enumerate(_FENCE.finditer(path.read_text())):
            indent, language, mark, code = found.groups()
            if language == "python":
                name = f"{path.relative_to(ROOT)}-{number}"
                yield name, re.sub(f"^{indent}", "", code, flags=re.MULTILINE), "run" in mark


BLOCKS = list(python_blocks())
RUNNABLE = [(name, code) for name, code, runs in BLOCKS if runs]


@pytest.mark.parametrize("command", COMMAND_TYPES, ids=lambda kind: kind.__name__)
def test_every_command_has_its_row_and_its_answers(command: type[msgspec.Struct]) -> None:
    """Once with its number, and once with the events that answer it."""
    text = page("commands-and-events.md")
    assert str(command.__struct_config__.tag) == row_of(text, command.__name__)[0]
    answers = row_of(text.partition("## Which events")[2], command.__name__, column=0)
    events = {kind.__name__ for kind in EVENT_TYPES}
    assert events & set(re.findall(r"`(\w+)`", answers[1]))
    refusals = set(re.findall(r"`(\w+)`", answers[2]))
    assert refusals <= set(REJECT_NAMES.values())


@pytest.mark.parametrize("event", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_event_has_its_row(event: type[msgspec.Struct]) -> None:
    """With its number on the log."""
    row = row_of(page("commands-and-events.md"), event.__name__)
    assert str(event.__struct_config__.tag) == row[0]


def test_the_parts_of_an_outcome_are_described() -> None:
    """What an events entry holds besides events."""
    text = page("commands-and-events.md")
    for kind in (Outcome, BalanceAfter, BookAfter):
        assert f"`{kind.__name__}`" in text
    for name in Outcome.__struct_fields__:
        assert f"`{name}`" in text


@pytest.mark.parametrize("reason", REJECT_NAMES, ids=REJECT_NAMES.get)
def test_every_reject_reason_has_its_row(reason: int) -> None:
    """With its number, whether it may go away by itself, and what REST makes of it."""
    number, _, again, _, wire = row_of(page("commands-and-events.md"), REJECT_NAMES[reason])
    status, code, _ = REJECTIONS[reason]
    assert str(reason) == number
    assert ("yes" if reason in RETRYABLE else "") == again
    assert f"{status} {code}" == wire


def test_every_reject_reason_has_a_command_that_it_answers() -> None:
    """Nobody should have to guess where a reason can come from."""
    answers = page("commands-and-events.md").partition("## Which events")[2].partition("\n## ")[0]
    assert [] == [name for name in REJECT_NAMES.values() if f"`{name}`" not in answers]


@pytest.mark.parametrize("reason", CANCEL_NAMES, ids=CANCEL_NAMES.get)
def test_every_cancel_reason_has_its_row(reason: int) -> None:
    """With its number and its word on the wire."""
    table = page("commands-and-events.md").partition("## Cancel reasons")[2]
    number, _, _, wire = row_of(table, CANCEL_NAMES[reason])
    assert str(reason) == number
    word = EXPIRY_REASONS.get(reason)
    assert (NONE if word is None else f"`{word}`") == wire


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row_and_its_default(name: str) -> None:
    """In the one table of settings."""
    variable = f"`OUTCRY_{name.upper()}`"
    [line] = [
        line for line in page("operations.md").splitlines()
        if line.startswith("| `OUTCRY_") and variable in line.split(" | ")[0]
    ]
    default = Settings.model_fields[name].default
    assert (NONE if default is None else f"`{default}`") == line.split(" | ")[1].strip()


def test_no_setting_is_made_up() -> None:
    """A variable that is written about is one that is read."""
    known = {f"OUTCRY_{name.upper()}" for name in Settings.model_fields}
    known |= {"OUTCRY_ENGINE", "OUTCRY_CHROMIUM", "OUTCRY_ENV_FILE", "OUTCRY_TEST_SEED"}
    for path in [*PAGES, ROOT / ".env.example"]:
        named = set(re.findall(r"OUTCRY_[A-Z][A-Z_]*[A-Z]", path.read_text()))
        assert named <= known, path.name


@pytest.mark.parametrize("name", TOOL)
def test_every_command_of_the_tool_is_described(name: str) -> None:
    row_of(page("operations.md"), name, column=0)


def options_described() -> Iterator[tuple[str, str]]:
    """Each option in the table of options with each command it is said to be of."""
    table = page("operations.md").partition("Options:\n")[2].partition("\n\n## ")[0]
    for line in table.splitlines():
        if line.startswith("| `--"):
            options, of = line.split(" | ")[:2]
            named = {f"outcry {name}" for name in re.findall(r"`([^`]+)`", of)}
            assert named <= TOOL.keys(), line
            for option in re.findall(r"`(--[\w-]+)`", options):
                for name in TOOL.keys() - named if of.startswith("all but") else named:
                    yield option, name


def test_every_option_of_the_tool_is_described_with_the_commands_that_have_it() -> None:
    has = {(option, name) for name, command in TOOL.items() for option in options_of(command)}
    assert has == set(options_described())


@pytest.mark.parametrize("name", [*PROCESSES, *BENCHES])
def test_every_process_and_bench_is_named(name: str) -> None:
    assert f"`{name}`" in page("operations.md")


def test_the_exit_status_that_asks_for_a_person_is_described() -> None:
    assert f"| {STOP_FOR_A_PERSON} |" in page("operations.md")


def facts_posted() -> set[str]:
    """Names of the facts on the status board: keys where they are posted or gathered."""
    found: set[str] = set()
    for path in [*(SOURCE / "processes").rglob("*.py"), *(SOURCE / "adapters/prices").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                posts = any(
                    isinstance(each, ast.Attribute) and each.attr == "post"
                    for each in ast.walk(node)
                )
                if posts or node.name.endswith("facts"):
                    found |= {
                        key.value for each in ast.walk(node) if isinstance(each, ast.Dict)
                        for key in each.keys
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    }
    return found


def test_every_fact_on_the_status_board_is_described() -> None:
    """Operators read these names in `outcry status --json`."""
    facts = facts_posted()
    assert {"lag_ms", "slow_readers", "reached", "last_quote_ms", "unreadable_frames"} <= facts
    table = page("operations.md").partition("Facts on the status board")[2].partition("\n## ")[0]
    assert [] == sorted(fact for fact in facts if f"`{fact}`" not in table)


@pytest.mark.parametrize("route", table(ROUTES), ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_described(route: Route) -> None:
    """A public one by its path at least, a signed one with its method and its instruction."""
    text = page("api.md")
    path = re.sub(r"_([a-z])", lambda found: found[1].upper(), route.path)
    instruction = route.declaration.instruction
    if instruction is None:
        assert f"{path}`" in text
        return
    [row] = [
        line for line in text.splitlines()
        if line.startswith((f"| `{route.method} {path}` |", f"| `{path}` |"))
    ]
    assert f"`{instruction}`" in row.split("|")[2]


@pytest.mark.parametrize("code", Code, ids=lambda code: code.value)
def test_every_error_code_is_described(code: Code) -> None:
    assert f"`{code.value}`" in page("api.md")


def test_every_order_type_and_time_in_force_is_described() -> None:
    """In the row of its field of a request, and order types in that of the stream's field too."""
    api = page("api.md")
    for field, words in (("orderType", ORDER_TYPES), ("timeInForce", TIMES_IN_FORCE)):
        [_, row] = row_of(api, field, column=0)
        assert [] == [word for word in words.values() if f"`{word}`" not in row]
    row = row_of(page("stream.md"), "o", column=2)[3]
    assert [] == [word for word in ORDER_TYPES.values() if f"`{word.upper()}`" not in row]


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_every_kind_of_stream_is_described(kind: Kind) -> None:
    """As a client would name it."""
    text = page("stream.md")
    bare = kind in PRIVATE or kind is Kind.LIQUIDATION
    assert f"`{kind.value}`" in text if bare else f"`{kind.value}." in text


def test_stream_errors_and_windows_are_described() -> None:
    text = page("stream.md")
    codes = {number for number in vars(stream_words).values() if isinstance(number, int)}
    for code in codes:
        assert f"| {code} |" in text
    for window in DEPTH_WINDOWS_MS:
        assert f"`{window}`" in text


def test_every_decision_is_in_the_index() -> None:
    """Under its number and title."""
    index = page("index.md")
    for path in sorted((DOCS / "decisions").glob("*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", path.read_text()).groups()  # type: ignore[union-attr]
        assert path.name.startswith(f"{int(number):04d}-")
        assert f"- [{int(number):04d}](decisions/{path.name}) {title}\n" in index


def rooms() -> list[Path]:
    """The folders of the package, without the compiled copy of one of them."""
    found = (path.parent for path in SOURCE.rglob("__init__.py") if "_compiled" not in path.parts)
    return sorted(set(found) - {SOURCE})


@pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.relative_to(SOURCE)))
def test_the_map_of_rooms_is_the_tree(room: Path) -> None:
    """Each folder has a row in `architecture.md` that lists its modules."""
    _, listed = row_of(page("architecture.md"), f"{room.relative_to(SOURCE)}/", column=0)
    modules = sorted(path.stem for path in room.glob("[!_]*.py"))
    assert modules == re.findall(r"`(\w+)`", listed)


def test_the_map_has_no_room_that_is_gone() -> None:
    text = page("architecture.md").partition("Where things are")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([\w/]+)/` \|", text, re.MULTILINE)) - {"web"}
    assert {str(room.relative_to(SOURCE)) for room in rooms()} == listed


def test_every_target_of_make_is_described() -> None:
    """In one of the two tables of targets."""
    targets = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"up", "test", "chaos"} <= set(targets)
    rows = [
        line for text in ((ROOT / "CONTRIBUTING.md").read_text(), page("testing.md"))
        for line in text.splitlines() if line.startswith("| `")
    ]
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split(" | ")[0])}
    assert [] == sorted(set(targets) - named - {"help"})


@cache
def texts_of_the_source() -> list[str]:
    """Its string literals, with an ellipsis for each value that is put into one."""
    found: list[str] = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(
                    str(part.value) if isinstance(part, ast.Constant) else "\u2026"
                    for part in node.values
                ))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.parametrize(
    "message", re.findall(r'^\*\*"(.+?)"\.\*\*', page("operations.md"), re.MULTILINE)
)
def test_a_message_with_advice_is_one_that_a_program_gives(message: str) -> None:
    """The section about faults quotes it, in parts where it names something."""
    texts = texts_of_the_source()
    for part in message.split("\u2026"):
        assert any(part.strip() in text for text in texts)


_FILE = re.compile(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|sql|zst))`")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path: Path) -> None:
    """Below the root, the package or the tests."""
    for name in _FILE.findall(_FENCE.sub("", path.read_text())):
        assert any((base / name).exists() for base in (ROOT, SOURCE, ROOT / "tests")), name


def test_every_table_is_named() -> None:
    """In the section of `architecture.md` about PostgreSQL."""
    sql = "".join(path.read_text() for path in SOURCE.rglob("migrations/*.sql"))
    tables = set(re.findall(r"CREATE TABLE (\w+)", sql))
    assert {"journal", "spot_orders"} <= tables
    text = page("architecture.md").partition("## PostgreSQL")[2]
    assert [] == sorted(table for table in tables if f"`{table}`" not in text)


_STOP = re.compile(r"^## (\d+)\. .+\n\n`([\w/.]+\.py):(\w+)`$", re.MULTILINE)


def test_the_code_tour_has_twelve_stops_in_order() -> None:
    """Each heading is followed by a file and a function or class."""
    text = page("code-tour.md")
    assert [str(number) for number in range(1, 13)] == [stop[0] for stop in _STOP.findall(text)]
    assert text.count("\n## ") == 12


STOPS = [stop[1:] for stop in _STOP.findall(page("code-tour.md"))]


@pytest.mark.parametrize(("file", "name"), STOPS)
def test_a_stop_of_the_code_tour_exists(file: str, name: str) -> None:
    """The file defines the function or class that the stop names."""
    defined = {
        node.name for node in ast.parse((ROOT / file).read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert name in defined


@pytest.mark.parametrize("name", sorted(set(re.findall(
    r"`((?:[A-Z]\w+\.)?_?\w+)` in\s+`(?:[a-z_]+/)+\w+\.py`", page("code-tour.md")
))))
def test_a_name_in_the_text_of_the_code_tour_exists(name: str) -> None:
    """A stop also points at names in other files: `name` in `file`."""
    found = re.findall(
        rf"`{re.escape(name)}` in\s+`([\w/]+\.py)`", page("code-tour.md")
    )
    for file in found:
        text = (SOURCE / file).read_text()
        for part in name.split("."):
            assert re.search(rf"^ *(?:async def |def |class )?{part}\b", text, re.MULTILINE)


# Words of class names that any programmer knows, and that mean nothing particular here.
PLAIN_WORDS = """
    after then usd api asgi async best body by cache change client close code complete connection
    consumer database description document embedded error file flag group http id image index
    item known limit literal live loop mail mailer memory merged message named number origin page
    parameter past placed policy postgres program public rate reader reason recent reconnecting
    record redis refused reject request rest result row secret server service setting side
    signer snapshotter socket source state status store top update upkeep user valkey whole word
"""


def class_names_in_use() -> dict[str, set[str]]:
    """Public classes that two or more files import, with the names of their bases.

    Without commands and events, whose names are sentences with a row of their own elsewhere.
    """
    bases: dict[str, set[str]] = {}
    importers: dict[str, set[Path]] = {}
    for path in SOURCE.rglob("*.py"):
        if "_compiled" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(ast.unparse(base) for base in node.bases)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    importers.setdefault(alias.name, set()).add(path)
    sentences = {kind.__name__ for kind in (*COMMAND_TYPES, *EVENT_TYPES)}
    return {
        name: bases[name] for name in bases
        if len(importers.get(name, ())) > 1 and not name.startswith("_") and name not in sentences
    }


def nouns_in_use() -> set[str]:
    """Words of those class names, in the singular; an exception's name is a sentence too."""
    classes = class_names_in_use()
    failures = {"Exception", "ValueError", "RuntimeError", "ConnectionError"}
    for _ in classes:
        failures |= {name for name, bases in classes.items() if bases & failures}
    return {
        singular(word) for name in classes if name not in failures
        for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z0-9]*|[A-Z]+", name)
    }


def singular(word: str) -> str:
    word = word.lower()
    return word if word.endswith(("ss", "us", "is", "postgres")) else word.removesuffix("s")


def test_every_noun_that_two_files_use_is_in_the_glossary() -> None:
    """Unless it is a plain word of programming."""
    entries = re.findall(r"^\*\*(.+?)\*\*", page("glossary.md"), re.MULTILINE)
    known = {singular(word) for entry in entries for word in re.findall(r"\w+", entry)}
    assert [] == sorted(nouns_in_use() - known - set(PLAIN_WORDS.split()))


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, made as GitHub makes them."""
    prose = _FENCE.sub("", path.read_text())
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Relative ones: to a file that is there, and to a heading that is in it."""
    for target in _LINK.findall(_FENCE.sub("", path.read_text())):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize(("name", "code", "runs"), BLOCKS, ids=[name for name, _, _ in BLOCKS])
def test_python_examples_compile(name: str, code: str, runs: bool) -> None:
    compile(code, name, "exec")


@pytest.fixture
def trader(venue_with_maker: Venue, tmp_path: Path) -> Path:
    """A folder with a fresh user's `user.json`, in a market that is being quoted."""
    depth = f"{venue_with_maker.url}/api/v1/depth?symbol=SOL_USDC&limit=5"

    def quoted() -> bool:
        with urllib.request.urlopen(depth) as answer:
            book = json.load(answer)
        return bool(book["bids"] and book["asks"])

    until(quoted, "quotes on both sides")
    created = venue_with_maker.create_user(f"{tmp_path.name}@example.com", USDC="10000")
    (tmp_path / "user.json").write_text(json.dumps(created))
    return tmp_path


@pytest.mark.parametrize(("name", "code"), RUNNABLE, ids=[name for name, _ in RUNNABLE])
def test_runnable_examples_run(
    name: str, code: str, trader: Path, venue_with_maker: Venue
) -> None:
    """As they stand, but for the ports of the test's venue."""
    code = code.replace("127.0.0.1:3005", f"127.0.0.1:{venue_with_maker.port}")
    code = code.replace("127.0.0.1:8080", f"127.0.0.1:{venue_with_maker.stream_port}")
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=trader, capture_output=True, text=True, timeout=120,
        check=False,
    )
    assert 0 == ended.returncode, f"{ended.stdout}\n{ended.stderr}"


def tracked_texts() -> Iterator[Path]:
    """Every text file of the repository; without git, every file that could be one."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else [
        str(path.relative_to(ROOT))
        for folder in ("docs", "src", "tests", "benchmarks", ".ci", "web/src")
        for path in (ROOT / folder).rglob("*")
    ]
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:8192]:
            yield path


def test_nothing_names_a_machine_or_a_package_index() -> None:
    """Another machine has other folders, and installs from wherever it was set up to."""
    folders = ("wo" + "rk", "ro" + "ot")
    hosts = ("py" + "pi.org", "npm" + "js", "pythonh" + "osted")
    pattern = re.compile(
        "|".join([*(rf"(?<![\w.])/{name}/" for name in folders), *map(re.escape, hosts)])
    )
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}" for path in tracked_texts()
        if (found := pattern.search(path.read_text(errors="replace")))
    ]
    assert [] == named
