"""Mail to one person."""

from typing import NamedTuple, Protocol


class MailUnavailable(Exception):
    """A mail could not be handed over for sending. It may have been sent all the same."""


class Mail(NamedTuple):
    """A mail to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """A service that sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises `MailUnavailable`."""
