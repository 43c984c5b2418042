"""The one failure that a person can mend: told in one line, never with a traceback."""


class ProgramUnavailable(Exception):
    """A program cannot run here. The message is one line that says why and what to do about it."""
