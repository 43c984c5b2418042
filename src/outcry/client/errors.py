"""What can go wrong when talking to a venue.

ClientError
├── Refused       the venue understood and said no; `code` and `message` say why
├── Unreachable   no answer came: what was asked may or may not have been done
├── Unreadable    the answer is not what the API promises
└── FellBehind    a subscription was read more slowly than messages came
"""


class ClientError(Exception):
    """Anything that can go wrong; catch this to catch all of it."""


class Refused(ClientError):
    """The venue said no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def outcome_unknown(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.status >= 500


class Unreachable(ClientError):
    """No answer came; the outcome is unknown."""


class Unreadable(ClientError):
    """The answer is not in the API's form."""


class FellBehind(ClientError):
    """So many messages were waiting that the subscription was ended."""
