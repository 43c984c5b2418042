"""Mails that are only written down."""

import asyncio
import email
from email.policy import default
from pathlib import Path

import pytest

from outcry.adapters.mail import outbox
from outcry.adapters.mail.outbox import Outbox
from outcry.ports.mail import Mail, MailUnavailable


def mail(number: int) -> Mail:
    return Mail(to=f"ä{number}@example.org", subject="Hello", text=f"A link\n\nhttp://x/{number}\n")


def send(folder: Path, count: int) -> None:
    async def start() -> None:
        for number in range(count):
            await Outbox(folder, sender="Outcry <outcry@demo.invalid>").send(mail(number))

    asyncio.run(start())


def test_a_mail_is_a_file(tmp_path: Path) -> None:
    """For its owner's eyes, and as mail programs read it."""
    send(tmp_path / "outbox", 1)
    [path] = (tmp_path / "outbox").iterdir()
    assert (".eml", 0o600) == (path.suffix, path.stat().st_mode & 0o777)
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert ("ä0@example.org", "Hello") == (message["To"], message["Subject"])
    assert "http://x/0" in message.get_content()


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT", 2)
    send(tmp_path, 4)
    assert 2 == len(list(tmp_path.glob("*")))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(MailUnavailable, match="outbox cannot be written"):
        send(tmp_path / "outbox", 1)
