"""What can keep an embedded server from running."""


class ServerUnavailable(Exception):
    """A server cannot run here. The message is one line that says why and what to do about it."""
