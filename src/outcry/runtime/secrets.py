"""The generated secrets of a venue, in one file that only its owner can read."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from outcry.runtime.errors import OperatorError

_decoder = msgspec.json.Decoder(dict[str, str])


class SecretsFile:
    """Names and their secret texts. Each write replaces the whole file.

    Everything raises `OperatorError` when the file is broken.
    """

    def __init__(self, path: Path) -> None:
        """Keep them in the file `path`, made with the first secret."""
        self._path = path

    def get(self, name: str) -> str | None:
        """The secret of this name; None when there is none."""
        return self._read().get(name)

    def get_or_make(self, name: str) -> str:
        """The secret of this name; generated (256 random bits, URL-safe) the first time.

        Processes that ask for it at the same time get the same one.
        """
        found = self.get(name)
        if found is not None:
            return found
        with self._alone():
            found = self.get(name)
            if found is None:
                found = secrets.token_urlsafe(32)
                self._write(self._read() | {name: found})
        return found

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, durably."""
        with self._alone():
            self._write(self._read() | {name: secret})

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Change the file while no other process does."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not the file itself, which is replaced with every change.
        lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_WRONLY | os.O_CREAT,
                       0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, kept: dict[str, str]) -> None:
        aside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            return _decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            raise OperatorError(
                f"{self._path} is broken ({error}): put back a copy of it, or move it away, and"
                " new secrets are made"
            ) from None
