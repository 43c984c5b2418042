"""What each process of a venue is told: all settings, and of the secrets its own only."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from outcry.launcher.programs import Programs
from outcry.launcher.venue_process import VenueProcess
from outcry.runtime.config import SECRETS, Settings

SERVERS = {"redis_url", "database_url"}
GIVEN = {
    "engine": SERVERS,
    "standby": SERVERS,
    "recorder": SERVERS,
    "gateway": {
        *SERVERS, "session_secret", "session_secrets_before", "mail_smtp_password",
        "mail_resend_api_key",
    },
    "stream": {*SERVERS, "session_secret", "session_secrets_before"},
    "prices": {*SERVERS, "prices"},
    "cfd-prices": {*SERVERS, "prices"},
    "maker": {"maker_api_key", "maker_api_secret", "taker_api_key", "taker_api_secret"},
}


def test_each_process_is_given_its_own_secrets() -> None:
    """However they came to `up`, and whatever it inherited itself."""
    texts = {name: f"{name} " + "x" * 32 for name in SECRETS}
    programs = Programs(Settings(**texts))
    processes = [
        programs.engine(), *programs.edges(), programs.standby(),
        programs.maker({name: texts[name] for name in GIVEN["maker"]}),
    ]
    assert set(GIVEN) == {process.name for process in processes}
    for process in processes:
        assert isinstance(process, VenueProcess)
        given = {
            name for name in SECRETS if f"OUTCRY_{name.upper()}" in process.environment
        }
        assert GIVEN[process.name] == given, process.name
        text = " ".join(process.environment.values())
        leaked = {name for name in SECRETS if texts[name] in text} - given
        # The CFD prices' own source is the second source, under the name of the first.
        assert leaked == ({"cfd_prices"} if process.name == "cfd-prices" else set())


@pytest.fixture
def in_folder_with_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, where `.env` has the keys of the maker, which finds no venue."""
    key = SigningKey.generate()
    (tmp_path / ".env").write_text(
        f"OUTCRY_MAKER_API_KEY={b64encode(key.verify_key.encode()).decode()}\n"
        f"OUTCRY_MAKER_API_SECRET={b64encode(key.encode()).decode()}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCRY_GATEWAY_URL", "http://127.0.0.1:9")
    return tmp_path


def test_a_process_of_a_venue_does_not_read_the_secrets_of_others_from_the_file(
    in_folder_with_keys: Path,
) -> None:
    """It is started in the same directory. A maker without its keys ends and says so."""
    log = in_folder_with_keys / "maker.log"
    process = VenueProcess("maker", runs="maker", log=log, environment={}).spawn()
    assert 1 == process.wait(30)
    assert "are not set" in log.read_text()
    typed = subprocess.Popen(
        [sys.executable, "-m", "outcry", "run", "maker"], env=os.environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    try:
        assert typed.stderr is not None
        assert "no second account" in typed.stderr.readline(), "a person's process reads the file"
    finally:
        typed.kill()
        typed.wait()
