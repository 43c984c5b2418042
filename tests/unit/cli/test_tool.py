"""The tool as a whole: its groups of commands, and faults told in one line."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from outcry.cli import FILES, app
from outcry.cli.bench import BENCHES
from outcry.cli.venue import PROCESSES
from rigs.tool import COMMANDS_AND_GROUPS, options_of
from rigs.venues import outcry

SOURCE = Path(__file__).parents[3] / "src" / "outcry"
NOWHERE = {
    "OUTCRY_REDIS_URL": "redis://127.0.0.1:1", "OUTCRY_DATABASE_URL": "postgresql://127.0.0.1:1/x",
}
NAMES = {"outcry run": PROCESSES, "outcry bench": BENCHES}
OUT_OF_REACH = "the venue is out of reach: "

runner = CliRunner()


def refusal(*arguments: str) -> str:
    """The one line with which a command gives up."""
    ended = runner.invoke(app, arguments)
    assert 1 == ended.exit_code, ended.output
    [line] = ended.stderr.splitlines()
    said, _, why = line.partition("outcry: ")
    assert "" == said
    return why


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of a venue neither of whose servers answers."""
    monkeypatch.chdir(tmp_path)
    for name, url in NOWHERE.items():
        monkeypatch.setenv(name, url)


@pytest.mark.parametrize("name", COMMANDS_AND_GROUPS)
def test_help_tells_the_parts_of_a_command(name: str) -> None:
    """Its commands, its options, and the names that it takes."""
    command = COMMANDS_AND_GROUPS[name]
    parts = {*getattr(command, "commands", {}), *options_of(command), *NAMES.get(name, ())}
    ended = runner.invoke(app, [*name.split()[1:], "--help"], env={"COLUMNS": "200"})
    assert 0 == ended.exit_code, ended.output
    assert set() == parts - set(ended.stdout.split())


def test_every_command_of_a_group_file_has_its_line() -> None:
    """The tool does not have a command otherwise, and nobody is told."""
    found = {}
    for path in (SOURCE / "cli").glob("[!_]*.py"):
        module = importlib.import_module(f"outcry.cli.{path.stem}")
        if hasattr(module, "app"):
            found |= dict.fromkeys(typer.main.get_group(module.app).commands, path.stem)
    assert found == FILES


def test_a_mistyped_command_is_told_the_one_that_is_meant() -> None:
    ended = runner.invoke(app, ["statsu"])
    assert 2 == ended.exit_code
    assert "Did you mean 'status'?" in ended.stderr


def test_a_command_loads_its_own_group_only() -> None:
    """No command waits for what another one needs."""
    code = (
        "import sys; from typer.testing import CliRunner; from outcry.cli import app;"
        "CliRunner().invoke(app, ['run', 'nothing']); print(*sys.modules, sep='\\n')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.splitlines())
    assert {"outcry.cli.edge", "outcry.cli.venue"} == {
        name for name in loaded if name.startswith("outcry.cli.")
    }
    assert not {"outcry.launcher", "redis", "asyncpg", "litestar"} & loaded


def modules_with_main(room: str) -> Iterator[str]:
    """Modules of a room that have a function `main`."""
    for path in (SOURCE / room).glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "main":
                yield path.stem


def test_every_process_and_bench_can_be_named() -> None:
    assert set(PROCESSES) == set(modules_with_main("bootstrap"))
    assert set(BENCHES) == set(modules_with_main("bench"))


@pytest.mark.parametrize("command", [
    "asset add EUR --name Euro --decimals 2", "contract list", "contract halt SOL_USDC", "house",
    "instrument list", "instrument add A_B --tick-size 1 --lot-size 1", "replay", "rules",
    "rules use 1", "snapshot list", "snapshot take", "status", "user create a@b.example", "verify",
])
def test_without_a_venue_commands_say_how_to_start_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look for it in the data directory they are given."""
    monkeypatch.chdir(tmp_path)
    assert refusal(*command.split(), "--data-dir", "none") == (
        "no venue runs on none: start one with `outcry up`, or name its --data-dir"
    )


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(("command", "why"), [
    ("asset add EUR --name Euro --decimals 2", OUT_OF_REACH),
    ("bench nothing", "there is no bench 'nothing'; there are core, cfd, broker, "),
    ("contract list", OUT_OF_REACH),
    ("contract set SOL_USDC --spread 0", OUT_OF_REACH),
    ("house", OUT_OF_REACH),
    ("instrument list", OUT_OF_REACH),
    ("instrument open SOL_USDC", OUT_OF_REACH),
    ("replay", OUT_OF_REACH),
    ("replay --until x", "'x' is not an entry id: give one such as 1790000000000-0"),
    ("restore", "there is no "),
    ("rules", OUT_OF_REACH),
    ("rules use 1", OUT_OF_REACH),
    ("run nothing", "there is no process 'nothing'; there are gateway, stream, engine, "),
    ("snapshot take", "no engine of this venue says that it runs; see `outcry status`"),
    ("tape record a.csv --prices nothing", "'nothing' is no price source: auto, backpack, "),
    ("tape record none/a.csv --prices sim", "none/a.csv: No such file or directory"),
    ("user create a@b.example", OUT_OF_REACH),
    ("user create a@b.example --deposit x", "not a list like USDC=5000,SOL=10: 'x'"),
    ("verify --from start", OUT_OF_REACH),
    ("verify --from x", "'x' is not an entry id: give that of a snapshot such as "),
    ("verify --from 5-0", "there is no whole snapshot at 5-0: `outcry snapshot list` shows "),
])
def test_a_refusal_is_one_line(command: str, why: str) -> None:
    assert refusal(*command.split()).startswith(why)


@pytest.mark.usefixtures("nowhere")
def test_the_status_of_silent_servers_is_unknown() -> None:
    ended = runner.invoke(app, ["status"])
    assert 0 == ended.exit_code, ended.output
    assert {
        "journal at             unknown", "archive begins at      unknown",
        "snapshot: none, unknown old", "prices: none, no quote yet",
    } <= set(ended.stdout.splitlines())


@pytest.mark.parametrize("command", ["status", "up", "restore", "tape record a.csv"])
def test_a_setting_that_cannot_be_used_is_named(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is wrong about it."""
    monkeypatch.setenv("OUTCRY_PORT", "everywhere")
    assert refusal(*command.split()).startswith("a setting cannot be used: port: ")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With what the system says of it."""
    (tmp_path / "file").touch()
    data_dir = tmp_path / "file" / "data"
    # A process of its own: `up` has its log lines go to an error output that ends with the command.
    ended = outcry("up", data_dir=data_dir)
    assert 1 == ended.returncode
    assert f"outcry: {data_dir}: Not a directory" == ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(("options", "why"), [
    (["--port", "65536"], "a setting cannot be used: port: "),
    (["--port", "4711", "--stream-port", "4711"], "--port and --stream-port are both 4711"),
    (["--host", "192.0.2.1"], "nothing can listen on 192.0.2.1:3005: "),
])
def test_where_nothing_can_listen(options: list[str], why: str, tmp_path: Path) -> None:
    """A port that is no port, one for two servers, an address that is not this machine's."""
    ended = outcry("up", *options, data_dir=tmp_path / "data")
    assert 1 == ended.returncode
    assert ended.stderr.splitlines()[-1].startswith(f"outcry: {why}")
    assert "Traceback" not in ended.stderr


def test_restoring_makes_no_venue(tmp_path: Path) -> None:
    """A directory that was misspelled has nothing lost, and nothing else either."""
    missing = tmp_path / "none"
    assert refusal("restore", "--yes", "--data-dir", str(missing)) == (
        f"there is no {missing}: name the venue's --data-dir"
    )
    assert [] == list(tmp_path.iterdir())


def test_version_says_what_would_run() -> None:
    """Package, build of the engine, and both servers."""
    ended = runner.invoke(app, ["version"])
    assert 0 == ended.exit_code
    named = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    assert {"outcry", "engine", "python", "valkey", "postgres"} == named.keys()
    assert named["engine"] in ("compiled", "interpreted")
