"""Shows new mails in the outbox, so that the operator of a demo finds the sign-in links."""

import asyncio
import email
import re
from email.policy import default
from pathlib import Path
from typing import Final

from rich.console import Console

LOOKED_AT_S: Final = 0.5

_LINK: Final = re.compile(r"https?://\S+")


async def show_mails(folder: Path, console: Console) -> None:
    """Print address and link of each mail that comes from now on, until canceled."""
    seen = _mails(folder)
    while True:
        await asyncio.sleep(LOOKED_AT_S)
        there = _mails(folder)
        for path in sorted(there - seen):
            console.print(_line(path), highlight=False, soft_wrap=True, markup=False)
        seen = there


def _mails(folder: Path) -> set[Path]:
    return set(folder.glob("*.eml"))


def _line(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body()
    link = _LINK.search(body.get_content() if body is not None else "")
    return f"mail for {message['To']}: {path if link is None else link[0]}"
