"""A folder of unsent mails: for a demo, whose operator may read them all."""

import asyncio
import secrets
from pathlib import Path
from typing import Final

import structlog

from outcry.adapters.mail.message import message_of
from outcry.ports.mail import Mail, MailUnavailable
from outcry.runtime.clock import clock_ms

KEPT: Final = 1_000  # Newest mails; names begin with their time, so they sort by age.

log = structlog.get_logger()


class Outbox:
    """Fulfils `Mailer`. Each mail is a file that mail programs open."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write a mail into the folder."""
        name = f"{clock_ms()}-{secrets.token_hex(4)}.eml"
        content = message_of(mail, sender=self._sender).as_bytes()
        try:
            await asyncio.to_thread(self._write, name, content)
        except OSError as error:
            raise MailUnavailable(f"the outbox cannot be written: {error}") from error
        log.info("mail is in the outbox", to=mail.to, file=name, text=mail.text)

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = self._folder / f".{name}"
        aside.touch(mode=0o600)
        aside.write_bytes(content)
        aside.replace(self._folder / name)  # So the folder has whole mails only.
        for old in sorted(self._folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
