"""Mail to one person."""

from typing import NamedTuple, Protocol


class MailUnavailable(Exception):
    """A mail could not be handed over to whoever sends it. It may have been sent all the same."""


class Mail(NamedTuple):
    """A mail to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """What sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises `MailUnavailable`."""
