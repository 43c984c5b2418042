"""Secrets are generated once, kept, and readable by their owner only."""

import threading
from pathlib import Path

import pytest

from outcry.runtime.errors import OperatorError
from outcry.runtime.secrets import SecretsFile


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    """Asked again, also by another process, it is the same."""
    path = tmp_path / "secrets.json"
    made = SecretsFile(path).get_or_make("password")
    assert made == SecretsFile(path).get_or_make("password")
    assert len(made) >= 43
    assert made != SecretsFile(path).get_or_make("other")


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    """Also when an earlier, more open file was there."""
    path = tmp_path / "deep" / "secrets.json"
    SecretsFile(path).put("port", "5432")
    assert "5432" == SecretsFile(path).get("port")
    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777


def test_an_unknown_name_has_no_secret(tmp_path: Path) -> None:
    """Absence is an answer, not an error."""
    assert SecretsFile(tmp_path / "secrets.json").get("port") is None


def test_all_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    """Gateway and stream start together, and read each other's cookies."""
    path = tmp_path / "secrets.json"
    ready = threading.Barrier(8)
    made: list[str] = []

    def ask(number: int) -> None:
        secrets = SecretsFile(path)
        ready.wait()
        secrets.put(f"own {number}", "x")
        made.append(secrets.get_or_make("session_secret"))

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert (8, 1) == (len(made), len(set(made)))
    assert all(SecretsFile(path).get(f"own {number}") == "x" for number in range(8))


@pytest.mark.parametrize("content", ["{", "[]", '{"port": 5}'])
def test_a_broken_file_is_named(content: str, tmp_path: Path) -> None:
    """It cannot be guessed what was in it, and nothing is written over it."""
    path = tmp_path / "secrets.json"
    path.write_text(content)
    for use in (lambda: SecretsFile(path).get_or_make("password"),
                lambda: SecretsFile(path).put("port", "5432")):
        with pytest.raises(OperatorError, match=f"{path} is broken"):
            use()
    assert content == path.read_text()
