"""Mail through an SMTP server, such as Gmail's with an app password."""

from typing import Final, Literal, TypeAlias

import aiosmtplib

from outcry.adapters.mail.message import message_of
from outcry.ports.mail import Mail, MailUnavailable

PATIENCE_S: Final = 10.0

# How the connection is encrypted: after `STARTTLS`, from its first byte, or not at all.
Security: TypeAlias = Literal["starttls", "tls", "none"]


class SmtpMailer:
    """Fulfils `Mailer`, with a connection for each mail."""

    def __init__(
        self, *, host: str, port: int, security: Security, user: str | None,
        password: str | None, sender: str, patience_s: float = PATIENCE_S,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._sender = sender
        self._patience_s = patience_s

    async def send(self, mail: Mail) -> None:
        """Hand a mail to the server; raises `MailUnavailable` when it is not taken."""
        try:
            await aiosmtplib.send(
                message_of(mail, sender=self._sender), recipients=[mail.to],
                hostname=self._host, port=self._port, username=self._user,
                password=self._password, timeout=self._patience_s,
                use_tls=self._security == "tls", start_tls=self._security == "starttls",
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailUnavailable(
                f"{self._host}:{self._port} did not take the mail: {type(error).__name__}: {error}"
            ) from error
