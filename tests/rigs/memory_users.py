"""What tests of people share: the secret of their venues, and how mails are read."""

import re

SECRET = "a secret for tests that is long enough"


def link_in(text: str) -> str:
    """The one link in a mail."""
    [link] = re.findall(r"https?://\S+", text)
    return str(link)


def token_in(text: str) -> str:
    """The token in the one link in a mail."""
    return link_in(text).partition("?token=")[2]
