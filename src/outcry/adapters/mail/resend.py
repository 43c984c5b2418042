"""Mail through Resend's HTTP API."""

from typing import Final

import aiohttp

from outcry.ports.mail import Mail, MailUnavailable

PATIENCE_S: Final = 10.0
WORDS_MAX: Final = 300  # Of its reason for refusing a mail.


class ResendMailer:
    """Fulfils `Mailer`. `url` is where the API is, without a path."""

    def __init__(
        self, *, url: str, api_key: str, sender: str, patience_s: float = PATIENCE_S
    ) -> None:
        self._url = f"{url.rstrip('/')}/emails"
        self._api_key = api_key
        self._sender = sender
        self._timeout = aiohttp.ClientTimeout(total=patience_s)

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises `MailUnavailable` when it is not taken."""
        body = {
            "from": self._sender, "to": [mail.to], "subject": mail.subject, "text": mail.text,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(
                    self._url, json=body, headers={"Authorization": f"Bearer {self._api_key}"},
                ) as answer,
            ):
                if answer.status >= 300:
                    said = (await answer.text(errors="replace"))[:WORDS_MAX]
                    raise MailUnavailable(f"Resend answered {answer.status}: {said}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise MailUnavailable(
                f"Resend cannot be reached: {type(error).__name__}: {error}"
            ) from error
