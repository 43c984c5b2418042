"""Errors of a request to a venue.

ClientError
├── Refused       the venue refused the request; `code` and `message` have the reason
├── Unreachable   no answer came: the request may or may not have been carried out
├── Unreadable    the answer is not in the API's form
└── FellBehind    a subscription was read more slowly than messages came
"""


class ClientError(Exception):
    """Any of these errors."""


class Refused(ClientError):
    """The venue refused the request."""

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
