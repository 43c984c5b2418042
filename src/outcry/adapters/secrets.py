"""Secrets that a venue generates for itself, kept in one file that only its owner can read."""

import json
import os
import secrets
from pathlib import Path


class SecretsFile:
    """Names and their secret texts. Each write replaces the whole file."""

    def __init__(self, path: Path) -> None:
        """Keep them in the file `path`, made with the first secret."""
        self._path = path

    def get(self, name: str) -> str | None:
        """The secret of this name; None when there is none."""
        return self._read().get(name)

    def get_or_make(self, name: str) -> str:
        """The secret of this name; generated (256 random bits, URL-safe) the first time."""
        found = self.get(name)
        if found is None:
            found = secrets.token_urlsafe(32)
            self.put(name, found)
        return found

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, durably."""
        kept = self._read() | {name: secret}
        aside = self._path.with_name(self._path.name + ".new")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        assert isinstance(content, dict)
        return content
