"""Settings: each is read somewhere, and each secret names the processes that are given it."""

import ast
import re
from pathlib import Path

import pytest

import outcry
from outcry.cli.venue import PROCESSES
from outcry.runtime.config import SECRETS, Settings
from outcry.runtime.errors import OperatorError

SOURCE = Path(outcry.__file__).parent
SECRET_NAME = re.compile("(^|_)(secret|password|key|token)(_|$)")

# Addresses that are public, or have no place for a password.
WITHOUT_CREDENTIALS = {
    "backpack_stream_url", "gateway_url", "mail_resend_url", "public_url", "stream_url",
}


def test_a_setting_that_looks_like_a_secret_is_one() -> None:
    """Else every process of the venue is given it."""
    looks_secret = {
        name for name in Settings.model_fields
        if SECRET_NAME.search(name) or (name.endswith("_url") and name not in WITHOUT_CREDENTIALS)
    }
    assert set() == looks_secret - SECRETS.keys()
    assert set() == WITHOUT_CREDENTIALS - Settings.model_fields.keys()


def test_secrets_are_given_to_processes_that_there_are() -> None:
    assert set(PROCESSES) >= frozenset().union(*SECRETS.values())


def test_the_example_of_settings_names_every_secret() -> None:
    """An operator sets these by hand, so one that is missing there is easily overlooked."""
    example = (SOURCE.parents[1] / ".env.example").read_text()
    named = set(re.findall(r"^#OUTCRY_(\w+)=", example, re.MULTILINE))
    assert set() == {name.upper() for name in SECRETS} - named


def test_a_process_has_the_settings_of_the_venue_and_its_own_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of others are as if they were not set."""
    secrets = dict.fromkeys(SECRETS, "x" * 32)
    settings = Settings(port=4000, data_dir=Path("/d"), **secrets)
    for name, text in settings.environment_of("stream").items():
        monkeypatch.setenv(name, text)
    own = ("redis_url", "database_url", "session_secret")
    assert Settings() == Settings(
        port=4000, data_dir=Path("/d"), **{name: secrets[name] for name in own}
    )


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_read(name: str) -> None:
    """One that nothing reads promises what does not happen."""
    assert name in READ


def read_settings() -> set[str]:
    """Attributes of anything called settings, and names that are looked up in them."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        if path == SOURCE / "runtime" / "config.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("settings"):
                found.add(node.attr)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_required":
                found.add(ast.literal_eval(node.args[1]))
    # Read by properties.
    return found | {"redis_url"} if "log_server" in found else found


READ = read_settings()


def test_who_needs_a_server_says_which_setting_is_missing() -> None:
    with pytest.raises(OperatorError, match="OUTCRY_REDIS_URL"):
        _ = Settings(database_url="postgresql://a").log_server
    with pytest.raises(OperatorError, match="OUTCRY_DATABASE_URL"):
        Settings(redis_url="redis://a").with_servers()
    both = Settings(redis_url="redis://a", database_url="postgresql://b", port=7).with_servers()
    assert ("redis://a", "postgresql://b", 7) == (both.redis_url, both.database_url, both.port)


@pytest.mark.parametrize(("name", "text", "setting", "value"), [
    ("POLLER_ASSETS", "SOL_USDC,ETH_USDC", "assets", "SOL_USDC,ETH_USDC"),
    ("POLLER_UPDATE_INTERVAL", "250", "price_interval", 250),
    ("ENGINE_SNAPSHOT_INTERVAL", "5000", "snapshot_interval_s", 5),
    ("ENGINE_SNAPSHOT_INTERVAL", "5001", "snapshot_interval_s", 6),
])
def test_names_of_other_designs_count_for_less_than_our_own(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, setting: str, value: object
) -> None:
    monkeypatch.setenv(name, text)
    assert value == getattr(Settings(), setting)
    monkeypatch.setenv(f"OUTCRY_{setting.upper()}", "7")
    assert "7" == str(getattr(Settings(), setting))


def test_a_snapshot_interval_in_seconds_is_not_taken_for_milliseconds(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_SNAPSHOT_INTERVAL", "5")
    with pytest.raises(OperatorError, match="counts milliseconds, at least 1000: it is '5'"):
        Settings()
