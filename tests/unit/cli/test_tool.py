"""The command line: what a person can mend is one line and exit status 1, never a traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from outcry.cli import app
from outcry.cli.venue import PROCESSES
from rigs.venues import outcry

runner = CliRunner()


@pytest.mark.parametrize("command", [
    ["status"], ["user", "create", "a@b.example"], ["snapshot", "list"], ["replay"],
])
def test_without_a_venue_commands_say_how_to_start_one(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look for it in the data directory they are given."""
    monkeypatch.chdir(tmp_path)
    ended = runner.invoke(app, [*command, "--data-dir", str(tmp_path / "none")])
    assert 1 == ended.exit_code
    assert f"outcry: no venue runs on {tmp_path / 'none'}" in ended.stderr
    assert 1 == len(ended.stderr.splitlines())


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
    ended = runner.invoke(app, ["restore", "--yes", "--data-dir", str(tmp_path / "none")])
    assert 1 == ended.exit_code
    assert f"outcry: there is no {tmp_path / 'none'}: name the venue's --data-dir\n" == ended.stderr
    assert [] == list(tmp_path.iterdir())


def test_an_unknown_process_is_told_the_known_ones() -> None:
    """Instead of an import error."""
    ended = runner.invoke(app, ["run", "engin"])
    assert 1 == ended.exit_code
    assert all(name in ended.stderr for name in PROCESSES)


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is wrong about it."""
    monkeypatch.setenv("OUTCRY_PORT", "everywhere")
    ended = runner.invoke(app, ["up"])
    assert 1 == ended.exit_code
    assert "a setting cannot be used: port" in ended.stderr


def test_version_says_what_would_run() -> None:
    """Package, build of the engine, and both servers."""
    ended = runner.invoke(app, ["version"])
    assert 0 == ended.exit_code
    named = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    assert {"outcry", "engine", "python", "valkey", "postgres"} == named.keys()
    assert named["engine"] in ("compiled", "interpreted")
