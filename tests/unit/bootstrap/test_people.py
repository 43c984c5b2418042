"""Sign-in's settings: what production refuses, each with the way out."""

import os
from pathlib import Path
from typing import Any

import pytest

from outcry.bootstrap import people
from outcry.runtime.config import Settings
from outcry.runtime.errors import OperatorError

GOOD = "pVb0m3QzJx1LrT8uYkHw5sEaGd7NcXfI"


def settings(**stated: Any) -> Settings:
    return Settings(data_dir=Path("nowhere"), **stated)


@pytest.mark.parametrize("secret", [
    "s" * 40, "changeme" * 5, "0123456789" * 4 + "secret", "ab" * 20,
    "my-own-password-0123456789abcdef",
])
def test_a_secret_that_can_be_guessed_is_refused_in_production(secret: str) -> None:
    with pytest.raises(OperatorError, match="token_urlsafe"):
        people.tokens_of(settings(mode="production", session_secret=secret))
    with pytest.raises(OperatorError, match="token_urlsafe"):
        people.tokens_of(settings(
            mode="production", session_secret=GOOD, session_secrets_before=secret
        ))
    assert people.tokens_of(settings(session_secret=secret))
    assert people.tokens_of(settings(mode="production", session_secret=GOOD))


def test_root_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(OperatorError, match="OUTCRY_ALLOW_ROOT"):
        people.refuse_root(settings(mode="production"))
    people.refuse_root(settings(mode="production", allow_root=True))
    people.refuse_root(settings())
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    people.refuse_root(settings(mode="production"))


def test_a_proxy_that_is_none_is_refused() -> None:
    with pytest.raises(OperatorError, match="OUTCRY_TRUSTED_PROXIES"):
        people.proxies_of(settings(trusted_proxies="the proxy"))
    assert "10.0.0.7" in people.proxies_of(settings(trusted_proxies="10.0.0.0/8"))
